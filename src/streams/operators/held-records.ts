/** HeldRecords: records that wait for a time, in the order of (time, source). Several of one source, as flatMap makes them, keep their order. */
import type { StreamRecord } from '../record.ts';
import { recordCodec } from '../store/record-codec.ts';
import type { TimeQueue } from '../store/time-queue.ts';
import type { StepState } from './operator.ts';
import { placeOf, sourceOrder } from './source-order.ts';

/** Records that go on in the order of (time, rank, source), wherever they lie meanwhile. */
export interface HeldInOrder {
  readonly size: number;
  readonly earliestMs: number;
  /** There is one. */
  firstMs(): number;
  /** Once for every record that comes, whether it is held or not. */
  begin(): void;
  /** `rank`: goes before the source, among records of one moment. */
  add(atMs: number, record: StreamRecord, rank: string): void;
  /** It is read again after a start: back where it was, if it is held. */
  again(atMs: number, record: StreamRecord, rank: string): void;
  /** All whose time is <= `untilMs`, in order, now or later. */
  release(untilMs: number, use: (record: StreamRecord) => void): void;
}

export class HeldRecords implements HeldInOrder {
  readonly #queue: TimeQueue<StreamRecord>;
  #lastPlace = '';
  #lastNth = 0;

  constructor(queue: StepState['queue'], name: string) {
    this.#queue = queue(name, recordCodec);
  }

  get size(): number {
    return this.#queue.size;
  }

  get earliestMs(): number {
    return this.#queue.earliestMs;
  }

  /** There is one. */
  firstMs(): number {
    return this.#queue.first()!.atMs;
  }

  begin(): void {}

  /** Nothing is read again: it lies in state. */
  again(): void {}

  release(untilMs: number, use: (record: StreamRecord) => void): void {
    this.#queue.drain(untilMs, use);
  }

  add(atMs: number, record: StreamRecord, rank = ''): void {
    const place = rank + sourceOrder(record.source);
    let nth = place === this.#lastPlace ? this.#lastNth + 1 : 0;
    while (!this.#queue.addNew(atMs, placeOf(place, nth), record)) nth++;
    this.#lastPlace = place;
    this.#lastNth = nth;
  }

  /** All whose time is <= `untilMs`, in order. */
  *take(untilMs: number): Iterable<StreamRecord> {
    for (const { value } of this.#queue.take(untilMs)) yield value;
  }

  /** There is one. */
  takeFirst(): StreamRecord {
    const { atMs, key, value } = this.#queue.first()!;
    this.#queue.delete(atMs, key);
    return value;
  }
}
