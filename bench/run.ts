/**
 * npm run bench -- [P1 P3 …] [--pairs 5] [--quick] [--seconds N] [--every-condition] [--folder DIR] [--json FILE]
 * npm run bench -- --report bench/results/FILE.json
 *
 * Measures figures side by side with their peers, prints a table, and writes everything that was seen as JSON: without
 * `--json` to bench/results/<date>-<commit>.json. `--quick` and `--seconds` are for looking: short runs, short warm-ups. `--report` measures nothing: it
 * makes a page and a plot of results that are there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Figure } from './figure.ts';
import { FIGURES } from './figures/index.ts';
import { ceilings } from './ceiling.ts';
import { describeMachine, syncTimes } from './machine.ts';
import { measurePairs, type Paired } from './pairs.ts';
import { drawReport } from './report/report.ts';
import { table } from './table.ts';
import { Tools } from './tools.ts';
import { flag, type Option, readOptions, text, value } from '../scripts/options.ts';

const QUICK = { pairs: 2, secondsMax: 4, warmUpSecondsMax: 15 };
const PAIRS = 5;

const { values: options, words } = readOptions(
  import.meta.filename,
  {
    pairs: above0(),
    seconds: above0(),
    quick: flag(),
    'every-condition': flag(),
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
const pairs = options.pairs ?? (options.quick ? QUICK.pairs : PAIRS);
const { seconds } = options;
const root = path.resolve(options.folder);
const began = new Date();
const loadBefore = os.loadavg()[0]!;
const syncBefore = await syncTimes(root);
const ceiling = await ceilings(root, options.quick);
const results: Paired[] = [];

for (const figure of wanted)
  for (const condition of options['every-condition'] ? figure.conditions : figure.conditions.slice(0, 1)) {
    const length =
      seconds ?? (options.quick ? Math.min(condition.seconds, QUICK.secondsMax) : condition.seconds);
    const warmUpSeconds = options.quick
      ? Math.min(figure.warmUpSeconds, QUICK.warmUpSecondsMax)
      : figure.warmUpSeconds;
    const tools = new Tools(condition, options.quick || length < condition.seconds, root);
    const sides = await figure.open(condition, tools);
    try {
      results.push(
        await measurePairs(figure, condition, sides, { pairs, seconds: length, warmUpSeconds, tell }),
      );
    } finally {
      await sides.ours.close();
      await sides.peer.close();
      await tools.removeFolders();
    }
  }

const syncAfter = await syncTimes(root);
const machine = describeMachine();
const seen = {
  began: began.toISOString(),
  minutes: (Date.now() - began.getTime()) / 60_000,
  machine,
  pairs,
  loadAverage: { before: loadBefore, after: os.loadavg()[0]! },
  fdatasyncMs: { before: syncBefore, after: syncAfter },
  ceiling,
  results,
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
console.log(`Results: ${path.relative(process.cwd(), path.resolve(file))}`);

function chosen(ids: readonly string[]): readonly Figure[] {
  const figures = ids.map((id) => FIGURES.find((figure) => figure.id === id.toUpperCase()));
  if (figures.includes(undefined) || ids.length === 0) {
    console.error(
      `usage: npm run bench -- ${FIGURES.map(({ id }) => id).join(' ')} [--pairs 5] [--quick] [--json FILE]`,
    );
    for (const { id, title } of FIGURES) console.error(`  ${id.padEnd(4)} ${title}`);
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
    .filter(({ coresBusy, loadCores }) => coresBusy !== undefined && loadCores !== 0)
    .map((sample) => Math.max(0, sample['coresBusy']! - sample['serverCores']! - sample['loadCores']!));
  if (others.length === 0) return '';
  const mean = others.reduce((sum, value) => sum + value, 0) / others.length;
  const verdict =
    mean > 0.3 ? 'this machine was shared: take the ratios, not the values' : 'the machine was ours';
  return `Beside server and load ${mean.toFixed(2)} cores were busy: ${verdict}.`;
}
