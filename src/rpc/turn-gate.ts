/** TurnGate: one a turn gets through, the others wait in line: what is much work does not come all at once, whoever sends it. */
import type { Clock } from '../env/index.ts';

export class TurnGate {
  readonly #clock: Pick<Clock, 'turn'>;
  readonly #line: (() => void)[] = [];
  #isTaken = false;
  #isTurning = false;

  constructor(clock: Pick<Clock, 'turn'>) {
    this.#clock = clock;
  }

  /** Undefined: the caller is through. Otherwise it asks again, at once, when the promise is kept. */
  pass(): Promise<void> | undefined {
    if (this.#isTaken) return new Promise((resolve) => this.#line.push(resolve));
    this.#isTaken = true;
    if (!this.#isTurning) void this.#turn();
    return undefined;
  }

  async #turn(): Promise<void> {
    this.#isTurning = true;
    for (let isInUse = true; isInUse; ) {
      await this.#clock.turn();
      const next = this.#line.shift();
      isInUse = this.#isTaken || next !== undefined;
      this.#isTaken = false;
      next?.(); // who is gone by now does not ask, and the line goes on
    }
    this.#isTurning = false;
  }
}
