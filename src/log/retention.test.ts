import assert from 'node:assert/strict';
import test from 'node:test';
import { retained } from './retention.ts';

const segment = (baseOffset: number, bytes: number, maxTimestamp: number, createdAt?: number) => ({
  baseOffset,
  bytes,
  lastOffset: baseOffset + 9,
  maxTimestamp,
  maxTimestampOffset: baseOffset,
  createdAt,
});
const log = [segment(0, 100, 1_000), segment(10, 100, 2_000), segment(20, 50, 3_000)];
const never = { retentionMs: -1, retentionBytes: -1 };

test('without limits everything stays', () => {
  assert.equal(retained(log, 0, never, 1e15), 0);
});

test('segments go when their newest record is too old, oldest first and whole', () => {
  const limits = { ...never, retentionMs: 500 };
  assert.equal(retained(log, 0, limits, 1_500), 0);
  assert.equal(retained(log, 0, limits, 1_501), 10);
  assert.equal(retained(log, 0, limits, 2_501), 20);
  assert.equal(retained(log, 0, limits, 9_999), 30);
  assert.equal(retained(log, 25, limits, 2_501), 25);
});

test('a young segment keeps everything behind it', () => {
  const mixed = [segment(0, 100, 5_000), segment(10, 100, 1_000)];
  assert.equal(retained(mixed, 0, { ...never, retentionMs: 500 }, 5_100), 0);
});

test('segments go while the log is large enough without them', () => {
  const at = (retentionBytes: number) => retained(log, 0, { ...never, retentionBytes }, 0);
  assert.deepEqual([at(250), at(151), at(150), at(51), at(50), at(49), at(0)], [0, 0, 10, 10, 20, 20, 30]);
});

test('a segment without timestamps counts from when it was begun', () => {
  const limits = { ...never, retentionMs: 500 };
  assert.equal(retained([segment(0, 1, -1, 1_000)], 0, limits, 1_501), 10);
  assert.equal(retained([segment(0, 1, -1)], 0, limits, 9_999), 0);
});
