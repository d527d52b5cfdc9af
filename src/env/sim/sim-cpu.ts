/**
 * SimCpu: jobs take a time that the seed decides, so they end in any order; now and then one dies with its thread.
 *
 * A job is done at the end of its time, in one step of the world: nothing of it shows before.
 */
import type { Cpu, Work } from '../cpu.ts';
import { WorkFailed } from '../cpu.ts';
import type { Life } from './life.ts';
import type { Simulation } from './simulation.ts';

const USUAL_MS_MAX = 3;

/** How a machine's threads are; a scenario changes it while the world runs. */
export interface CpuSpeed {
  readonly slowShare: number;
  readonly slowMsMax: number;
  /** Of all jobs, so many die with their thread. */
  readonly deathShare: number;
}

export const USUAL_CPU: CpuSpeed = { slowShare: 0.1, slowMsMax: 400, deathShare: 0.01 };

export function simCpu(sim: Simulation, life: Life, owner: string, speed: () => CpuSpeed): Cpu {
  const random = sim.random.fork(`cpu of ${owner}`);
  const prepared = new WeakMap<object, (job: never) => unknown>();
  return {
    run<S extends object, J, R>(work: Work<S, J, R>, setup: S, job: J): Promise<R> {
      const { slowShare, slowMsMax, deathShare } = speed();
      const isSlow = random.next() < slowShare;
      const dies = random.next() < deathShare;
      const delayMs = random.next() * (isSlow ? slowMsMax : USUAL_MS_MAX);
      if (isSlow) sim.cover('cpu: slow job');
      const effect = (): R => {
        if (dies) {
          sim.cover('cpu: a thread died');
          throw new WorkFailed('died', 'the thread ended');
        }
        let perform = prepared.get(setup) as ((job: J) => R) | undefined;
        try {
          if (perform === undefined) prepared.set(setup, (perform = work.prepare(setup)));
          return perform(job);
        } catch (error) {
          throw new WorkFailed('threw', error instanceof Error ? error.message : String(error));
        }
      };
      return life.perform({ label: 'job', kind: 'cpu', delayMs, effect });
    },
  };
}
