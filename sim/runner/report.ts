/** The report of a run: what each scenario did, what was reached, what failed; and the closing line. */
import { writeFileSync } from 'node:fs';
import { failingHoles, holesOf } from '../coverage/holes.ts';
import { knownViolation } from './known-violations.ts';
import { WEIGHTS } from './plan.ts';
import type { RunResult } from './workers.ts';

interface ReportOptions {
  readonly coverageFile: string | undefined;
  /** The run was to last so long, and have as many seeds as come of that. */
  readonly isByTime: boolean;
}

/** Answers the exit code. */
export function report(result: RunResult, { coverageFile, isByTime }: ReportOptions): number {
  const { seeds, wanted, seconds, totals, failures, coverage } = result;
  for (const [name, { seeds: count, events, virtualMs, lives, acknowledged }] of totals)
    console.log(
      `${name}: ${count} seeds · ${events} events · ${(virtualMs / 3_600_000).toFixed(2)} virtual hours · ${lives} lives · ${acknowledged} acknowledged batches`,
    );
  const lines = [...coverage]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, count]) => `${count}\t${what}`);
  if (coverageFile !== undefined) writeFileSync(coverageFile, `${lines.join('\n')}\n`);
  const { states, places } = holesOf(coverage, seeds);
  // A run of some scenarios cannot reach what only the others do.
  const isOfAll = Object.keys(WEIGHTS).every((name) => totals.has(name));
  const failing = isOfAll ? failingHoles({ states, places }, seeds) : [];
  console.log(`coverage: ${coverage.size} places reached, ${states.length + places.length} holes`);
  for (const hole of coverageFile === undefined ? failing : [...states, ...places])
    console.error(`  not reached: ${hole}`);
  const open = failures.filter(({ scenario, seed }) => knownViolation(scenario, seed) !== undefined);
  for (const { scenario, seed, message } of failures) {
    const why = knownViolation(scenario, seed);
    console.error(`${scenario}, seed ${seed}: ${why === undefined ? message : `known and open: ${why}`}`);
    console.error(`  again: node sim/run.ts --scenario ${scenario} --seed ${seed}`);
  }
  console.log(sumOf(result));
  if (seeds < wanted && !isByTime)
    console.log(`stopped after ${seconds.toFixed(0)} s: ${seeds} of ${wanted} seeds`);
  const isKnown = open.length === 0 ? '' : ` (${open.length} known and open)`;
  console.log(`${seeds} seeds, ${failures.length} violations${isKnown}`);
  return failures.length > open.length || failing.length > 0 ? 1 : 0;
}

/** What all scenarios did together. A crash is an end of the broker that it did not prepare: killed, without power, by an error. */
function sumOf({ totals, coverage, seconds }: RunResult): string {
  const sum = { seeds: 0, events: 0, virtualMs: 0, lives: 0, acknowledged: 0 };
  for (const total of totals.values())
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += total[key];
  const count = (what: string) => coverage.get(what) ?? 0;
  const [powerCuts, stops] = [count('machine: power cut'), count('broker: stopped cleanly')];
  const crashes = count('machine: kill') + powerCuts - stops;
  return [
    `all in ${(seconds / 60).toFixed(1)} minutes: ${sum.seeds} seeds`,
    `${sum.events} events`,
    `${(sum.virtualMs / 3_600_000).toFixed(1)} virtual hours`,
    `${sum.lives} lives`,
    `${crashes} crashes (${powerCuts} power cuts)`,
    `${stops} clean stops`,
    `${sum.acknowledged} acknowledged batches`,
  ].join(' · ');
}
