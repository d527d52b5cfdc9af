/**
 * Life: one run of a program on a simulated machine, from boot to death.
 *
 * After death every verb of its environment stays pending for ever, so no `finally` runs: the code just stops, as with
 * kill -9. A step of the world is one event with all microtasks after it; death comes between steps. What a verb had
 * begun at that moment is asked `interrupted`: it may have happened, or not, or half.
 *
 * Death can also be placed at a verb (`DeathPoint`, or the `Occasions` of its machine): before it, and nothing that this turn
 * begins happens any more; or after it, when the effect is there and nobody ever hears of it.
 */
import type { Occasions } from './occasions.ts';
import type { Simulation } from './simulation.ts';

/** Thrown by `fatal` to unwind the caller; nobody else may see it. */
export class LifeEnded extends Error {
  override readonly name = 'LifeEnded';
}

export interface Verb<T> {
  readonly label: string;
  /** What is counted and covered: the verb, and the kind of thing it is done to. */
  readonly kind: string;
  readonly delayMs: number;
  /** What the verb does, at its end. What it throws is the verb's error. */
  readonly effect: () => T;
  readonly interrupted?: () => void;
}

/** The life ends at its `nth` verb whose kind matches. */
export interface DeathPoint {
  readonly matches: (kind: string) => boolean;
  readonly nth: number;
  readonly when: 'before' | 'after';
  /** Ends the life; called between two steps. */
  readonly die: () => void;
}

export class Life {
  readonly name: string;
  readonly sim: Simulation;
  readonly bornAt: number;
  readonly occasions: Occasions;
  alive = true;
  /** A stopped process (a pause of the machine, of the collector): its events wait until then. */
  stalledUntil = 0;
  readonly #underWay = new Set<Verb<unknown>>();
  #death: DeathPoint | undefined;
  #passed = 0;
  /** The point of death was passed in this step: nothing more has any effect. */
  #isDoomed = false;

  constructor(sim: Simulation, name: string, occasions: Occasions) {
    this.sim = sim;
    this.name = name;
    this.occasions = occasions;
    this.bornAt = sim.time;
  }

  /** From now on counted. */
  dieAt(death: DeathPoint | undefined): void {
    this.#death = death;
    this.#passed = 0;
  }

  perform<T>(verb: Verb<T>): Promise<T> {
    this.sim.cover(`call: ${verb.kind}`);
    const isLast = this.#reaches(verb.kind);
    if (!this.alive || this.#isDoomed || this.#ends(verb.kind, 'before', isLast))
      return new Promise<T>(() => {});
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
        if (this.#ends(verb.kind, 'after', isLast)) return;
        resolve(result);
      });
    });
  }

  /** For verbs that take no time. False: it must have no effect. */
  touch(kind: string): boolean {
    this.sim.cover(`call: ${kind}`);
    if (!this.alive || this.#isDoomed) return false;
    const isLast = this.#reaches(kind);
    if (this.#ends(kind, 'before', isLast)) return false;
    this.#ends(kind, 'after', isLast);
    return true;
  }

  #reaches(kind: string): boolean {
    return this.#death !== undefined && this.#death.matches(kind) && ++this.#passed === this.#death.nth;
  }

  /** True: the life ends here, as was placed if this is the last verb, or as the run was told. */
  #ends(kind: string, when: 'before' | 'after', isLast: boolean): boolean {
    const death = this.#death;
    if (isLast && death?.when === when) {
      this.#death = undefined;
      this.#doom(kind, when, death.die);
      return true;
    }
    if (this.#isDoomed || !this.occasions.meets(`killed ${when}`, kind)) return false;
    this.#doom(kind, when, this.occasions.die);
    return true;
  }

  #doom(kind: string, when: 'before' | 'after', die: () => void): void {
    this.#isDoomed = true;
    this.sim.cover(`killed ${when}: ${kind}`);
    this.sim.schedule(0, `death ${when} ${kind}`, () => this.alive && die());
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
