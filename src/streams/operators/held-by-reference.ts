/** HeldByReference: what HeldRecords is, with the records in a cache outside (shelf.ts); their order is in state. */
import type { StreamRecord } from '../record.ts';
import { jsonCodec } from '../store/json-codec.ts';
import { type TimeQueue, timeText } from '../store/time-queue.ts';
import type { HeldInOrder } from './held-records.ts';
import type { OperatorContext } from './operator.ts';
import { CacheShelf } from './shelf.ts';
import { sourceOrder } from './source-order.ts';

export class HeldByReference implements HeldInOrder {
  readonly #order: TimeQueue<unknown>;
  readonly #shelf: CacheShelf;

  constructor(context: OperatorContext) {
    this.#order = context.state.queue('order', jsonCodec);
    this.#shelf = new CacheShelf(context);
  }

  get size(): number {
    return this.#order.size;
  }

  get earliestMs(): number {
    return this.#order.earliestMs;
  }

  firstMs(): number {
    return this.#order.first()!.atMs;
  }

  begin(): void {
    this.#shelf.begin();
  }

  add(atMs: number, record: StreamRecord, rank: string): void {
    const place = this.#place(record, rank);
    this.#order.add(atMs, place, null);
    this.#shelf.put(timeText(atMs) + place, record);
  }

  again(atMs: number, record: StreamRecord, rank: string): void {
    this.#shelf.again(timeText(atMs) + this.#place(record, rank), record);
  }

  release(untilMs: number, use: (record: StreamRecord) => void): void {
    for (const { atMs, key } of this.#order.take(untilMs)) this.#shelf.take(timeText(atMs) + key, use);
  }

  #place({ source }: StreamRecord, rank: string): string {
    return `${rank}${sourceOrder(source)}/${this.#shelf.place}`; // two records of a repartition may have one source
  }
}
