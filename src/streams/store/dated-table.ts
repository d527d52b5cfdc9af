/**
 * DatedTable: a table whose rows can also be taken out in the order of a time that stands in each value.
 *
 *   rows      a -> {until 30}   b -> {until 10}   c -> {}        in the changelog
 *   ~rows     10 b   30 a                                     derived: rebuilt from the rows wherever they come from
 */
import type { Table } from './table.ts';
import type { TimeQueue } from './time-queue.ts';

export class DatedTable<V> {
  readonly #rows: Table<V>;
  readonly #dates: TimeQueue<null>;
  readonly #dateOf: (value: V) => number | undefined;

  /** `dateOf`: undefined for a row that is never due. */
  constructor(rows: Table<V>, dates: TimeQueue<null>, dateOf: (value: V) => number | undefined) {
    this.#rows = rows;
    this.#dates = dates;
    this.#dateOf = dateOf;
  }

  /** Of the rows that have a time. */
  get size(): number {
    return this.#dates.size;
  }

  get earliestMs(): number {
    return this.#dates.earliestMs;
  }

  get(key: string): V | undefined {
    return this.#rows.get(key);
  }

  put(key: string, value: V): void {
    const to = this.#dateOf(value);
    const before = this.#rows.replace(key, value);
    const from = before === undefined ? undefined : this.#dateOf(before);
    if (from === to) return;
    if (from !== undefined) this.#dates.delete(from, key);
    if (to !== undefined) this.#dates.add(to, key, null);
  }

  delete(key: string): void {
    const before = this.#rows.get(key);
    if (before === undefined) return;
    const from = this.#dateOf(before);
    if (from !== undefined) this.#dates.delete(from, key);
    this.#rows.delete(key);
  }

  /** Rows with `from` <= key, ascending in their keys. */
  scan(from: string): Iterable<readonly [key: string, value: V]> {
    return this.#rows.scan(from);
  }

  /** The same without the values. */
  keys(from: string): Iterable<string> {
    return this.#rows.keys(from);
  }

  /** The row that is due first. */
  first(): { readonly key: string; readonly value: V } | undefined {
    const first = this.#dates.first();
    return first === undefined ? undefined : { key: first.key, value: this.#rows.get(first.key)! };
  }

  /** The rows that are due until then go. Answers how many. */
  drop(untilMs: number): number {
    const before = this.#dates.size;
    this.#dates.drain(untilMs, (_, key) => this.#rows.delete(key));
    return before - this.#dates.size;
  }

  /** Takes the rows that are due until then, in order of (time, key). */
  *take(untilMs: number): Iterable<{ readonly key: string; readonly value: V; readonly atMs: number }> {
    for (const { key, atMs } of this.#dates.take(untilMs)) {
      yield { key, value: this.#rows.pull(key)!, atMs };
    }
  }
}
