/**
 * The plot of a run: a line for each measure that has a peer, its ratio ours ÷ peer on a logarithmic axis. The bar is the range over the
 * pairs, the dot its median, the pale band behind what successive runs of one side differ by (A ÷ A), the tick the goal.
 */
import { type Compared, type Paired, short } from '../pairs.ts';
import { round, text, ticks } from './svg.ts';

const MIDDLE = 440;
const RIGHT = 90;
const CHARACTER = 6.4;
const LINE = 26;
const TOP = 46;
const BOTTOM = 28;
const BETTER = '#1a7f37';
const WORSE = '#b35900';
const NEITHER = '#0a5fb4';

interface Line {
  readonly label: string;
  readonly one: Compared;
}

/** An SVG text; empty results give a plot that says so. */
export function plot(results: readonly Paired[], title: string): string {
  const lines = results
    .flatMap(({ figure, condition, compared }) =>
      compared.map((one): Line => ({ label: `${figure} ${condition}, ${one.unit}`, one })),
    )
    .filter(({ one }) => one.ratio.low > 0 && one.ratio.high > 0); // not where one side has 0: errors
  const left = 30 + CHARACTER * Math.max(40, ...lines.map(({ label }) => label.length));
  const width = left + MIDDLE + RIGHT;
  const values = lines.flatMap(({ one }) => [one.ratio.low, one.ratio.high, 1]).filter((value) => value > 0);
  const low = Math.log10(Math.min(0.5, ...values) * 0.9);
  const high = Math.log10(Math.max(2, ...values) * 1.1);
  const x = (ratio: number) => left + ((Math.log10(Math.max(ratio, 1e-9)) - low) / (high - low)) * MIDDLE;
  const height = TOP + lines.length * LINE + BOTTOM;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(12, 20, title, 'font-weight="600"'),
    ...ticks(low, high).map(
      (ratio) =>
        `<line x1="${round(x(ratio))}" x2="${round(x(ratio))}" y1="${TOP - 8}" y2="${height - BOTTOM}" stroke="${ratio === 1 ? '#57606a' : '#e4e7eb'}"/>` +
        text(x(ratio), height - 10, `${short(ratio)}×`, 'text-anchor="middle" fill="#57606a"'),
    ),
    ...lines.map((line, row) => drawn(line, TOP + row * LINE + LINE / 2, left, x)),
    '</svg>',
    '',
  ].join('\n');
}

function drawn({ label, one }: Line, y: number, left: number, x: (ratio: number) => number): string {
  const { low, median, high } = one.ratio;
  const colour = one.isMet === undefined ? NEITHER : one.isMet ? BETTER : WORSE;
  const noise =
    one.noise === undefined
      ? ''
      : `<rect x="${round(x(one.noise.low))}" width="${round(x(one.noise.high) - x(one.noise.low))}" y="${y - 9}" height="18" fill="#f0f2f4"/>`;
  const goal = goalOf(one);
  return [
    noise,
    text(left - 10, y + 4, label, 'text-anchor="end"'),
    `<line x1="${round(x(low))}" x2="${round(x(high))}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="4" stroke-linecap="round"/>`,
    `<circle cx="${round(x(median))}" cy="${y}" r="5" fill="${colour}"/>`,
    goal === undefined
      ? ''
      : `<line x1="${round(x(goal))}" x2="${round(x(goal))}" y1="${y - 9}" y2="${y + 9}" stroke="#24292f" stroke-width="2"/>`,
    text(left + MIDDLE + 12, y + 4, `${short(median)}×`, `fill="${colour}" font-weight="600"`),
  ].join('');
}

function goalOf({ goal }: Compared): number | undefined {
  const found = /([\d.]+)×/.exec(goal);
  return found === null ? undefined : Number(found[1]);
}
