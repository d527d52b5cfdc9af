/**
 * Scenario: one seed is one run. It throws with the broken promise, or gives what it did. With a directed fault it is the same
 * run until that fault comes, and goes on from there as it can.
 */
import type { DirectedFault, Simulation } from '../../src/env/sim/index.ts';
import { converge } from '../checkers/liveness.ts';
import type { Patience } from '../client/bootstrap.ts';
import type { History } from '../history/history.ts';
import type { BrokerProcess } from '../world/broker-process.ts';
import type { Nemesis } from '../world/nemesis.ts';

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

/** Without faults nothing takes longer. */
const CALM_TIMEOUT_MS = 5_000;

/** The end of the faults: the broker is there, and clients wait for their answers. */
export async function healed(nemesis: Nemesis, process: BrokerProcess, patience: Patience): Promise<void> {
  nemesis.heal();
  await process.ready();
  patience.requestTimeoutMs = CALM_TIMEOUT_MS;
}

interface Worker {
  readonly isOver: boolean;
  toString(): string;
}

/** Waits until all are done; who is not is named. */
export function allOver(sim: Simulation, history: History, workers: readonly Worker[]): Promise<void> {
  return converge(sim, history, () => workers.filter(({ isOver }) => !isOver).join('; '));
}

/** What is there is looked at, and again after a clean stop and a start. */
export async function lookTwice(
  process: BrokerProcess,
  look: (name: string) => Promise<void>,
): Promise<void> {
  await look('last');
  await process.stop();
  await process.ready();
  await look('after a clean restart');
}
