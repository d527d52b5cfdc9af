/** A results file as a page for people: conditions, the table in Markdown, and the plot beside it as SVG. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from '../machine.ts';
import type { LeftOut } from '../measure.ts';
import { type Paired, short } from '../pairs.ts';
import { range } from '../table.ts';
import { growthPlot } from './growth.ts';
import { plot } from './plot.ts';

interface Results {
  readonly began: string;
  readonly minutes: number;
  readonly machine: Machine;
  readonly leftOut?: readonly LeftOut[];
  readonly loadAverage: { readonly before: number; readonly after: number };
  readonly fdatasyncMs: Record<'before' | 'after', { readonly p50: number; readonly p99: number }>;
  readonly results: readonly Paired[];
}

/** Writes `<file>.md` and `<file>.svg` beside the results; answers what was written. */
export function drawReport(file: string): string[] {
  const results = JSON.parse(readFileSync(file, 'utf8')) as Results;
  const base = file.replace(/\.json$/, '');
  const title = `${results.began.slice(0, 10)}, commit ${results.machine.commit}: ours ÷ peer`;
  writeFileSync(`${base}.svg`, plot(results.results, title));
  const curves = [
    ...new Set(results.results.filter(({ size }) => size !== undefined).map(({ figure }) => figure)),
  ];
  for (const id of curves)
    writeFileSync(`${base}-${id}.svg`, growthPlot(results.results.filter(({ figure }) => figure === id)));
  writeFileSync(`${base}.md`, page(results, path.basename(base), curves));
  return [`${base}.md`, `${base}.svg`, ...curves.map((id) => `${base}-${id}.svg`)];
}

function page(
  { began, minutes, machine, loadAverage, fdatasyncMs, results, leftOut = [] }: Results,
  name: string,
  curves: readonly string[],
) {
  const rows = results.flatMap(({ figure, condition, title, ours, peer, compared }) =>
    compared.map((one, index) =>
      [
        index === 0 ? `${figure}: ${title} (${pairsOf(ours.samples.length)})` : '',
        condition,
        one.unit,
        short(one.ours.median),
        `${short(one.peer.median)} (${peer.name})`,
        `**${short(one.ratio.median)}** (${range(one.ratio)})`,
        one.noise === undefined ? '' : range(one.noise),
        one.goal + (one.isMet === undefined ? '' : one.isMet ? ': met' : ': **not met**'),
      ].join(' | '),
    ),
  );
  const { before, after } = fdatasyncMs;
  return `# ${began.slice(0, 16).replace('T', ' ')} UTC, commit ${machine.commit}${machine.isChanged ? ' with changes' : ''}

${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, kernel ${machine.kernel}, Node ${machine.node}, ${machine.java}.
${Math.round(minutes)} minutes, load average ${short(loadAverage.before)} before and ${short(loadAverage.after)} after; \`fdatasync\` p50 ${short(before.p50)} / ${short(after.p50)} ms,
p99 ${short(before.p99)} / ${short(after.p99)} ms.

![ratios](${name}.svg)
${curves.map((id) => `\n![${id}](${name}-${id}.svg)\n`).join('')}
| figure | condition | measure | ours | peer | ours ÷ peer (range) | A ÷ A | goal |
|---|---|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}
${leftOut.map(({ figure, condition, reason }) => `\nNot shown: ${figure}, ${condition}: ${reason}\n`).join('')}`;
}

function pairsOf(count: number): string {
  return count === 1 ? 'one pair' : `${count} pairs`;
}
