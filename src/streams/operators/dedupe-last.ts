/**
 * dedupe, keep last: a record opens the window of its id; whatever comes with that id until the window closes replaces
 * it; what is left then goes on. In the order of the windows' ends, so records may pass each other.
 *
 *   L1  the window closes at the time of its first record + window.time; with more than window.count open ones the oldest
 *       closes at once
 */
import { type StreamRecord, withoutRaw } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { Codec } from '../store/overlay.ts';
import { restored, type StoredRecord, stored } from '../store/record-codec.ts';
import { attempt, FAILED } from './attempt.ts';
import type { DedupeSettings } from './dedupe-options.ts';
import type { Operator, OperatorContext } from './operator.ts';
import { refuse } from './refuse.ts';

interface Window {
  readonly closesMs: number;
  readonly last: StreamRecord;
}

const windowCodec: Codec<Window> = {
  encode: ({ closesMs, last }) => jsonCodec.encode([closesMs, stored(last)]),
  decode(bytes) {
    const [closesMs, last] = jsonCodec.decode(bytes) as [number, StoredRecord];
    return { closesMs, last: restored(last) };
  },
};

export class DedupeLast implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: DedupeSettings;
  readonly #windows: DatedTable<Window>;

  constructor(context: OperatorContext, settings: DedupeSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#windows = context.state.dated('windows', windowCodec, ({ closesMs }) => closesMs);
  }

  process(record: StreamRecord): void {
    const id = attempt(this.#context, record, this.#settings.identify, 'invalid');
    if (id === FAILED) return;
    this.advance();
    const { isEventTime, timeMs, onLate } = this.#settings;
    const open = this.#windows.get(id);
    const startMs = isEventTime ? record.timestampMs : this.#context.time.wallMs;
    const closesMs = open?.closesMs ?? startMs + timeMs;
    if (closesMs <= this.#nowMs()) {
      const message = 'its window has closed';
      if (onLate === 'pass') this.#context.emit(record);
      else refuse(this.#context, record, { how: onLate, reason: 'late', message });
      return;
    }
    if (open !== undefined) this.#context.count('replaced');
    this.#windows.put(id, { closesMs, last: record });
    if (this.#windows.size > this.#settings.count) this.#closeOldest();
  }

  advance(): void {
    const nowMs = this.#nowMs();
    if (this.#windows.earliestMs > nowMs) return;
    for (const { value } of this.#windows.take(nowMs)) this.#context.emit(withoutRaw(value.last));
  }

  #closeOldest(): void {
    const { key, value } = this.#windows.first()!;
    this.#windows.delete(key);
    this.#context.emit(withoutRaw(value.last));
  }

  #nowMs(): number {
    const { watermarkMs, wallMs } = this.#context.time;
    return this.#settings.isEventTime ? watermarkMs : wallMs;
  }
}
