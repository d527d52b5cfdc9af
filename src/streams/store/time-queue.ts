/**
 * TimeQueue: rows in the order of (time, key), taken out from the front. Deadlines, expiry of ids, records held by event time. In memory, or
 * over a table (memory-queue.ts, table-queue.ts).
 *
 *   Q1  the row key begins with the time, in a form whose order as text is the order in time
 *   Q2  `earliestMs` is never behind the first row, so a glance at it says whether anything can be due
 */

/** Times from -2^48 to 2^48 milliseconds around the epoch, that is 8,900 years either way. */
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

/** What a queue makes of a time: the whole millisecond, as far as there are any. */
export function momentOf(ms: number): number {
  return Math.min(Math.max(Math.floor(ms), -SHIFT), SHIFT);
}

function textOf(ms: number): string {
  const shifted = momentOf(ms) + SHIFT;
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

/** What stands behind the time. */
export function keyOfRow(rowKey: string): string {
  return rowKey.slice(DIGITS);
}

export interface Due<V> {
  readonly atMs: number;
  readonly key: string;
  readonly value: V;
}

export interface TimeQueue<V> {
  readonly size: number;
  readonly earliestMs: number;
  /** False: that (time, key) is there already, and stays as it is. */
  addNew(atMs: number, key: string, value: V): boolean;
  /** A (time, key) that is not there yet. */
  add(atMs: number, key: string, value: V): void;
  /** A (time, key) that is there. */
  delete(atMs: number, key: string): void;
  /** The first row, without taking it. */
  first(): Due<V> | undefined;
  /**
   * Takes the rows with time <= `untilMs`, in order. Rows added meanwhile are seen when they lie behind; those that lie
   * before wait for the next call.
   */
  take(untilMs: number): Iterable<Due<V>>;
  /** The same without a walk that somebody may leave: `use` gets all of them. */
  drain(untilMs: number, use: (value: V, key: string) => void): void;
}
