/**
 * HeldByReference: what HeldRecords is, with the records in a cache outside (shelf.ts). The keys of the references begin with the time, so
 * they are the order, too: a record that is held is one row of state.
 */
import type { StreamRecord } from '../record.ts';
import { timeOfText, timeText } from '../store/time-queue.ts';
import type { HeldInOrder } from './held-records.ts';
import type { OperatorContext } from './operator.ts';
import { CacheShelf } from './shelf.ts';
import { sourceOrder } from './source-order.ts';

export class HeldByReference implements HeldInOrder {
  readonly #shelf: CacheShelf;
  /** Never behind the first one: a glance, and where walks begin. */
  #earliestMs = -Infinity;

  constructor(context: OperatorContext) {
    this.#shelf = new CacheShelf(context);
  }

  get size(): number {
    return this.#shelf.size;
  }

  get earliestMs(): number {
    return this.#earliestMs;
  }

  firstMs(): number {
    const [first] = this.#shelf.keys(timeText(this.#earliestMs));
    this.#earliestMs = timeOfText(first!);
    return this.#earliestMs;
  }

  begin(): void {
    this.#shelf.begin();
  }

  add(atMs: number, record: StreamRecord, rank: string): void {
    this.#shelf.put(this.#keyOf(atMs, record, rank), record);
    this.#earliestMs = Math.min(this.#earliestMs, atMs);
  }

  again(atMs: number, record: StreamRecord, rank: string): void {
    this.#shelf.again(this.#keyOf(atMs, record, rank), record);
  }

  release(untilMs: number, use: (record: StreamRecord) => void): void {
    for (const key of this.#shelf.keys(timeText(this.#earliestMs))) {
      this.#earliestMs = timeOfText(key);
      if (this.#earliestMs > untilMs) return;
      this.#shelf.take(key, use);
    }
    this.#earliestMs = Infinity;
  }

  /** Two records of a repartition may have one source; no two have one place. */
  #keyOf(atMs: number, { source }: StreamRecord, rank: string): string {
    return `${timeText(atMs)}${rank}${sourceOrder(source)}/${this.#shelf.place}`;
  }
}
