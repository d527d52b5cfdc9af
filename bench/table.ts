/** The table that is printed: one line a measure. */
import { type Paired, short } from './pairs.ts';
import type { Spread } from './statistics.ts';

const HEAD = ['figure', 'condition', 'measure', 'ours', 'peer', 'ours ÷ peer', 'A ÷ A', 'goal', ''];

export function table(results: readonly Paired[]): string {
  const rows = results.flatMap(({ figure, condition, peer, compared }) =>
    compared.map((one) => [
      figure,
      condition,
      one.unit,
      short(one.ours.median),
      `${short(one.peer.median)} (${peer.name})`,
      `${short(one.ratio.median)}  (${range(one.ratio)})`,
      one.noise === undefined ? '' : range(one.noise),
      one.goal,
      one.isMet === undefined ? '' : one.isMet ? 'met' : 'not met',
    ]),
  );
  const widths = HEAD.map((head, column) =>
    Math.max(...[head, ...rows.map((row) => row[column]!)].map((s) => s.length)),
  );
  return [HEAD, widths.map((width) => '─'.repeat(width)), ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function range({ low, high }: Spread): string {
  return `${short(low)} – ${short(high)}`;
}
