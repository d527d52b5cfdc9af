/**
 * NamedSegments: what entries of the journal say of segments, on top of what a manifest says. An entry may be older than the
 * manifest, which was written while it was: then the manifest knows more.
 */
import type { LogState, SegmentState } from './log-state.ts';

/** A segment as an entry of the journal has it. */
export interface NamedSegment {
  readonly topicId: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly bytes: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  readonly maxTimestampOffset: number;
  /** -1: not known. */
  readonly createdAt: number;
  readonly aborted: number;
  /** -1: not known. */
  readonly abortedCrc: number;
}

/** `known`: by `topicId-partition`. */
export function nameSegment(known: Map<string, LogState>, named: NamedSegment): void {
  const { topicId, partition, baseOffset, lastOffset } = named;
  const key = `${topicId}-${partition}`;
  const log = known.get(key) ?? { topicId, partition, logStartOffset: 0, segments: [], epochs: [] };
  const newest = log.segments.at(-1);
  if (lastOffset < log.logStartOffset) return; // its file may be gone
  if (newest !== undefined && (baseOffset < newest.baseOffset || lastOffset <= newest.lastOffset)) return;
  const isKnown = newest?.baseOffset === baseOffset;
  const others = isKnown ? log.segments.slice(0, -1) : log.segments;
  const state = { ...(isKnown ? newest : {}), ...stateOf(named) }; // an entry does not say where compaction put the file
  known.set(key, { ...log, segments: [...others, state] });
}

function stateOf(named: NamedSegment): SegmentState {
  const { baseOffset, bytes, lastOffset, maxTimestamp, maxTimestampOffset, createdAt, aborted } = named;
  const { abortedCrc } = named;
  return {
    ...{ baseOffset, bytes, lastOffset, maxTimestamp, maxTimestampOffset },
    ...(createdAt < 0 ? {} : { createdAt }),
    ...(aborted === 0 ? {} : { aborted, ...(abortedCrc < 0 ? {} : { abortedCrc }) }),
  };
}
