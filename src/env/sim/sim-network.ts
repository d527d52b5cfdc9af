/** SimNetwork: the network of the simulated world. It has no links yet: whoever listens or connects is told so. */
import type { Network } from '../network.ts';
import { systemError } from '../system-error.ts';
import type { Life } from './life.ts';
import type { Machine } from './machine.ts';
import type { Simulation } from './simulation.ts';

export class SimNetwork {
  readonly #sim: Simulation;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  attach(_machine: Machine, _life: Life): Network {
    const refuse = () => Promise.reject(systemError('ENETUNREACH', 'the simulated world has no links'));
    return { listen: refuse, connect: refuse };
  }

  processDied(life: Life): void {
    this.#sim.trace('links end', life.name);
  }

  machineVanished(life: Life): void {
    this.#sim.trace('links hang', life.name);
  }
}
