/** The report of a run: what each scenario did, what was reached, what failed; and the closing line. */
import { writeFileSync } from 'node:fs';
import { HOLES_FAIL_FROM_SEEDS } from '../coverage/expected-places.ts';
import { failingHoles, type Holes, holesOf } from '../coverage/holes.ts';
import { faultText } from './fault-text.ts';
import { knownViolation } from './known-violations.ts';
import { WEIGHTS } from './plan.ts';
import type { SeedFailure } from './seeds.ts';
import type { RunResult } from './workers.ts';

interface ReportOptions {
  readonly coverageFile: string | undefined;
  /** The run was to last so long, and have as many seeds as come of that. */
  readonly isByTime: boolean;
}

const NOT_JUDGED = ` (places fail a run of all scenarios from ${HOLES_FAIL_FROM_SEEDS.places} seeds on)`;

/** Answers the exit code. */
export function report(result: RunResult, { coverageFile, isByTime }: ReportOptions): number {
  const { seeds, wanted, seconds, totals, failures, coverage, reruns } = result;
  for (const [name, { seeds: count, events, virtualMs, lives, acknowledged }] of totals)
    console.log(
      `${name}: ${count} seeds · ${events} events · ${(virtualMs / 3_600_000).toFixed(2)} virtual hours · ${lives} lives · ${acknowledged} acknowledged batches`,
    );
  if (coverageFile !== undefined) writeFileSync(coverageFile, coverageText(result));
  const holes = holesLeft(result);
  const isOfAll = Object.keys(WEIGHTS).every((name) => totals.has(name));
  const failing = isOfAll ? failingHoles(holes, seeds) : [];
  const isJudged = isOfAll && seeds >= HOLES_FAIL_FROM_SEEDS.places;
  const all = [...holes.states, ...holes.places];
  console.log(
    `coverage: ${coverage.size} places reached, ${reruns.done} places by directed reruns, ${all.length} holes${isJudged ? '' : NOT_JUDGED}`,
  );
  for (const hole of coverageFile === undefined ? failing : all) console.error(`  not reached: ${hole}`);
  for (const failure of failures) printFailure(failure);
  const open = failures.filter((failure) => whyKnown(failure) !== undefined);
  console.log(sumOf(result));
  if (seeds < wanted && !isByTime)
    console.log(`stopped after ${seconds.toFixed(0)} s: ${seeds} of ${wanted} seeds`);
  if (reruns.done < reruns.wanted)
    console.log(`stopped after ${seconds.toFixed(0)} s: ${reruns.done} of ${reruns.wanted} directed reruns`);
  const isKnown = open.length === 0 ? '' : ` (${open.length} known and open)`;
  console.log(`${seeds} seeds, ${failures.length} violations${isKnown}`);
  return failures.length > open.length || failing.length > 0 ? 1 : 0;
}

/** A place where a directed fault broke a promise is told with that. */
function holesLeft({ coverage, failures }: RunResult): Holes {
  const broken = new Set(failures.map(({ directed }) => directed?.place));
  const { states, places } = holesOf(coverage);
  return { states, places: places.filter((place) => !broken.has(place)) };
}

function printFailure(failure: SeedFailure): void {
  const { scenario, seed, directed, message } = failure;
  const why = whyKnown(failure);
  const fault = directed === undefined ? '' : faultText(directed);
  const what = fault === '' ? `seed ${seed}` : `seed ${seed} with '${fault}'`;
  console.error(`${scenario}, ${what}: ${why === undefined ? message : `known and open: ${why}`}`);
  const option = fault === '' ? '' : ` --fault '${fault}'`;
  console.error(`  again: node sim/run.ts --scenario ${scenario} --seed ${seed}${option}`);
}

function whyKnown({ scenario, seed, directed }: SeedFailure): string | undefined {
  return directed === undefined ? knownViolation(scenario, seed) : undefined;
}

/** What was reached, how often; and in how many seeds a fault could have come at each place. */
function coverageText({ coverage, sightings }: RunResult): string {
  const lines = [
    ...[...coverage].map(([what, count]) => [what, `${count}\t${what}`] as const),
    ...[...sightings.seeds()].map(
      ([place, seeds]) => [place, `${seeds} seeds\tcould have: ${place}`] as const,
    ),
  ];
  const sorted = lines.sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1));
  return `${sorted.map(([, line]) => line).join('\n')}\n`;
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
