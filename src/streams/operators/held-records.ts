/** HeldRecords: records that wait for a time, in the order of (time, source). Several of one source, as flatMap makes them, keep their order. */
import type { StreamRecord } from '../record.ts';
import { recordCodec } from '../store/record-codec.ts';
import type { TimeQueue } from '../store/time-queue.ts';
import type { StepState } from './operator.ts';
import { sourceOrder } from './source-order.ts';

export class HeldRecords {
  readonly #queue: TimeQueue<StreamRecord>;
  #lastPlace = '';
  #lastNth = 0;

  constructor(queue: StepState['queue'], name = 'held') {
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

  /** `rank`: goes before the source, among records of one moment. */
  add(atMs: number, record: StreamRecord, rank = ''): void {
    const place = rank + sourceOrder(record.source);
    let nth = place === this.#lastPlace ? this.#lastNth + 1 : 0;
    while (this.#queue.has(atMs, placeOf(place, nth))) nth++;
    this.#queue.add(atMs, placeOf(place, nth), record);
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

function placeOf(place: string, nth: number): string {
  return `${place}/${nth.toString(16).padStart(8, '0')}`;
}
