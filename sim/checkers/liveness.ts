/** V2: once everything is healed, everything gets done; a full disk needs no restart. */
import type { Simulation } from '../../src/env/sim/index.ts';
import type { History } from '../history/history.ts';
import type { CheckerKind } from './checker.ts';

/** Virtual time for everything to get done after the healing. */
const LIVENESS_MS = 60_000;

export const liveness: CheckerKind = {
  promises: ['V2'],
  make: () => ({ name: 'liveness' }),
};

/** Waits until `who` names nobody any more. Whoever is named after a minute is a broken promise. */
export async function converge(sim: Simulation, history: History, who: () => string): Promise<void> {
  for (const until = sim.time + LIVENESS_MS; who() !== ''; await sim.clock.sleep(20)) {
    if (sim.time > until)
      history.violated(`V2: ${LIVENESS_MS} ms after everything was healed this is not done: ${who()}`);
  }
}
