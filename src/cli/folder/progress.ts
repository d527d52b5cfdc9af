/** Progress: one line on a terminal that says how far a long reading is, how fast, and how long it will take. */
import { bytesText } from '../text.ts';

const EVERY_MS = 200;

export class Progress {
  readonly #isShown = process.stderr.isTTY === true;
  readonly #verb: string;
  readonly #startedAt = performance.now();
  #shownAt = 0;
  #length = 0;

  /** `verb`: "checked" */
  constructor(verb: string) {
    this.#verb = verb;
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  update(done: number, total: number): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#shownAt < EVERY_MS) return;
    this.#shownAt = now;
    const rate = done / Math.max(this.seconds, 0.001);
    const left = rate > 0 ? Math.ceil((total - done) / rate) : 0;
    const percent = total > 0 ? Math.floor((100 * done) / total) : 100;
    const text = `${percent}%  ${bytesText(done)} of ${bytesText(total)} ${this.#verb}  ${bytesText(rate)}/s  ${left} s left`;
    process.stderr.write(`\r${text.padEnd(this.#length)}`);
    this.#length = text.length;
  }

  /** Makes room for other lines. */
  clear(): void {
    if (this.#length > 0) process.stderr.write(`\r${''.padEnd(this.#length)}\r`);
    this.#length = 0;
  }
}
