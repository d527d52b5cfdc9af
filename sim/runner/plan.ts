/** The plan of a run: how many seeds each scenario gets. Cheap ones get more; each gets some. */
import type { DirectedFault } from '../../src/env/sim/index.ts';

export interface Share {
  readonly scenario: string;
  readonly first: number;
  readonly last: number;
  /** Comes in each of them. */
  readonly directed?: DirectedFault;
}

/** Of 100 seeds. */
export const WEIGHTS: Readonly<Record<string, number>> = {
  'append-crash-recover': 15,
  'broker-under-faults': 25,
  'cleanup-under-faults': 12,
  'groups-under-faults': 10,
  'consumer-groups-under-faults': 15,
  'transactions-under-faults': 15,
  'pipelines-under-faults': 8,
  'dedupe-under-faults': 10,
  'checks-under-faults': 7,
  'disk-damage': 10,
};

/** A run of some scenarios cannot reach what only the others do. */
export function isOfAll(plan: readonly Share[]): boolean {
  const scenarios = new Set(plan.map(({ scenario }) => scenario));
  return Object.keys(WEIGHTS).every((name) => scenarios.has(name));
}

export function planOf(scenario: string | undefined, first: number, seeds: number): Share[] {
  if (scenario !== undefined) return [{ scenario, first, last: first + seeds - 1 }];
  const shares: Share[] = [];
  let left = seeds;
  const all = Object.entries(WEIGHTS);
  const sum = all.reduce((total, [, weight]) => total + weight, 0);
  for (const [index, [name, weight]] of all.entries()) {
    const count =
      index === all.length - 1 ? left : Math.min(left, Math.max(1, Math.round((seeds * weight) / sum)));
    if (count > 0) shares.push({ scenario: name, first, last: first + count - 1 });
    left -= count;
  }
  return shares;
}
