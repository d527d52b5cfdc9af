/**
 * TableQueue: a TimeQueue over a table, where rows do not lie in memory. `earliestMs` is found again from the rows when a task is opened,
 * and walks begin there, not among the rows that are gone.
 */
import type { Table } from './table.ts';
import { type Due, keyOfRow, timeOfText, type TimeQueue, timeText } from './time-queue.ts';

export class TableQueue<V> implements TimeQueue<V> {
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

  addNew(atMs: number, key: string, value: V): boolean {
    const row = timeText(atMs) + key;
    if (this.#table.get(row) !== undefined) return false;
    this.#added(row, atMs, value);
    return true;
  }

  add(atMs: number, key: string, value: V): void {
    this.#added(timeText(atMs) + key, atMs, value);
  }

  #added(row: string, atMs: number, value: V): void {
    this.#table.put(row, value);
    this.#size++;
    if (Math.floor(atMs) < this.#earliestMs) this.#earliestMs = Math.floor(atMs);
  }

  delete(atMs: number, key: string): void {
    this.#table.delete(timeText(atMs) + key);
    this.#size--;
  }

  first(): Due<V> | undefined {
    const rowKey = this.#size > 0 ? this.#table.ceiling(timeText(this.#earliestMs)) : undefined;
    this.#earliestMs = rowKey === undefined ? Infinity : timeOfText(rowKey);
    if (rowKey === undefined) return undefined;
    return { atMs: this.#earliestMs, key: keyOfRow(rowKey), value: this.#table.get(rowKey)! };
  }

  *take(untilMs: number): Iterable<Due<V>> {
    if (this.#earliestMs > untilMs) return;
    let reachedMs = this.#earliestMs;
    const table = this.#table;
    this.#earliestMs = Infinity;
    try {
      for (let row = table.ceiling(timeText(reachedMs)); row !== undefined; row = table.higher(row)) {
        reachedMs = timeOfText(row);
        if (reachedMs > untilMs) return;
        yield { atMs: reachedMs, key: keyOfRow(row), value: this.#pull(row) };
      }
      reachedMs = Infinity;
    } finally {
      this.#earliestMs = Math.min(this.#earliestMs, reachedMs);
    }
  }

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
        use(this.#pull(row), keyOfRow(row));
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
