/** Findings as people read them: where, what, what it means, what to do; as programs do: one JSON object a line. */
import type { Finding, VerifySummary } from '../../inspect/index.ts';
import { bytesText, countText } from '../text.ts';

const LABELS: Readonly<Record<Finding['kind'], string>> = {
  damage: 'DAMAGE',
  'torn-tail': 'torn tail',
  missing: 'missing',
  stale: 'stale',
  leftover: 'leftover',
  orphan: 'orphan',
};

export function findingText(finding: Finding): string {
  const { kind, file, from, to, what, means, todo } = finding;
  const where =
    from === undefined || to === undefined ? file : `${file}, bytes ${from}–${Math.max(from, to - 1)}`;
  return `${LABELS[kind]}  ${where}\n  ${what}. ${means}\n  ${todo}\n`;
}

export function summaryText(name: string, summary: VerifySummary, seconds: number): string {
  const { partitions, segments, frames, bytes, counts } = summary;
  const looked = `${countText(partitions, 'partition')}, ${countText(segments, 'segment')}, ${countText(frames, 'journal frame')}`;
  const rate = `${bytesText(bytes)} in ${seconds.toFixed(1)} s (${bytesText(bytes / Math.max(seconds, 0.001))}/s)`;
  const others = Object.entries(counts)
    .filter(([kind, count]) => kind !== 'damage' && count > 0)
    .map(([kind, count]) => `${count} ${kind}`);
  const verdict = counts.damage === 0 ? 'no damage' : `${counts.damage} DAMAGED`;
  return `${name}: ${[verdict, ...others].join(', ')}. ${looked}, ${rate}\n`;
}
