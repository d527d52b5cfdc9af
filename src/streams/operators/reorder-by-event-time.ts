/**
 * reorder by event time: holds each record until nothing older can come, then lets it go in the order of
 * (event time, `order` where it is given, topic, partition, offset).
 *
 *   released          │ held                      time ─►
 *   ──────────────────┼──x──x────x───x──x─
 *                     frontier = watermark − grace
 *
 *   T1  what goes on is in strictly rising order of (time, order, source), also over restarts
 *   T2  a record below the frontier is late; one at the frontier is held, for one of the same time that goes before it may come
 *   T3  with more than `total` held the oldest go on and the frontier moves behind them: still in order
 */
import { type StreamRecord, withoutRaw } from '../record.ts';
import { jsonCodec } from '../store/json-codec.ts';
import { orderText } from '../store/order-text.ts';
import type { Codec } from '../store/overlay.ts';
import { recordCodec } from '../store/record-codec.ts';
import type { Table } from '../store/table.ts';
import type { TimeQueue } from '../store/time-queue.ts';
import { attempt, FAILED } from './attempt.ts';
import { late } from './late.ts';
import type { Operator, OperatorContext } from './operator.ts';
import type { EventTimeSettings } from './reorder-options.ts';
import { sourceOrder } from './source-order.ts';

const FRONTIER = 'frontier';
/** Sorts before what any text goes on with. */
const SEPARATOR = '\u0000';

export class ReorderByEventTime implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: EventTimeSettings;
  readonly #held: TimeQueue<StreamRecord>;
  /** Only where the limit of the buffer pushed it beyond the watermark. */
  readonly #pushed: Table<number>;
  #pushedMs: number;
  #lastPlace = '';
  #lastNth = 0;

  constructor(context: OperatorContext, settings: EventTimeSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#held = context.state.queue('held', recordCodec);
    this.#pushed = context.state.table('pushed', jsonCodec as Codec<number>);
    this.#pushedMs = this.#pushed.get(FRONTIER) ?? -Infinity;
  }

  process(record: StreamRecord): void {
    this.advance();
    if (record.timestampMs < this.#frontierMs()) {
      const message = `${ago(this.#frontierMs() - record.timestampMs)} behind what has been released`;
      late(this.#context, record, this.#settings.onLate, message);
      return;
    }
    const place = attempt(this.#context, record, (one) => this.#placeOf(one));
    if (place === FAILED) return;
    this.#hold(record, place);
    if (this.#held.size > this.#settings.total) this.#push();
  }

  advance(): void {
    const frontierMs = this.#frontierMs();
    if (this.#held.earliestMs >= frontierMs) return;
    for (const { value } of this.#held.take(frontierMs - 1)) this.#context.emit(withoutRaw(value));
  }

  #frontierMs(): number {
    return Math.max(this.#context.time.watermarkMs - this.#settings.graceMs, this.#pushedMs);
  }

  /** A flatMap makes several records of one source: they keep their order by a number behind it. */
  #hold(record: StreamRecord, place: string): void {
    let nth = place === this.#lastPlace ? this.#lastNth + 1 : 0;
    while (this.#held.has(record.timestampMs, numbered(place, nth))) nth++;
    this.#held.add(record.timestampMs, numbered(place, nth), record);
    this.#lastPlace = place;
    this.#lastNth = nth;
  }

  #placeOf(record: StreamRecord): string {
    const { orderOf } = this.#settings;
    const source = sourceOrder(record.source);
    return orderOf === undefined ? source : `${orderText(orderOf(record))}${SEPARATOR}${source}`;
  }

  /** All of the oldest moment go. */
  #push(): void {
    this.#pushedMs = this.#held.first()!.atMs + 1;
    this.#pushed.put(FRONTIER, this.#pushedMs);
    this.#context.count('released early');
    this.advance();
  }
}

function numbered(place: string, nth: number): string {
  return `${place}/${nth.toString(16).padStart(8, '0')}`;
}

function ago(ms: number): string {
  return `${ms / 1000} s`;
}
