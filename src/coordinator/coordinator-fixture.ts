/** CoordinatorFixture: a clock that tests move. Only tests import it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../env/index.ts';

/** Time stands still until a test moves it. */
export class StillClock implements Clock {
  #ms = 1_000;
  #timers: { atMs: number; wake: () => void }[] = [];
  now = () => 1_700_000_000_000 + this.#ms;
  monotonic = () => this.#ms;
  sleep = (ms: number) => new Promise<void>((resolve) => this.after(ms, resolve));
  turn = () => nextTurn();

  after(ms: number, wake: () => void): () => void {
    const timer = { atMs: this.#ms + ms, wake };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Passes time, ringing what is due on the way. */
  pass(ms: number): void {
    const endMs = this.#ms + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#ms = Math.max(this.#ms, due.atMs);
      this.#ring(due);
    }
    this.#ms = endMs;
  }

  /** The process stands still for a while: all that is due rings afterwards, late. */
  stall(ms: number): void {
    this.#ms += ms;
    this.pass(0);
  }

  #ring(due: { wake: () => void }): void {
    this.#timers = this.#timers.filter((other) => other !== due);
    due.wake();
  }
}
