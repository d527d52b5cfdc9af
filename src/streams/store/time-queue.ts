/**
 * TimeQueue: rows in the order of (time, key), taken out from the front. Deadlines, expiry of ids, records held by event time.
 *
 *   Q1  the row key begins with the time, in a form whose order as text is the order in time
 *   Q2  `earliestMs` is never behind the first row, so a glance at it says whether anything can be due. It is found
 *       again from the rows when a task is opened, and walks begin there, not among the rows that are gone
 */
import type { Table } from './table.ts';

/** Times from −2^48 to 2^48 milliseconds around the epoch, that is 8,900 years either way. */
const SHIFT = 2 ** 48;
const DIGITS = 13;
const LOW = 2 ** 24;
const LOW_DIGITS = 6;

/** The same moment is asked for again and again: for an id, for the record beside it. */
let lastMs = Number.NaN;
let lastText = '';

export function timeText(ms: number): string {
  if (ms === lastMs) return lastText;
  lastMs = ms;
  return (lastText = textOf(ms));
}

function textOf(ms: number): string {
  const shifted = Math.min(Math.max(Math.floor(ms), -SHIFT), SHIFT) + SHIFT;
  // In two parts: what is beyond 32 bits is slow to write.
  const low = shifted % LOW;
  return hex((shifted - low) / LOW, DIGITS - LOW_DIGITS) + hex(low, LOW_DIGITS);
}

function hex(part: number, digits: number): string {
  return part.toString(16).padStart(digits, '0');
}

/** Of a text that begins with one. */
export function timeOfText(rowKey: string): number {
  return Number.parseInt(rowKey.slice(0, DIGITS), 16) - SHIFT;
}

export interface Due<V> {
  readonly atMs: number;
  readonly key: string;
  readonly value: V;
}

export class TimeQueue<V> {
  readonly #table: Table<V>;
  #earliestMs: number;
  #size = 0;

  constructor(table: Table<V>) {
    this.#table = table;
    this.#earliestMs = Infinity;
    for (const rowKey of table.keys()) {
      this.#earliestMs = Math.min(this.#earliestMs, timeOfText(rowKey));
      this.#size++;
    }
  }

  get size(): number {
    return this.#size;
  }

  get earliestMs(): number {
    return this.#earliestMs;
  }

  /** False: that (time, key) is there already, and stays as it is. */
  addNew(atMs: number, key: string, value: V): boolean {
    const row = timeText(atMs) + key;
    if (this.#table.get(row) !== undefined) return false;
    this.#added(row, atMs, value);
    return true;
  }

  /** A (time, key) that is not there yet. */
  add(atMs: number, key: string, value: V): void {
    this.#added(timeText(atMs) + key, atMs, value);
  }

  #added(row: string, atMs: number, value: V): void {
    this.#table.put(row, value);
    this.#size++;
    if (Math.floor(atMs) < this.#earliestMs) this.#earliestMs = Math.floor(atMs);
  }

  /** A (time, key) that is there. */
  delete(atMs: number, key: string): void {
    this.#table.delete(timeText(atMs) + key);
    this.#size--;
  }

  /** The first row, without taking it. */
  first(): Due<V> | undefined {
    const rowKey = this.#size > 0 ? this.#table.ceiling(timeText(this.#earliestMs)) : undefined;
    this.#earliestMs = rowKey === undefined ? Infinity : timeOfText(rowKey);
    if (rowKey === undefined) return undefined;
    return { atMs: this.#earliestMs, key: rowKey.slice(DIGITS), value: this.#table.get(rowKey)! };
  }

  /**
   * Takes the rows with time <= `untilMs`, in order. Rows added meanwhile are seen when they lie behind; those that lie
   * before wait for the next call.
   */
  *take(untilMs: number): Iterable<Due<V>> {
    if (this.#earliestMs > untilMs) return;
    let reachedMs = this.#earliestMs;
    const table = this.#table;
    this.#earliestMs = Infinity;
    try {
      for (let row = table.ceiling(timeText(reachedMs)); row !== undefined; row = table.higher(row)) {
        reachedMs = timeOfText(row);
        if (reachedMs > untilMs) return;
        yield { atMs: reachedMs, key: row.slice(DIGITS), value: this.#pull(row) };
      }
      reachedMs = Infinity;
    } finally {
      this.#earliestMs = Math.min(this.#earliestMs, reachedMs);
    }
  }

  /** The same without a walk that somebody may leave: `use` gets all of them. */
  drain(untilMs: number, use: (value: V, key: string) => void): void {
    if (this.#earliestMs > untilMs) return;
    let reachedMs = this.#earliestMs;
    const table = this.#table;
    this.#earliestMs = Infinity;
    try {
      let row = table.ceiling(timeText(reachedMs));
      for (; row !== undefined; row = table.higher(row)) {
        reachedMs = timeOfText(row);
        if (reachedMs > untilMs) return;
        use(this.#pull(row), row.slice(DIGITS));
      }
      reachedMs = Infinity;
    } finally {
      this.#earliestMs = Math.min(this.#earliestMs, reachedMs);
    }
  }

  #pull(row: string): V {
    this.#size--;
    return this.#table.pull(row)!;
  }
}
