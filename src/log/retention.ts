/** Retention: up to which offset a log may go, by age and by size. Pure; Kafka's rules for `cleanup.policy=delete`. */
import type { SegmentState } from './log-state.ts';

export interface RetentionLimits {
  /** `retention.ms`; -1: for ever. */
  readonly retentionMs: number;
  /** `retention.bytes`; -1: any size. */
  readonly retentionBytes: number;
}

/**
 * The new log start offset: every segment that ends below it is due. Oldest segments go first, whole, and only while each
 * is due by itself. Time: its largest timestamp is too old. Size: the log is still large enough without it.
 * A segment without timestamps counts from when it was begun. Answers `logStartOffset` when nothing is due.
 */
export function retained(
  segments: readonly SegmentState[],
  logStartOffset: number,
  limits: RetentionLimits,
  now: number,
): number {
  let start = logStartOffset;
  let excess =
    limits.retentionBytes < 0
      ? -1
      : segments.reduce((sum, segment) => sum + segment.bytes, 0) - limits.retentionBytes;
  for (const segment of segments) {
    const isOld = limits.retentionMs >= 0 && now - ageOf(segment, now) > limits.retentionMs;
    const isTooMuch = excess >= segment.bytes;
    if (!isOld && !isTooMuch) break;
    start = Math.max(start, segment.lastOffset + 1);
    excess -= segment.bytes;
  }
  return start;
}

function ageOf(segment: SegmentState, now: number): number {
  return segment.maxTimestamp >= 0 ? segment.maxTimestamp : (segment.createdAt ?? now);
}
