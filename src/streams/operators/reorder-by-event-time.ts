/**
 * reorder by event time: holds each record until nothing older can come, then lets it go in the order of
 * (event time, `order` where it is given, topic, partition, offset).
 *
 *   released          | held                      time ->
 *   ------------------+--x--x----x---x--x-
 *                     frontier = watermark - grace
 *
 *   T1  what goes on is in strictly rising order of (time, order, source), also over restarts
 *   T2  a record below the frontier is late; one at the frontier is held, for one of the same time that goes before it may come
 *   T3  with more held than there is room for the oldest go on and the frontier moves behind them: still in order
 */
import { type StreamRecord, withoutRaw } from '../record.ts';
import { jsonCodec } from '../store/json-codec.ts';
import { orderText } from '../store/order-text.ts';
import type { Codec } from '../store/overlay.ts';
import type { Table } from '../store/table.ts';
import { attempt, FAILED } from './attempt.ts';
import type { HeldInOrder } from './held-records.ts';
import { late } from './late.ts';
import type { Operator, OperatorContext } from './operator.ts';
import type { EventTimeSettings } from './reorder-options.ts';

const FRONTIER = 'frontier';
/** Sorts before what any text goes on with. */
const SEPARATOR = '\u0000';

export class ReorderByEventTime implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: EventTimeSettings;
  readonly #held: HeldInOrder;
  /** Only where the limit of the buffer pushed it beyond the watermark. */
  readonly #pushed: Table<number>;
  #pushedMs: number;

  constructor(context: OperatorContext, settings: EventTimeSettings, held: HeldInOrder) {
    this.#context = context;
    this.#settings = settings;
    this.#held = held;
    this.#pushed = context.state.table('pushed', jsonCodec as Codec<number>);
    this.#pushedMs = this.#pushed.get(FRONTIER) ?? -Infinity;
  }

  process(record: StreamRecord): void {
    this.#held.begin();
    if (this.#context.input.isAgain) {
      const place = attempt(this.#context, record, (one) => this.#rankOf(one));
      if (place !== FAILED) this.#held.again(record.timestampMs, record, place);
      return;
    }
    this.advance();
    if (record.timestampMs < this.#frontierMs()) {
      const message = `${ago(this.#frontierMs() - record.timestampMs)} behind what has been released`;
      late(this.#context, record, this.#settings.onLate, message);
      return;
    }
    const rank = attempt(this.#context, record, (one) => this.#rankOf(one));
    if (rank === FAILED) return;
    this.#held.add(record.timestampMs, record, rank);
    if (this.#held.size > this.#settings.room.most) this.#push();
  }

  advance(): void {
    const frontierMs = this.#frontierMs();
    if (this.#held.earliestMs >= frontierMs) return;
    this.#held.release(frontierMs - 1, (held) => this.#context.emit(withoutRaw(held)));
  }

  #frontierMs(): number {
    return Math.max(this.#context.time.watermarkMs - this.#settings.graceMs, this.#pushedMs);
  }

  /** Before the source, among records of one moment. */
  #rankOf(record: StreamRecord): string {
    const { orderOf } = this.#settings;
    return orderOf === undefined ? '' : `${orderText(orderOf(record))}${SEPARATOR}`;
  }

  /** All of the oldest moment go. */
  #push(): void {
    this.#pushedMs = this.#held.firstMs() + 1;
    this.#pushed.put(FRONTIER, this.#pushedMs);
    this.#context.count('released early');
    this.advance();
  }
}

function ago(ms: number): string {
  return `${ms / 1000} s`;
}
