/**
 * Life: one run of a program on a simulated machine, from boot to death.
 *
 * After death every verb of its environment stays pending for ever, so no `finally` runs: the code just stops, as with
 * kill -9. A step of the world is one event with all microtasks after it; death comes between steps. What a verb had
 * begun at that moment is asked `interrupted`: it may have happened, or not, or half.
 */
import type { Simulation } from './simulation.ts';

/** Thrown by `fatal` to unwind the caller; nobody else may see it. */
export class LifeEnded extends Error {
  override readonly name = 'LifeEnded';
}

export interface Verb<T> {
  readonly label: string;
  readonly delayMs: number;
  /** What the verb does, at its end. What it throws is the verb's error. */
  readonly effect: () => T;
  readonly interrupted?: () => void;
}

export class Life {
  readonly name: string;
  readonly sim: Simulation;
  readonly bornAt: number;
  alive = true;
  /** A stopped process (a pause of the machine, of the collector): its events wait until then. */
  stalledUntil = 0;
  readonly #underWay = new Set<Verb<unknown>>();

  constructor(sim: Simulation, name: string) {
    this.sim = sim;
    this.name = name;
    this.bornAt = sim.time;
  }

  perform<T>(verb: Verb<T>): Promise<T> {
    if (!this.alive) return new Promise<T>(() => {});
    return new Promise<T>((resolve, reject) => {
      this.#underWay.add(verb);
      this.schedule(verb.delayMs, verb.label, () => {
        this.#underWay.delete(verb);
        let result: T;
        try {
          result = verb.effect();
        } catch (error) {
          reject(error);
          return;
        }
        resolve(result);
      });
    });
  }

  schedule(delayMs: number, label: string, fire: () => void): () => void {
    return this.sim.schedule(delayMs, label, fire, this);
  }

  end(): void {
    this.alive = false;
    for (const verb of this.#underWay) verb.interrupted?.();
    this.#underWay.clear();
  }
}
