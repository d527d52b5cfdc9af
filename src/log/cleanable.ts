/**
 * Cleanable: which part of a compacted log may be cleaned, and whether it is worth it. Pure; Kafka's rules.
 *
 *   +- clean ---------+ dirty ... | too young, undecided | newest segment |
 *                     ^ from    ^ upTo
 */
import type { SegmentState } from './log-state.ts';

export interface CompactionLimits {
  /** `min.cleanable.dirty.ratio` */
  readonly minCleanableRatio: number;
  /** `min.compaction.lag.ms`: a younger record stays in any case. */
  readonly minLagMs: number;
  /** `max.compaction.lag.ms`: no record waits longer to be cleaned. */
  readonly maxLagMs: number;
  /** `delete.retention.ms`: how long tombstones and markers stay once cleaning reached them. */
  readonly deleteRetentionMs: number;
}

export interface Cleanable {
  /** First offset that was never cleaned. */
  readonly from: number;
  /** Exclusive; the end of a segment. */
  readonly upTo: number;
  /** Share of bytes below `upTo` that was never cleaned. */
  readonly ratio: number;
  /** True when the ratio or the age of what is dirty asks for it. */
  readonly isDue: boolean;
}

/** Undefined when nothing may be cleaned. `stableOffset`: what lies above is not decided (K3). */
export function cleanable(
  segments: readonly SegmentState[],
  log: { readonly logStartOffset: number; readonly cleanedTo: number; readonly stableOffset: number },
  limits: CompactionLimits,
  now: number,
): Cleanable | undefined {
  const from = Math.max(log.logStartOffset, log.cleanedTo);
  let [clean, dirty] = [0, 0];
  let upTo = from;
  let begunAt: number | undefined;
  for (const segment of segments.slice(0, -1)) {
    if (segment.lastOffset < from) {
      clean += segment.bytes;
      continue;
    }
    if (segment.lastOffset >= log.stableOffset) break;
    if (limits.minLagMs > 0 && segment.maxTimestamp > now - limits.minLagMs) break;
    dirty += segment.bytes;
    upTo = segment.lastOffset + 1;
    begunAt ??= segment.createdAt ?? now;
  }
  if (begunAt === undefined) return undefined;
  const ratio = dirty / (clean + dirty);
  const isDue = ratio > limits.minCleanableRatio || now - begunAt > limits.maxLagMs;
  return { from, upTo, ratio, isDue };
}
