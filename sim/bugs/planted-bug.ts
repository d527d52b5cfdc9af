/** PlantedBug: a way to break a promise, as a competent and tired engineer would, to show that somebody would notice. */
import type { Patch } from '../patches/patch.ts';

export interface PlantedBug {
  /** What goes wrong, for people. */
  readonly what: string;
  /** What the engineer thought. */
  readonly thought: string;
  /** Ids of the broken promises (docs/guarantees.md). */
  readonly breaks: readonly string[];
  /** Who should find it: a scenario, by some seed, or the file of a unit test where no scenario goes that way. */
  readonly finder: { readonly scenario: string } | { readonly test: string };
  readonly patches: readonly Patch[];
}

export type PlantedBugs = Readonly<Record<string, PlantedBug>>;

export const UNDER_FAULTS = { scenario: 'broker-under-faults' } as const;
export const CRASHES = { scenario: 'append-crash-recover' } as const;
export const GROUPS = { scenario: 'groups-under-faults' } as const;
export const DAMAGE = { scenario: 'disk-damage' } as const;
export const TRANSACTIONS = { scenario: 'transactions-under-faults' } as const;
export const PIPELINES = { scenario: 'pipelines-under-faults' } as const;
export const CONSUMER_GROUPS = { scenario: 'consumer-groups-under-faults' } as const;
export const DEDUPE = { scenario: 'dedupe-under-faults' } as const;
export const CHECKS = { scenario: 'checks-under-faults' } as const;
