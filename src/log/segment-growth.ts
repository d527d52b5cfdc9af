/** SegmentGrowth: how a segment's state follows from the batches that go into it. Pure: the same before they are written and after. */
import { lengthOf, type SegmentState, type WritableBatch } from './log-state.ts';
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

/** A state that nobody else has: a copy for each of ten thousand small batches would cost more than they do. */
export type GrowingState = { -readonly [Name in keyof SegmentState]: SegmentState[Name] };

/** The segment has one batch more. */
export function grow(state: GrowingState, batch: WritableBatch): void {
  const { lastOffset, maxTimestamp, aborted } = batch;
  state.bytes += lengthOf(batch);
  state.lastOffset = lastOffset;
  if (aborted !== undefined) Object.assign(state, grownAborted(state, aborted));
  const isLater = maxTimestamp > state.maxTimestamp;
  if (!isLater) return;
  state.maxTimestamp = maxTimestamp;
  state.maxTimestampOffset = lastOffset;
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
