/** The report of a run: what each scenario did, what was reached, what failed; and the closing line. */
import { writeFileSync } from 'node:fs';
import { failingHoles, holesOf } from '../coverage/holes.ts';
import { knownViolation } from './known-violations.ts';
import { WEIGHTS } from './plan.ts';
import type { RunResult } from './workers.ts';

/** Answers the exit code. */
export function report(result: RunResult, { coverageFile }: { coverageFile: string | undefined }): number {
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
  if (seeds < wanted) console.log(`stopped after ${seconds.toFixed(0)} s: ${seeds} of ${wanted} seeds`);
  const isKnown = open.length === 0 ? '' : ` (${open.length} known and open)`;
  console.log(`${seeds} seeds, ${failures.length} violations${isKnown}`);
  return failures.length > open.length || failing.length > 0 ? 1 : 0;
}
