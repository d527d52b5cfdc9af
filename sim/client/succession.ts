/**
 * Succession: instances of one transactional id, one after another. A new one comes while the old one still works, dozes
 * or has vanished; whoever hears that it is fenced and is not the newest goes for good.
 */
import type { Clock, Random } from '../../src/env/index.ts';

export interface Instance {
  readonly isOver: boolean;
  /** A newer one has been started. */
  isReplaced: boolean;
  run(): Promise<void>;
  /** It does no harm any more, and comes to an end. */
  settle(): void;
}

const INSTANCES_MAX = 8;

export class Succession<I extends Instance> {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #start: (n: number) => I;
  readonly #meanMs: number;
  readonly instances: I[] = [];
  #isSettling = false;

  constructor(clock: Clock, random: Random, start: (n: number) => I) {
    this.#clock = clock;
    this.#random = random;
    this.#start = start;
    this.#meanMs = [200, 500, 2_000][random.below(3)]!;
  }

  get isOver(): boolean {
    return this.#isSettling && this.instances.every(({ isOver }) => isOver);
  }

  toString(): string {
    return this.instances.filter(({ isOver }) => !isOver).join('; ');
  }

  /** Runs until it settles. */
  async run(): Promise<void> {
    for (; !this.#isSettling; await this.#clock.sleep(this.#random.next() * 2 * this.#meanMs))
      if (this.instances.length < INSTANCES_MAX) this.#next();
  }

  /** `hasHeir`: one more comes, and stays. Else whatever a vanished one left open must end by itself. */
  settle(hasHeir: boolean): void {
    this.#isSettling = true;
    if (hasHeir) this.#next();
    for (const instance of this.instances) instance.settle();
  }

  #next(): void {
    for (const old of this.instances) old.isReplaced = true;
    this.instances.push(this.#start(this.instances.length));
  }
}
