/**
 * join of two streams: records of equal keys that are near in event time meet once, when the second of them comes. Input 0 is the
 * left stream, input 1 the right one.
 *
 *   left    ----l@10--------------l@40---->        within 5s:  (l@10, r@12)   and, of a left join, (l@40, -)
 *   right   -------r@12----r@25----------->
 *
 *   J1  a record is kept until the watermark has passed its time + within + grace; it is late when the watermark has passed its time +
 *       grace. So whatever is not late meets all that it should meet
 *   J2  a record meets all that are there, in the order of their times, or is dead-lettered and meets none
 *   J3  a record that met none is counted when it goes; a left one leaves then, of a left join
 */
import type { StreamRecord } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import { keyText } from '../store/identity.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { Codec } from '../store/overlay.ts';
import { restored, type StoredRecord, stored } from '../store/record-codec.ts';
import { timeText } from '../store/time-queue.ts';
import { attempt, FAILED } from './attempt.ts';
import type { JoinStreamSettings } from './join-stream-options.ts';
import type { MakeOperator, Operator, OperatorContext } from './operator.ts';
import { refuse } from './refuse.ts';
import { sourceOrder } from './source-order.ts';

interface Kept {
  readonly record: StreamRecord;
  readonly hasMet: boolean;
}

const keptCodec: Codec<Kept> = {
  encode: ({ record, hasMet }) => jsonCodec.encode([stored(record), hasMet]),
  decode(bytes) {
    const [record, hasMet] = jsonCodec.decode(bytes) as [StoredRecord, boolean];
    return { record: restored(record), hasMet };
  },
};

export function joinStream(settings: JoinStreamSettings): MakeOperator {
  return (context) => new JoinStream(context, settings);
}

/** One stream's records, and where those of the other may lie that they meet. */
interface Side {
  readonly rows: DatedTable<Kept>;
  readonly beforeMs: number;
  readonly afterMs: number;
}

class JoinStream implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: JoinStreamSettings;
  readonly #sides: readonly [left: Side, right: Side];
  /** Records have gone up to there. */
  #nowMs: number;

  constructor(context: OperatorContext, settings: JoinStreamSettings) {
    this.#context = context;
    this.#settings = settings;
    const { beforeMs, afterMs } = settings;
    const rows = (name: string) => context.state.dated(name, keptCodec, ({ record }) => record.timestampMs);
    this.#sides = [
      { rows: rows('left'), beforeMs, afterMs },
      { rows: rows('right'), beforeMs: afterMs, afterMs: beforeMs },
    ];
    this.#nowMs = context.time.watermarkMs;
  }

  process(record: StreamRecord, input: number): void {
    const { graceMs, onLate } = this.#settings;
    if (record.key === null || record.key === undefined)
      return this.#context.deadLetter(record, 'invalid', 'a join of streams is by key, and it has none');
    if (record.timestampMs + graceMs < this.#nowMs) {
      const message = 'what it should have met may be gone';
      return refuse(this.#context, record, { how: onLate, reason: 'late', message });
    }
    const met = [...this.#metBy(record, input)];
    const joined = attempt(this.#context, record, () =>
      met.map(({ kept }) => this.#join(record, kept.record, input)),
    );
    if (joined === FAILED) return;
    for (const { row, kept } of met)
      if (!kept.hasMet) this.#sides[1 - input]!.rows.put(row, { ...kept, hasMet: true });
    this.#keep(record, input, met.length > 0);
    for (const one of joined) this.#context.emit(one);
  }

  advance(): void {
    const { graceMs, isLeft, combine } = this.#settings;
    this.#nowMs = this.#context.time.watermarkMs;
    for (const [input, { rows, afterMs }] of this.#sides.entries()) {
      const goneMs = this.#nowMs - afterMs - graceMs - 1;
      if (rows.earliestMs > goneMs) continue;
      for (const { value: kept } of rows.take(goneMs)) {
        if (kept.hasMet) continue;
        this.#context.count('met none');
        if (!isLeft || input === 1) continue;
        const { record } = kept;
        const value = attempt(this.#context, record, () => combine(record.value, undefined));
        if (value !== FAILED) this.#context.emit({ ...record, value, raw: undefined });
      }
    }
  }

  /** What lies on the other side at the right times, in their order. */
  *#metBy({ key, timestampMs }: StreamRecord, input: number): Iterable<{ row: string; kept: Kept }> {
    const { beforeMs, afterMs } = this.#sides[input]!;
    const prefix = prefixOf(key);
    const last = prefix + timeText(timestampMs + afterMs);
    for (const [row, kept] of this.#sides[1 - input]!.rows.scan(prefix + timeText(timestampMs - beforeMs))) {
      if (row.slice(0, last.length) > last) return;
      yield { row, kept };
    }
  }

  #join(record: StreamRecord, other: StreamRecord, input: number): StreamRecord {
    const [left, right] = input === 0 ? [record, other] : [other, record];
    const value = this.#settings.combine(left.value, right.value);
    const timestampMs = Math.max(left.timestampMs, right.timestampMs);
    return {
      key: left.key,
      value,
      headers: left.headers,
      timestampMs,
      source: record.source,
      raw: undefined,
    };
  }

  #keep(record: StreamRecord, input: number, hasMet: boolean): void {
    const { rows } = this.#sides[input]!;
    const place = `${prefixOf(record.key)}${timeText(record.timestampMs)}${sourceOrder(record.source)}`;
    let nth = 0;
    while (rows.get(`${place}/${nth}`) !== undefined) nth++;
    rows.put(`${place}/${nth}`, { record, hasMet });
  }
}

/** Of a key and no other: inside the quotes nothing is left that could end them. */
function prefixOf(key: unknown): string {
  return JSON.stringify(keyText(key));
}
