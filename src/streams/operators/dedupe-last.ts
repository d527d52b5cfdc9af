/**
 * dedupe, keep last: a record opens the window of its id; whatever comes with that id until the window closes replaces
 * it; what is left then goes on. In the order of the windows' ends, so records may pass each other.
 *
 *   L1  the window closes at the time of its first record + window.time; with more than window.count open ones the oldest
 *       closes at once
 */
import { type StreamRecord, withoutRaw } from '../record.ts';
import { attempt, FAILED } from './attempt.ts';
import type { DedupeSettings } from './dedupe-options.ts';
import type { Operator, OperatorContext } from './operator.ts';
import { refuse } from './refuse.ts';
import { type LastOfId, type OpenWindows, WindowsInState, WindowsOutside } from './last-of-id.ts';

export class DedupeLast implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: DedupeSettings;
  readonly #windows: OpenWindows;

  constructor(context: OperatorContext, settings: DedupeSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#windows =
      settings.redis === undefined
        ? new WindowsInState(context, settings.count)
        : new WindowsOutside(context, settings.count);
  }

  process(record: StreamRecord): void {
    const id = attempt(this.#context, record, this.#settings.identify, 'invalid');
    if (id === FAILED) return;
    this.advance();
    const nowMs = this.#nowMs();
    const startMs = this.#settings.isEventTime ? record.timestampMs : this.#context.time.wallMs;
    this.#windows.look(id, (open) => {
      const closesMs = open?.closesMs ?? startMs + this.#settings.timeMs;
      if (closesMs <= nowMs) {
        this.#late(record);
        return;
      }
      if (open !== undefined) this.#context.count('replaced');
      const closed = this.#windows.put(id, { closesMs, last: record });
      if (closed !== undefined) this.#emit(closed);
    });
  }

  advance(): void {
    this.#windows.close(this.#nowMs(), (closed) => this.#emit(closed));
  }

  #emit({ last }: LastOfId): void {
    this.#context.emit(withoutRaw(last));
  }

  #late(record: StreamRecord): void {
    const { onLate } = this.#settings;
    const message = 'its window has closed';
    if (onLate === 'pass') this.#context.emit(record);
    else refuse(this.#context, record, { how: onLate, reason: 'late', message });
  }

  #nowMs(): number {
    const { watermarkMs, wallMs } = this.#context.time;
    return this.#settings.isEventTime ? watermarkMs : wallMs;
  }
}
