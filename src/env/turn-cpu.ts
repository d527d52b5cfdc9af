/** TurnCpu: no thread at all: each job is done in a turn of its own. For worlds in memory, where few have anything to check. */
import type { Clock } from './clock.ts';
import { type Cpu, type Work, WorkFailed } from './cpu.ts';

export class TurnCpu implements Cpu {
  readonly #clock: Pick<Clock, 'turn'>;
  readonly #prepared = new WeakMap<object, (job: never) => unknown>();

  constructor(clock: Pick<Clock, 'turn'>) {
    this.#clock = clock;
  }

  async run<S extends object, J, R>(work: Work<S, J, R>, setup: S, job: J): Promise<R> {
    await this.#clock.turn();
    try {
      let perform = this.#prepared.get(setup) as ((job: J) => R) | undefined;
      if (perform === undefined) this.#prepared.set(setup, (perform = work.prepare(setup)));
      return perform(job);
    } catch (error) {
      throw new WorkFailed('threw', error instanceof Error ? error.message : String(error));
    }
  }
}
