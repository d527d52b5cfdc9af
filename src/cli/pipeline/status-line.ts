/**
 * StatusLine: how a running pipeline does. On a terminal one line that renews itself, elsewhere a line now and then, and only when something
 * happened.
 *
 *   orders: 3 tasks, 12,345 records read (1,200/s), 7 dead letters, 250 dropped
 */
import type { Progress } from '../../pipelines/index.ts';
import { countText, numberText } from '../text.ts';

const TERMINAL_MS = 1_000;
const LOG_MS = 10_000;
const CLEAR = '\r\u001b[2K';

export class StatusLine {
  readonly #name: string;
  readonly #write: (text: string) => void;
  readonly #isTerminal: boolean;
  #shownMs: number;
  #shown: Progress | undefined;
  #last: Progress | undefined;

  constructor(name: string, isTerminal: boolean, nowMs: number, write: (text: string) => void) {
    this.#name = name;
    this.#isTerminal = isTerminal;
    this.#shownMs = nowMs;
    this.#write = write;
  }

  update(progress: Progress, nowMs: number): void {
    this.#last = progress;
    const passedMs = nowMs - this.#shownMs;
    const isSame = this.#shown !== undefined && text(this.#shown) === text(progress);
    if (passedMs < (this.#isTerminal ? TERMINAL_MS : LOG_MS) || (isSame && !this.#isTerminal)) return;
    const rate = ((progress.recordsRead - (this.#shown?.recordsRead ?? 0)) / passedMs) * 1000;
    const line = `${this.#name}: ${text(progress, rate)}`;
    this.#write(this.#isTerminal ? `${CLEAR}${line}` : `${line}\n`);
    this.#shown = progress;
    this.#shownMs = nowMs;
  }

  /** Something else is written: the line makes room and comes again. */
  clear(): void {
    if (this.#isTerminal && this.#shown !== undefined) this.#write(CLEAR);
  }

  /** What happened, step by step. */
  end(): void {
    this.clear();
    if (this.#last === undefined) return;
    this.#write(`${this.#name}: ${countText(this.#last.recordsRead, 'record')} read\n`);
    for (const [what, count] of this.#last.counts) this.#write(`  ${what}: ${countText(count, 'record')}\n`);
  }
}

function text({ tasks, waiting, recordsRead, counts }: Progress, rate = 0): string {
  const sum = (pattern: RegExp) =>
    [...counts].reduce((total, [what, count]) => total + (pattern.test(what) ? count : 0), 0);
  const [dead, dropped] = [sum(/: dead letter/), sum(/: (dropped|filtered)/)];
  return [
    countText(tasks, 'task'),
    ...(waiting === 0 ? [] : [`${waiting} not at work`]),
    `${countText(recordsRead, 'record')} read${rate >= 1 ? ` (${numberText(Math.round(rate))}/s)` : ''}`,
    ...(dead === 0 ? [] : [countText(dead, 'dead letter')]),
    ...(dropped === 0 ? [] : [`${numberText(dropped)} dropped`]),
  ].join(', ');
}
