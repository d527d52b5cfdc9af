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

export function timeText(ms: number): string {
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

  has(atMs: number, key: string): boolean {
    return this.#table.get(timeText(atMs) + key) !== undefined;
  }

  /** A (time, key) that is not there yet. */
  add(atMs: number, key: string, value: V): void {
    this.#table.put(timeText(atMs) + key, value);
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
    if (this.#size > 0)
      for (const [rowKey, value] of this.#table.scan(timeText(this.#earliestMs))) {
        this.#earliestMs = timeOfText(rowKey);
        return { atMs: this.#earliestMs, key: rowKey.slice(DIGITS), value };
      }
    this.#earliestMs = Infinity;
    return undefined;
  }

  /**
   * Takes the rows with time <= `untilMs`, in order. Rows added meanwhile are seen when they lie behind; those that lie
   * before wait for the next call.
   */
  *take(untilMs: number): Iterable<Due<V>> {
    if (this.#earliestMs > untilMs) return;
    let reachedMs = this.#earliestMs;
    this.#earliestMs = Infinity;
    try {
      for (const [rowKey, value] of this.#table.scan(timeText(reachedMs))) {
        reachedMs = timeOfText(rowKey);
        if (reachedMs > untilMs) return;
        const key = rowKey.slice(DIGITS);
        this.delete(reachedMs, key);
        yield { atMs: reachedMs, key, value };
      }
      reachedMs = Infinity;
    } finally {
      this.#earliestMs = Math.min(this.#earliestMs, reachedMs);
    }
  }
}
