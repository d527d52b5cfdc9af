/**
 * RowsOutside: rows that are too many for this process, each with a time. They are in the changelog; a cache outside has what is
 * committed, in the order of the times; what has changed since is known here, and everything else is asked.
 *
 *   committed, outside   a1 b4 c6 ...       the same until the next commit: that waits until nothing is asked any more
 *   changed, here           bx    d9
 *   what there is        a1    c6 d9 ...
 *
 *   O1  which row is first is known when one too many is put. A `get` adds one row at most, or replaces one; so when n of them have
 *       used up the n committed rows in front, there is room for one more. The ranks 0 to n are asked before the nth: that is enough
 *   O2  what is due is asked when the time has moved, from where it was asked for last; nothing that comes later is due before that
 *   O3  a cache that lost something is CacheLost: the next task begins with all rows of the changelog
 */
import { CacheLost } from '../plan-error.ts';
import { OrderedMap } from '../store/ordered-map.ts';
import type { OutsideTable } from '../store/outside-table.ts';
import type { Codec } from '../store/overlay.ts';
import { timeText } from '../store/time-queue.ts';
import type { Answer, OperatorContext } from './operator.ts';

/** What is asked of the cache, and what it says. */
export type RowsQuestion =
  /** The row, or null. */
  | { readonly ask: 'row'; readonly key: string }
  /** How many there are. */
  | { readonly ask: 'size' }
  /** Entries by their rank in the order of (time, key). */
  | { readonly ask: 'first'; readonly from: number; readonly count: number }
  /** Keys of at most so many rows that are not younger. */
  | { readonly ask: 'old'; readonly untilMs: number; readonly count: number }
  /** Due: all between these times. */
  | { readonly ask: 'due'; readonly afterMs: number; readonly untilMs: number };

export type Entry = readonly [key: string, row: Buffer];

export interface Due {
  /** In the order of (time, key). */
  readonly entries: readonly Entry[];
  /** When the first one behind them is due; Infinity: there is none. */
  readonly nextMs: number;
}

/** The cache has lost something, and says so. */
export const LOST = 'lost';

const RANKS_AT_ONCE = 20;

interface OutsideRows<V> {
  readonly name: string;
  /** An array whose first item is the time: see `timeOfRow`. */
  readonly codec: Codec<V>;
  readonly timeOf: (value: V) => number;
  /** With more rows the first one goes; Infinity: as many as come. */
  readonly most: number;
}

export class RowsOutside<V> {
  readonly #context: OperatorContext;
  readonly #table: OutsideTable<V>;
  readonly #timeOf: (value: V) => number;
  readonly #most: number;
  /** Place -> key of what was put since the last commit and is there. */
  #put = new OrderedMap<string>();
  /** Committed rows that are first, as far as they were asked for and not passed. */
  #first: Entry[] = [];
  /** So many ranks were asked for since the last commit, and so many rows. */
  #ranks = 0;
  #gets = 0;
  #era: unknown; // undefined: nothing was asked yet
  /** Infinity until it is answered, before everything else. */
  #size = Infinity;
  #open = 0;
  #openGets = 0;
  /** Whether the cache has the row that was answered last. */
  #isCommitted = false;
  #dueAskedMs = -Infinity;
  /** Nothing of what is known is due before; what is asked for may be. */
  #earliestMs = -Infinity;

  constructor(context: OperatorContext, { name, codec, timeOf, most }: OutsideRows<V>) {
    this.#context = context;
    this.#table = context.state.outside(name, codec);
    this.#timeOf = timeOf;
    this.#most = most;
  }

