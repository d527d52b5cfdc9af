/**
 * The plot of a growth curve: a panel for each measure, both axes logarithmic, a line a side through the medians, bars from the lowest to the highest
 * run.
 */
import { type Compared, type Paired, short } from '../pairs.ts';
import type { Spread } from '../statistics.ts';
import { round, text, ticks } from './svg.ts';

const PANEL = { width: 300, height: 230 };
const MARGIN = { left: 62, right: 16, top: 34, bottom: 40 };
const HEAD = 48;
const SIDES = [
  { side: 'ours', colour: '#0a5fb4' },
  { side: 'peer', colour: '#b35900' },
] as const;

/** Several sizes of one figure, as an SVG text. */
export function growthPlot(points: readonly Paired[]): string {
  const measures = points[0]!.compared;
  const width = measures.length * PANEL.width;
  const height = HEAD + PANEL.height;
  const { figure, title, ours, peer } = points[0]!;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(12, 18, `${figure}: ${title}`, 'font-weight="600"'),
    ...[ours, peer].map(({ name }, n) => text(12 + n * 150, 38, `— ${name}`, `fill="${SIDES[n]!.colour}"`)),
    ...measures.map((_, column) => panel(points, column)),
    '</svg>',
    '',
  ].join('\n');
}

function panel(points: readonly Paired[], column: number): string {
  const sizes = points.map(({ size }) => size!);
  const values = points.map(({ compared }) => compared[column]!);
  const x = scale(sizes, column * PANEL.width + MARGIN.left, (column + 1) * PANEL.width - MARGIN.right);
  const spreads = values.flatMap(({ ours, peer }) => [ours.low, ours.high, peer.low, peer.high]);
  const y = scale(spreads, HEAD + PANEL.height - MARGIN.bottom, HEAD + MARGIN.top);
  const left = column * PANEL.width + MARGIN.left;
  const bottom = HEAD + PANEL.height - MARGIN.bottom;
  return [
    text(left, HEAD + 20, values[0]!.unit),
    ...ticks(y.low, y.high).map(
      (value) =>
        `<line x1="${left}" x2="${left + PANEL.width - MARGIN.left - MARGIN.right}" y1="${round(y.at(value))}" y2="${round(y.at(value))}" stroke="#e4e7eb"/>` +
        text(left - 6, y.at(value) + 4, short(value), 'text-anchor="end" fill="#57606a"'),
    ),
    ...sizes.map((size) => text(x.at(size), bottom + 16, short(size), 'text-anchor="middle" fill="#57606a"')),
    text(
      left + (PANEL.width - MARGIN.left) / 2,
      bottom + 32,
      points[0]!.axis!,
      'text-anchor="middle" fill="#57606a"',
    ),
    ...SIDES.map(({ side, colour }) => line(sizes.map(x.at), values, side, colour, y.at)),
  ].join('');
}

function line(
  xs: readonly number[],
  values: readonly Compared[],
  side: 'ours' | 'peer',
  colour: string,
  y: (value: number) => number,
): string {
  const spreads = values.map((value): Spread => value[side]);
  const path = spreads
    .map(({ median }, n) => `${n === 0 ? 'M' : 'L'}${round(xs[n]!)} ${round(y(median))}`)
    .join(' ');
  const bars = spreads.map(
    ({ low, high, median }, n) =>
      `<line x1="${round(xs[n]!)}" x2="${round(xs[n]!)}" y1="${round(y(low))}" y2="${round(y(high))}" stroke="${colour}" stroke-width="3" opacity="0.4"/>` +
      `<circle cx="${round(xs[n]!)}" cy="${round(y(median))}" r="3.5" fill="${colour}"/>`,
  );
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>${bars.join('')}`;
}

/** Logarithmic, with some room on both sides; what is not above 0 lies at the low end. */
function scale(values: readonly number[], from: number, to: number) {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  const low = Math.min(...logs) - 0.08;
  const high = Math.max(...logs) + 0.08;
  const at = (value: number) =>
    from + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * (to - from);
  return { low, high, at };
}
