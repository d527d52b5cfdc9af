/**
 * Finding: one thing that a look at a folder brought to light: where it lies, what it is, what it means, what to do.
 *
 *   damage     bytes that were durable once and cannot be read any more (exit code 1)
 *   torn-tail  the frame that was being written when the power went: never acknowledged, cut at the next start
 *   missing    offsets that were set aside by a repair, or that no segment has
 *   stale      an index that a crash left behind: built anew when it is needed
 *   leftover   bytes or files that do not count (any more): removed by the broker when it next writes there
 *   orphan     a file or folder that nothing names
 */
export type FindingKind = 'damage' | 'torn-tail' | 'missing' | 'stale' | 'leftover' | 'orphan';

export interface Finding {
  readonly kind: FindingKind;
  /** Within the data folder. */
  readonly file: string;
  /** First byte; absent when the whole file is meant. */
  readonly from?: number;
  /** Exclusive. */
  readonly to?: number;
  readonly what: string;
  readonly means: string;
  readonly todo: string;
  readonly topic?: string;
  readonly topicId?: string;
  readonly partition?: number;
  readonly firstOffset?: number;
  /** Inclusive. */
  readonly lastOffset?: number;
}

export type Report = (finding: Finding) => void;

export const NOTHING_TO_DO = 'Nothing needs to be done.';
export const RESTORE =
  'Restore the folder from a backup (gregor restore), or set what is damaged aside and go on without it: gregor repair --quarantine.';

/** `120-187`, or `120` alone. */
export function rangeText(first: number, last: number): string {
  return first === last ? String(first) : `${first}–${last}`;
}

export function offsetsText(first: number, last: number): string {
  return `${first === last ? 'offset' : 'offsets'} ${rangeText(first, last)}`;
}
