/**
 * window: one aggregate for each key and window of event time.
 *
 *   tumbling  +--1--++--2--++--3--+        hopping  +--1--+          session  +x-x-x--gap+   +x--gap+
 *                                                      +--2--+
 *
 *   W1  a window closes when the watermark reaches its end + grace; its state goes in the same commit as its result
 *   W2  a record is late when all its windows have been closed: it goes where `onLate` or `late` says. What a step before lets
 *       go at the moment in which a window closes still belongs to it
 *   W3  a record changes all its windows or none
 *   W4  results leave in the order of (end + grace, key); the result is a function of the input, not of crashes
 */
import type { StreamRecord } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import { keyText } from '../store/identity.ts';
import { timeText } from '../store/time-queue.ts';
import { attempt, FAILED } from './attempt.ts';
import { type OpenWindow, resultOf, revisionHeaders, windowsCodec } from './open-window.ts';
import type { MakeOperator, Operator, OperatorContext } from './operator.ts';
import { refuse } from './refuse.ts';
import type { WindowSettings } from './window-options.ts';

export function window(settings: WindowSettings): MakeOperator {
  return (context) => new Window(context, settings);
}

const LATE_OUTPUT = 1;
const SEPARATOR = '\u0000';

/** A row and what it becomes. Aligned windows have a row each, the sessions of a key one together. */
interface Change {
  readonly row: string;
  readonly windows: readonly OpenWindow[];
  readonly changed: OpenWindow;
  readonly replaced: readonly OpenWindow[];
}

class Window implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: WindowSettings;
  readonly #open: DatedTable<readonly OpenWindow[]>;
  /** Windows have been closed up to there. */
  #nowMs: number;

  constructor(context: OperatorContext, settings: WindowSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#open = context.state.dated('windows', windowsCodec, (windows) => this.#closesMs(windows));
    this.#nowMs = context.time.watermarkMs;
  }

  process(record: StreamRecord): void {
    const { aligned } = this.#settings;
    const find = (one: StreamRecord) =>
      aligned === undefined ? this.#sessionOf(one) : this.#windowsOf(one, aligned);
    const changes = attempt(this.#context, record, find);
    if (changes === FAILED) return;
    if (changes.length === 0) return this.#late(record);
    for (const { row, windows, changed, replaced } of changes) {
      this.#open.put(row, windows);
      if (this.#settings.isOnUpdate)
        this.#context.emit(resultOf(changed, revisionHeaders(changed, replaced)));
    }
  }

  advance(): void {
    this.#nowMs = this.#context.time.watermarkMs;
    if (this.#open.earliestMs > this.#nowMs) return;
    for (const { key: row, value: windows } of this.#open.take(this.#nowMs)) {
      const left = windows.filter((one) => !this.#isOver(one.endMs));
      if (left.length > 0) this.#open.put(row, left);
      if (this.#settings.isOnUpdate) continue;
      for (const one of windows) if (this.#isOver(one.endMs)) this.#context.emit(resultOf(one));
    }
  }

  #windowsOf(record: StreamRecord, { sizeMs, everyMs }: { sizeMs: number; everyMs: number }): Change[] {
    const changes: Change[] = [];
    const key = keyText(record.key);
    const lastMs = Math.floor(record.timestampMs / everyMs) * everyMs;
    let closed = 0;
    for (let startMs = lastMs; startMs > record.timestampMs - sizeMs; startMs -= everyMs) {
      const endMs = startMs + sizeMs;
      if (this.#isOver(endMs)) closed++;
      else {
        const row = `${key}${SEPARATOR}${timeText(startMs)}`;
        const changed = this.#added(this.#open.get(row)?.[0], record, { startMs, endMs });
        changes.unshift({ row, windows: [changed], changed, replaced: [] });
      }
    }
    if (closed > 0 && changes.length > 0) this.#context.count('late for a window', closed);
    return changes;
  }

  #sessionOf(record: StreamRecord): Change[] {
    const { gapMs, aggregator } = this.#settings;
    const row = keyText(record.key);
    const before = this.#open.get(row) ?? [];
    let [startMs, endMs] = [record.timestampMs, record.timestampMs + gapMs];
    const isTouched = (one: OpenWindow) => one.startMs < endMs && startMs < one.endMs;
    const touched = before.filter(isTouched);
    for (const one of touched)
      [startMs, endMs] = [Math.min(startMs, one.startMs), Math.max(endMs, one.endMs)];
    if (this.#isOver(endMs)) return [];
    const [first, ...others] = touched;
    let aggregate = first?.aggregate;
    let revision = first?.revision ?? 0;
    for (const one of others) {
      aggregate = aggregator.merge(aggregate, one.aggregate);
      revision += one.revision;
    }
    const merged = first === undefined ? undefined : { ...first, aggregate, revision };
    const changed = this.#added(merged, record, { startMs, endMs });
    const windows = [...before.filter((one) => !touched.includes(one)), changed].sort(
      (a, b) => a.startMs - b.startMs,
    );
    return [{ row, windows, changed, replaced: touched }];
  }

  #added(
    before: OpenWindow | undefined,
    record: StreamRecord,
    span: { startMs: number; endMs: number },
  ): OpenWindow {
    const { init, add } = this.#settings.aggregator;
    const aggregate = add(before === undefined ? init() : before.aggregate, record);
    return {
      key: record.key,
      ...span,
      aggregate,
      revision: (before?.revision ?? 0) + 1,
      source: record.source,
    };
  }

  #late(record: StreamRecord): void {
    const { onLate } = this.#settings;
    if (onLate === 'output') return this.#context.emit(record, LATE_OUTPUT);
    refuse(this.#context, record, { how: onLate, reason: 'late', message: 'its window has closed' });
  }

  #isOver(endMs: number): boolean {
    return endMs + this.#settings.graceMs <= this.#nowMs;
  }

  #closesMs(windows: readonly OpenWindow[]): number {
    return Math.min(...windows.map(({ endMs }) => endMs)) + this.#settings.graceMs;
  }
}
