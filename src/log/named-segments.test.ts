import assert from 'node:assert/strict';
import test from 'node:test';
import type { LogState, SegmentState } from './log-state.ts';
import { type NamedSegment, nameSegment } from './named-segments.ts';

const TOPIC = 'ab'.repeat(16);
const KEY = `${TOPIC}-0`;

function segment(baseOffset: number, lastOffset: number, more: Partial<SegmentState> = {}): SegmentState {
  const bytes = (lastOffset - baseOffset + 1) * 100;
  return {
    baseOffset,
    lastOffset,
    bytes,
    maxTimestamp: 5,
    maxTimestampOffset: lastOffset,
    createdAt: 7,
    ...more,
  };
}

function named(baseOffset: number, lastOffset: number, more: Partial<NamedSegment> = {}): NamedSegment {
  const { indexed: _, ...state } = segment(baseOffset, lastOffset);
  return { topicId: TOPIC, partition: 0, ...state, createdAt: 7, aborted: 0, abortedCrc: -1, ...more };
}

function after(segments: readonly SegmentState[], names: readonly NamedSegment[], logStartOffset = 0) {
  const log: LogState = { topicId: TOPIC, partition: 0, logStartOffset, segments, epochs: [] };
  const known = new Map([[KEY, log]]);
  for (const one of names) nameSegment(known, one);
  return known.get(KEY)!.segments;
}

test('an entry makes the newest segment longer, and what the manifest says beside stays', () => {
  const kept = { generation: 3, sparse: true, indexed: { offsetEntries: 1, timeEntries: 1 } };
  assert.deepEqual(after([segment(0, 4), segment(5, 6, kept)], [named(5, 9)]), [
    segment(0, 4),
    segment(5, 9, kept),
  ]);
});

test('an entry names a segment that the manifest does not have, with what it knows of aborted transactions', () => {
  const names = [named(0, 6), named(7, 9, { aborted: 2, abortedCrc: 4_000_000_000, createdAt: -1 })];
  const { createdAt: _, ...last } = segment(7, 9, { aborted: 2, abortedCrc: 4_000_000_000 });
  assert.deepEqual(after([segment(0, 4)], names), [segment(0, 6), last]);
  const known = new Map<string, LogState>();
  nameSegment(known, named(0, 4, { aborted: 1 }));
  assert.deepEqual(known.get(KEY)!.segments, [segment(0, 4, { aborted: 1 })]);
});

test('an entry that is older than the manifest says nothing', () => {
  const manifest = [segment(0, 4, { generation: 1, sparse: true }), segment(5, 9)];
  assert.deepEqual(after(manifest, [named(0, 3), named(0, 4), named(5, 7), named(5, 9)]), manifest);
  assert.deepEqual(after(manifest, [named(5, 7)]), manifest);
});

test('a segment below the log start may be gone, and is not named again', () => {
  assert.deepEqual(after([], [named(0, 4)], 5), []);
  assert.deepEqual(after([], [named(0, 4)], 4), [segment(0, 4)]);
});
