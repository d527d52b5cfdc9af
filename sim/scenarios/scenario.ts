/** Scenario: one seed is one run. It throws with the broken promise, or gives what it did. */
import type { Simulation } from '../../src/env/sim/index.ts';
import type { History } from '../history/history.ts';
import type { BrokerProcess } from '../world/broker-process.ts';

export interface Outcome {
  readonly traceHash: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly lives: number;
  readonly acknowledged: number;
  /** What was reached, and how often. */
  readonly coverage: ReadonlyMap<string, number>;
}

export type Scenario = (seed: number) => Promise<Outcome>;

/** What a scenario with a whole broker did. */
export function outcomeOf(sim: Simulation, process: BrokerProcess, history: History): Outcome {
  return {
    traceHash: sim.traceHash,
    events: sim.events,
    virtualMs: sim.time,
    lives: process.lives,
    acknowledged: history.acknowledgements,
    coverage: sim.coverage,
  };
}
