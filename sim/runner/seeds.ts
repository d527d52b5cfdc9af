/** Runs some seeds of one scenario in this process. */
import type { DirectedFault } from '../../src/env/sim/index.ts';
import { type Outcome, type Scenario, SCENARIOS } from '../scenarios/index.ts';
import type { Share } from './plan.ts';
import { sight, type Sighting } from './sightings.ts';

export interface SeedFailure {
  readonly scenario: string;
  readonly seed: number;
  readonly directed?: DirectedFault | undefined;
  readonly message: string;
}

export interface ChunkResult {
  readonly failures: readonly SeedFailure[];
  readonly totals: {
    readonly seeds: number;
    readonly events: number;
    readonly virtualMs: number;
    readonly lives: number;
    readonly acknowledged: number;
  };
  readonly coverage: readonly (readonly [what: string, count: number])[];
  readonly sightings: readonly Sighting[];
}

export async function runSeeds(
  { scenario: name, first, last, directed }: Share,
  scenario: Scenario = SCENARIOS[name]!,
): Promise<ChunkResult> {
  const failures: SeedFailure[] = [];
  const totals = { seeds: 0, events: 0, virtualMs: 0, lives: 0, acknowledged: 0 };
  const coverage = new Map<string, number>();
  const sightings = new Map<string, Sighting>();
  for (let seed = first; seed <= last; seed++) {
    totals.seeds++;
    try {
      const outcome = await scenario(seed, directed);
      totals.events += outcome.events;
      totals.virtualMs += outcome.virtualMs;
      totals.lives += outcome.lives;
      totals.acknowledged += outcome.acknowledged;
      for (const [what, count] of outcome.coverage) coverage.set(what, (coverage.get(what) ?? 0) + count);
      sight(sightings, seed, outcome.occasions);
      if (directed !== undefined && !hasCome(directed, outcome))
        failures.push({
          scenario: name,
          seed,
          directed,
          message: 'the fault did not come: a seed went two ways',
        });
    } catch (error) {
      failures.push({ scenario: name, seed, directed, message: describe(error) });
    }
  }
  return { failures, totals, coverage: [...coverage], sightings: [...sightings.values()] };
}

/** There were so many occasions, and the fault is among what was reached. */
export function hasCome({ place, nth }: DirectedFault, { occasions, coverage }: Outcome): boolean {
  return (occasions.get(place) ?? 0) >= nth && coverage.has(place);
}

/** The broken promise, and what caused it. */
export function describe(error: unknown): string {
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? String(at));
  return lines.join('\ncaused by ') || String(error);
}
