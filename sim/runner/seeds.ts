/** Runs some seeds of one scenario in this process. */
import { SCENARIOS } from '../scenarios/index.ts';
import type { Share } from './plan.ts';

export interface SeedFailure {
  readonly scenario: string;
  readonly seed: number;
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
}

export async function runSeeds({ scenario: name, first, last }: Share): Promise<ChunkResult> {
  const scenario = SCENARIOS[name]!;
  const failures: SeedFailure[] = [];
  const totals = { seeds: 0, events: 0, virtualMs: 0, lives: 0, acknowledged: 0 };
  const coverage = new Map<string, number>();
  for (let seed = first; seed <= last; seed++) {
    totals.seeds++;
    try {
      const outcome = await scenario(seed);
      totals.events += outcome.events;
      totals.virtualMs += outcome.virtualMs;
      totals.lives += outcome.lives;
      totals.acknowledged += outcome.acknowledged;
      for (const [what, count] of outcome.coverage) coverage.set(what, (coverage.get(what) ?? 0) + count);
    } catch (error) {
      failures.push({ scenario: name, seed, message: describe(error) });
    }
  }
  return { failures, totals, coverage: [...coverage] };
}

/** The broken promise, and what caused it. */
export function describe(error: unknown): string {
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? String(at));
  return lines.join('\ncaused by ') || String(error);
}
