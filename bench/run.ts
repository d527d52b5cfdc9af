/**
 * npm run bench -- [P1 P3 … | clients | growth] [--pairs 5] [--quick] [--seconds N] [--gigabytes N]
 *   [--every-condition | --condition TEXT] [--folder DIR] [--json FILE]
 * npm run bench -- --report bench/results/FILE.json
 *
 * Measures figures side by side with their peers, prints a table, and writes everything that was seen as JSON, with a page and plots beside it: without
 * `--json` to bench/results/<date>-<commit>.json. `--quick` and `--seconds` are for looking: short runs, short warm-ups. `--report` measures nothing: it
 * makes the page and the plots of results that are there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ceilings } from './ceiling.ts';
import type { Figure } from './figure.ts';
import { FIGURES, GROUPS } from './figures/index.ts';
import { describeMachine, syncTimes } from './machine.ts';
import { measureAll } from './measure.ts';
import { drawReport } from './report/report.ts';
import { table } from './table.ts';
import { flag, type Option, readOptions, text, value } from '../scripts/options.ts';

const { values: options, words } = readOptions(
  import.meta.filename,
  {
    pairs: above0(),
    seconds: above0(),
    gigabytes: above0(),
    quick: flag(),
    'every-condition': flag(),
    condition: text(),
    folder: text(os.tmpdir()),
    json: text(),
    report: text(),
  },
  true,
);

if (options.report !== undefined) {
  console.log(drawReport(options.report).join('\n'));
  process.exit(0);
}

const tell = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)}  ${line}`);
const wanted = chosen(words);
const plan = {
  isQuick: options.quick,
  isEveryCondition: options['every-condition'],
  condition: options.condition,
  pairs: options.pairs,
  seconds: options.seconds,
  gigabytes: options.gigabytes,
  root: path.resolve(options.folder),
  tell,
};
const began = new Date();
const loadBefore = os.loadavg()[0]!;
const syncBefore = await syncTimes(plan.root);
const ceiling = await ceilings(plan.root, plan.isQuick);
const { results, leftOut } = await measureAll(wanted, plan);

const syncAfter = await syncTimes(plan.root);
const machine = describeMachine();
const seen = {
  began: began.toISOString(),
  minutes: (Date.now() - began.getTime()) / 60_000,
  machine,
  loadAverage: { before: loadBefore, after: os.loadavg()[0]! },
  fdatasyncMs: { before: syncBefore, after: syncAfter },
  ceiling,
  results,
  leftOut,
};
const file =
  options.json ??
  path.join(import.meta.dirname, 'results', `${began.toISOString().slice(0, 10)}-${machine.commit}.json`);
mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
writeFileSync(file, `${JSON.stringify(seen, null, 1)}\n`);
console.log(`\n${table(results)}\n`);
for (const { load, perSecond, unit } of ceiling)
  console.log(
    `The load generator alone reaches ${Math.round(perSecond).toLocaleString('en-US')} ${unit} (${load}).`,
  );
console.log(
  `fdatasync of this disk: p50 ${syncBefore.p50.toFixed(2)} / ${syncAfter.p50.toFixed(2)} ms, ` +
    `p99 ${syncBefore.p99.toFixed(2)} / ${syncAfter.p99.toFixed(2)} ms (before / after).`,
);
console.log(othersAtWork());
for (const { figure, condition, reason, isFailure } of leftOut) {
  console.log(`${isFailure ? 'FAILED' : 'Skipped'}: ${figure} ${condition}: ${reason}`);
  if (isFailure) process.exitCode = 1;
}
for (const written of [file, ...drawReport(file)])
  console.log(`Results: ${path.relative(process.cwd(), path.resolve(written))}`);

function chosen(names: readonly string[]): readonly Figure[] {
  const ids = names.flatMap((name) => GROUPS[name.toLowerCase()] ?? [name.toUpperCase()]);
  const figures = ids.map((id) => FIGURES.find((figure) => figure.id === id));
  if (figures.includes(undefined) || ids.length === 0) {
    const all = [...FIGURES.map(({ id }) => id), ...Object.keys(GROUPS)];
    console.error(`usage: npm run bench -- ${all.join(' ')} [--pairs 5] [--quick] [--json FILE]`);
    for (const { id, title } of FIGURES) console.error(`  ${id.padEnd(10)} ${title}`);
    for (const [name, of] of Object.entries(GROUPS)) console.error(`  ${name.padEnd(10)} ${of.join(' ')}`);
    process.exit(ids.length === 0 ? 0 : 2);
  }
  return figures as readonly Figure[];
}

function above0(): Option<number | undefined> {
  return value('N', (given) => {
    const read = Number(given);
    if (Number.isFinite(read) && read > 0) return read;
    throw new Error(`wants a number above 0, not '${given}'`);
  });
}

/** Processor time that went neither to the server nor to the load: on a machine of our own, the kernel's write-back. */
function othersAtWork(): string {
  const others = results
    .flatMap(({ ours, peer }) => [...ours.samples, ...peer.samples])
    .filter(
      ({ coresBusy, serverCores, loadCores }) =>
        coresBusy !== undefined && serverCores !== undefined && loadCores !== undefined && loadCores !== 0,
    )
    .map((sample) => Math.max(0, sample['coresBusy']! - sample['serverCores']! - sample['loadCores']!));
  if (others.length === 0) return '';
  const mean = others.reduce((sum, value) => sum + value, 0) / others.length;
  const verdict =
    mean > 0.3 ? 'this machine was shared: take the ratios, not the values' : 'the machine was ours';
  return `Beside server and load ${mean.toFixed(2)} cores were busy: ${verdict}.`;
}
