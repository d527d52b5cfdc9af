/**
 * Delay: stands between a step that asks and the steps behind it. What crosses it waits in one queue, in the order in which it
 * came, until everything before it is answered; then it goes on at the time at which it came.
 *
 *   level 0 | Delay | level 1 | Delay | level 2       a step's level is how many steps that ask lie on the way to it
 *
 *   D1  first in, first out; readings of the clock wait in the same queue, so nobody behind sees a time before its records
 *   D2  a level is the run of the level before it, later
 */
import type { Answer, Time } from '../operators/operator.ts';

interface Item {
  readonly watermarkMs: number;
  readonly wallMs: number;
  readonly go: () => void;
  /** A reading of the clock: another one right behind it replaces it. */
  readonly isTime: boolean;
  isReady: boolean;
}

/** So many items that are gone are kept at the front before the rest moves up. */
const GONE_MAX = 1024;

export class Delay {
  /** Of the steps behind. */
  readonly time: { watermarkMs: number; wallMs: number };
  readonly #items: Item[] = [];
  #first = 0;
  #isReleasing = false;

  constructor({ watermarkMs, wallMs }: Time) {
    this.time = { watermarkMs, wallMs };
  }

  get waiting(): number {
    return this.#items.length - this.#first;
  }

  /** What it emits now is behind the delay already. */
  get isReleasing(): boolean {
    return this.#isReleasing;
  }

  push({ watermarkMs, wallMs }: Time, go: () => void): void {
    this.#items.push({ watermarkMs, wallMs, go, isTime: false, isReady: true });
    this.#release();
  }

  pushTime({ watermarkMs, wallMs }: Time, go: () => void): void {
    if (this.waiting > 0 && this.#items.at(-1)!.isTime) this.#items.pop();
    this.#items.push({ watermarkMs, wallMs, go, isTime: true, isReady: true });
    this.#release();
  }

  /** Answers how to settle it. */
  hold({ watermarkMs, wallMs }: Time, resume: (answer: Answer) => void): (answer: Answer) => void {
    let given: Answer | undefined;
    const item = { watermarkMs, wallMs, go: () => resume(given!), isTime: false, isReady: false };
    this.#items.push(item);
    return (answer) => {
      given = answer;
      item.isReady = true;
      this.#release();
    };
  }

  #release(): void {
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    try {
      for (let item = this.#items[this.#first]; item?.isReady === true; item = this.#items[this.#first]) {
        this.#first++;
        if (this.#first > GONE_MAX || this.#first === this.#items.length) {
          this.#items.splice(0, this.#first);
          this.#first = 0;
        }
        this.time.watermarkMs = item.watermarkMs;
        this.time.wallMs = item.wallMs;
        item.go();
      }
    } finally {
      this.#isReleasing = false;
    }
  }
}
