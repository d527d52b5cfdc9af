/**
 * SeenIds: what dedupe knows of ids. In state, or too many for that: in the changelog and, as a cache of it, in Redis.
 *
 *   in state      answers at once; the oldest goes when there are more than `count`
 *   outside       what was put since the last commit is known here, everything else is asked; what is over is not believed, and is
 *                 taken away bit by bit. Ids reach the cache after the commit that has their outputs, so it knows none too early
 */
import { CacheLost } from '../plan-error.ts';
import type { DatedTable } from '../store/dated-table.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { OutsideTable } from '../store/outside-table.ts';
import type { Codec } from '../store/overlay.ts';
import type { Answer, OperatorContext } from './operator.ts';

/** What is known of an id. */
export interface Seen {
  readonly atMs: number;
  readonly content: string;
  readonly source: string;
}

export interface SeenIds {
  /** `overMs`: what is not younger is forgotten. */
  look(id: string, overMs: number, use: (seen: Seen | undefined) => void): void;
  put(id: string, seen: Seen): void;
  forget(overMs: number): void;
}

const seenCodec: Codec<Seen> = {
  encode: ({ atMs, content, source }) => jsonCodec.encode([atMs, content, source]),
  decode(bytes) {
    const [atMs, content, source] = jsonCodec.decode(bytes) as [number, string, string];
    return { atMs, content, source };
  },
};

export class IdsInState implements SeenIds {
  readonly #context: OperatorContext;
  readonly #ids: DatedTable<Seen>;
  readonly #count: number;

  constructor(context: OperatorContext, count: number) {
    this.#context = context;
    this.#ids = context.state.dated('ids', seenCodec, ({ atMs }) => atMs);
    this.#count = count;
  }

  look(id: string, _overMs: number, use: (seen: Seen | undefined) => void): void {
    use(this.#ids.get(id));
  }

  put(id: string, seen: Seen): void {
    this.#ids.put(id, seen);
    if (this.#ids.size > this.#count) this.#ids.delete(this.#ids.first()!.key);
  }

  forget(overMs: number): void {
    if (this.#ids.earliestMs <= overMs)
      for (const _ of this.#ids.take(overMs)) this.#context.count('forgotten');
  }
}

/** What is asked of the cache. */
export type IdsQuestion =
  | { readonly get: string }
  /** At most so many ids that are not younger. */
  | { readonly old: number; readonly count: number };

/** The cache has lost something, and says so. */
export const LOST = 'lost';

const SWEEP_IDS = 500;
/** Looks for what is over so often in a window. */
const SWEEPS = 100;

export class IdsOutside implements SeenIds {
  readonly #context: OperatorContext;
  readonly #ids: OutsideTable<Seen>;
  readonly #sweepMs: number;
  #sweptMs = -Infinity;

  constructor(context: OperatorContext, timeMs: number) {
    this.#context = context;
    this.#ids = context.state.outside('ids', seenCodec);
    this.#sweepMs = Math.max(1, timeMs / SWEEPS);
  }

  look(id: string, overMs: number, use: (seen: Seen | undefined) => void): void {
    this.#context.ask({ get: id } satisfies IdsQuestion, (answer) => {
      const bytes = this.#told(answer) as Buffer | null;
      const changed = this.#ids.changed(id);
      const seen = changed === undefined && bytes !== null ? this.#ids.decode(bytes) : (changed ?? undefined);
      use(seen === undefined || seen.atMs <= overMs ? undefined : seen);
    });
  }

  put(id: string, seen: Seen): void {
    this.#ids.put(id, seen);
  }

  forget(overMs: number): void {
    if (!(overMs > this.#sweptMs + this.#sweepMs)) return;
    this.#sweptMs = overMs;
    this.#context.ask({ old: overMs, count: SWEEP_IDS } satisfies IdsQuestion, (answer) => {
      const old = this.#told(answer) as readonly string[];
      for (const id of old)
        if (this.#ids.changed(id) === undefined) {
          this.#ids.delete(id);
          this.#context.count('forgotten');
        }
      if (old.length === SWEEP_IDS) this.#sweptMs = -Infinity; // there are more
    });
  }

  #told(answer: Answer): unknown {
    if (!('value' in answer) || answer.value === LOST)
      throw new CacheLost(
        `the ids of step ${this.#context.step} are gone from the cache: they are read from the changelog again`,
      );
    return answer.value;
  }
}

/** A cache in memory, of rows that somebody else keeps up to date. */
export function pretendIds(rows: ReadonlyMap<string, Buffer>): (question: unknown) => Answer {
  return (asked) => {
    const question = asked as IdsQuestion;
    if ('get' in question) return { value: rows.get(question.get) ?? null };
    const old = [...rows].filter(([, bytes]) => seenCodec.decode(bytes).atMs <= question.old);
    return { value: old.slice(0, question.count).map(([id]) => id) };
  };
}

/** For whoever keeps them in order of time. */
export function atMsOf(row: Buffer): number {
  return seenCodec.decode(row).atMs;
}
