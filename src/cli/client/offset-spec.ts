/**
 * OffsetSpec: where `consume -o` begins.
 *
 *   start · end · 15 (that offset) · -10 (the last ten of each partition) · 0:15,1:20 (partition:offset) ·
 *   2026-01-31T12:00Z, @1764547200000 (the first record at or after that time)
 */
import { usageError } from '../exit-codes.ts';

export type OffsetSpec =
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'offset'; readonly offset: bigint }
  | { readonly kind: 'last'; readonly count: bigint }
  | { readonly kind: 'each'; readonly offsets: ReadonlyMap<number, bigint> }
  | { readonly kind: 'time'; readonly timestamp: bigint };

/** `option` is how the user calls it. */
export function parseOffsetSpec(text: string, option = '--offset'): OffsetSpec {
  if (text === 'start' || text === 'beginning' || text === 'earliest') return { kind: 'start' };
  if (text === 'end' || text === 'latest') return { kind: 'end' };
  if (/^\d{1,18}$/.test(text)) return { kind: 'offset', offset: BigInt(text) };
  if (/^-\d{1,18}$/.test(text)) return { kind: 'last', count: -BigInt(text) };
  if (/^\d+:\d+(,\d+:\d+)*$/.test(text)) return { kind: 'each', offsets: pairs(text) };
  if (/^@\d{1,15}$/.test(text)) return { kind: 'time', timestamp: BigInt(text.slice(1)) };
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return { kind: 'time', timestamp: BigInt(time) };
  throw usageError(
    `${option} ${text}: that is none of start, end, 15, -10 (the last ten), 0:15,1:20 or a time such as 2026-01-31T12:00Z`,
  );
}

/** What goes on where a reader stopped. */
export function resumeSpec(next: ReadonlyMap<number, bigint>): string {
  return [...next]
    .sort(([left], [right]) => left - right)
    .map(([partition, offset]) => `${partition}:${offset}`)
    .join(',');
}

function pairs(text: string): Map<number, bigint> {
  return new Map(
    text.split(',').map((pair): [number, bigint] => {
      const [partition, offset] = pair.split(':');
      return [Number(partition), BigInt(offset!)];
    }),
  );
}
