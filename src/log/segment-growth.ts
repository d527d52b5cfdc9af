/** SegmentGrowth: how a segment's state follows from the batches that go into it. Pure: the same before they are written and after. */
import type { SegmentState, WritableBatch } from './log-state.ts';
import { NO_TIMESTAMP } from './time-index.ts';
import { abortedCrc, type AbortedTransaction } from './transaction-index.ts';

/** A segment that begins at this offset, before its first batch. */
export function unwritten(baseOffset: number, createdAt: number): SegmentState {
  return {
    baseOffset,
    bytes: 0,
    lastOffset: baseOffset - 1,
    maxTimestamp: NO_TIMESTAMP,
    maxTimestampOffset: baseOffset,
    createdAt,
  };
}

/** The segment with one batch more. */
export function grown(state: SegmentState, batch: WritableBatch): SegmentState {
  const { lastOffset, maxTimestamp, bytes, aborted } = batch;
  const isLater = maxTimestamp > state.maxTimestamp;
  return {
    ...state,
    bytes: state.bytes + bytes.length,
    lastOffset,
    ...(aborted === undefined ? {} : grownAborted(state, aborted)),
    ...(isLater ? { maxTimestamp, maxTimestampOffset: lastOffset } : {}),
  };
}

function grownAborted(
  { aborted = 0, abortedCrc: before = aborted === 0 ? 0 : undefined }: SegmentState,
  entry: AbortedTransaction,
): Pick<SegmentState, 'aborted' | 'abortedCrc'> {
  return {
    aborted: aborted + 1,
    ...(before === undefined ? {} : { abortedCrc: abortedCrc([entry], before) }),
  };
}
