/**
 * Scenario: one seed is one run. It throws with the broken promise, or gives what it did. With a directed fault it is the same
 * run until that fault comes, and goes on from there as it can.
 */
import type { DirectedFault, Simulation } from '../../src/env/sim/index.ts';
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
  /** How often a directed fault could have come, by place; empty: this scenario bears none. */
  readonly occasions: ReadonlyMap<string, number>;
}

export type Scenario = (seed: number, directed?: DirectedFault) => Promise<Outcome>;

/** What a scenario with a whole broker did. */
export function outcomeOf(sim: Simulation, process: BrokerProcess, history: History): Outcome {
  return {
    traceHash: sim.traceHash,
    events: sim.events,
    virtualMs: sim.time,
    lives: process.lives,
    acknowledged: history.acknowledgements,
    coverage: sim.coverage,
    occasions: process.machine.occasions.counts,
  };
}