  /** `use` gets the row as it is by then, and may put another one in its place. */
  get(key: string, use: (value: V | undefined) => void): void {
    this.#renew();
    this.#askRanks();
    this.#gets++;
    this.#openGets++;
    this.#ask({ ask: 'row', key }, (told) => {
      this.#openGets--;
      const row = told as Buffer | null;
      this.#isCommitted = row !== null;
      const changed = this.#table.changed(key);
      use(
        changed === undefined ? (row === null ? undefined : this.#table.decode(row)) : (changed ?? undefined),
      );
    });
  }

  /** In `use` of that key. Answers the row that had to make room. */
  put(key: string, value: V): V | undefined {
    const before = this.#table.changed(key);
    if (before === null || (before === undefined && !this.#isCommitted)) this.#size++;
    this.#unplace(key, before);
    const atMs = this.#timeOf(value);
    this.#put.set(timeText(atMs) + key, key);
    this.#table.put(key, value);
    this.#dueAskedMs = Math.min(this.#dueAskedMs, atMs - 1); // a wall clock may be set back
    this.#earliestMs = Math.min(this.#earliestMs, atMs);
    return this.#size > this.#most ? this.#takeFirst() : undefined;
  }

  /** Rows that are not younger leave, later: at most so many, and only committed ones. */
  drop(untilMs: number, count: number, told: (dropped: number, areMore: boolean) => void): void {
    this.#renew();
    this.#ask({ ask: 'old', untilMs, count }, (answer) => {
      const keys = answer as readonly string[];
      const old = keys.filter((key) => this.#table.changed(key) === undefined);
      for (const key of old) this.#delete(key);
      told(old.length, keys.length === count);
    });
  }

  /** All rows whose time is <= `untilMs` leave, later, in the order of (time, key). */
  takeDue(untilMs: number, use: (value: V) => void): void {
    if (untilMs <= this.#dueAskedMs || (this.#open === 0 && untilMs < this.#earliestMs)) return;
    this.#renew();
    const question = { ask: 'due', afterMs: this.#dueAskedMs, untilMs } as const;
    this.#dueAskedMs = untilMs;
    this.#ask(question, (told) => {
      const { entries, nextMs } = told as Due;
      for (const [key, row] of entries)
        if (this.#table.changed(key) === undefined) this.#put.set(timeText(timeOfRow(row)) + key, key);
      const rows = new Map(entries);
      for (const key of [...this.#placedUntil(untilMs)]) {
        const value = this.#table.changed(key) ?? this.#table.decode(rows.get(key)!);
        this.#put.delete(timeText(this.#timeOf(value)) + key);
        this.#delete(key);
        use(value);
      }
      this.#earliestMs = Math.min(nextMs, this.#earliestPutMs());
    });
  }

  /** Another one with every commit. */
  get era(): unknown {
    return this.#table.era;
  }

  *#placedUntil(untilMs: number): Iterable<string> {
    const last = timeText(untilMs);
    for (let place = this.#put.ceiling(''); place !== undefined; place = this.#put.higher(place)) {
      if (place.slice(0, last.length) > last) return;
      yield this.#put.get(place)!;
    }
  }

  #earliestPutMs(): number {
    const place = this.#put.ceiling('');
    return place === undefined ? Infinity : this.#timeOf(this.#table.changed(this.#put.get(place)!)!);
  }

  #takeFirst(): V | undefined {
    while (this.#first.length > 0 && this.#table.changed(this.#first[0]![0]) !== undefined)
      this.#first.shift();
    const committed = this.#first[0];
    const place = this.#put.ceiling('');
    if (committed !== undefined) {
      const [key, row] = committed;
      if (place === undefined || timeText(timeOfRow(row)) + key < place) {
        this.#delete(key);
        return this.#table.decode(row);
      }
    }
    if (place === undefined) return undefined;
    const key = this.#put.get(place)!;
    const value = this.#table.changed(key)!;
    this.#delete(key);
    return value;
  }

  #delete(key: string): void {
    this.#unplace(key, this.#table.changed(key));
    this.#table.delete(key);
    this.#size--;
  }

  #unplace(key: string, changed: V | null | undefined): void {
    if (changed !== undefined && changed !== null) this.#put.delete(timeText(this.#timeOf(changed)) + key);
  }

  /** Before a `get` that may lead to one row too many (O1). */
  #askRanks(): void {
    if (this.#most === Infinity) return;
    if (this.#size + this.#openGets < this.#most) return;
    for (; this.#ranks <= this.#gets; this.#ranks += RANKS_AT_ONCE)
      this.#ask({ ask: 'first', from: this.#ranks, count: RANKS_AT_ONCE }, (entries) =>
        this.#first.push(...(entries as readonly Entry[])),
      );
  }

  /** There was a commit since the last question: what was changed is in the cache. */
  #renew(): void {
    if (this.#era === this.#table.era) return;
    if (this.#era === undefined && this.#most !== Infinity)
      this.#ask({ ask: 'size' }, (size) => (this.#size = size as number));
    this.#era = this.#table.era;
    this.#put = new OrderedMap();
    this.#first = [];
    this.#ranks = 0;
    this.#gets = 0;
  }

  #ask(question: RowsQuestion, use: (told: unknown) => void): void {
    this.#open++;
    this.#context.ask(question, (answer) => {
      this.#open--;
      use(this.#told(answer));
    });
  }

  #told(answer: Answer): unknown {
    if (!('value' in answer) || answer.value === LOST)
      throw new CacheLost(
        `the rows of step ${this.#context.step} are gone from the cache: they are read from the changelog again`,
      );
    return answer.value;
  }
}

/** The first item of an array as json-codec.ts writes it; the rest may be a large record. */
export function timeOfRow(row: Buffer): number {
  return Number.parseFloat(row.toString('latin1', 1, 26));
}

/** A cache in memory, of rows that somebody else keeps up to date. */
export function pretendRows(rows: ReadonlyMap<string, Buffer>): (question: unknown) => Answer {
  const inOrder = () =>
    [...rows]
      .map((entry) => ({ entry, place: timeText(timeOfRow(entry[1])) + entry[0] }))
      .sort((a, b) => (a.place < b.place ? -1 : 1))
      .map(({ entry }) => entry);
  return (asked) => {
    const question = asked as RowsQuestion;
    switch (question.ask) {
      case 'row':
        return { value: rows.get(question.key) ?? null };
      case 'size':
        return { value: rows.size };
      case 'first':
        return { value: inOrder().slice(question.from, question.from + question.count) };
      case 'old': {
        const old = inOrder().filter(([, row]) => timeOfRow(row) <= question.untilMs);
        return { value: old.slice(0, question.count).map(([key]) => key) };
      }
      case 'due': {
        const { afterMs, untilMs } = question;
        const later = inOrder().filter(([, row]) => timeOfRow(row) > afterMs);
        const entries = later.filter(([, row]) => timeOfRow(row) <= untilMs);
        const next = later[entries.length];
        return {
          value: { entries, nextMs: next === undefined ? Infinity : timeOfRow(next[1]) } satisfies Due,
        };
      }
    }
  };
}
