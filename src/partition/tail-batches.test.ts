import assert from 'node:assert/strict';
import test from 'node:test';
import { type BatchFields, Held } from '../journal/index.ts';
import type { AbortedTransaction } from '../log/index.ts';
import { NO_BATCHES, TailBatches } from './tail-batches.ts';

const MEMORY = Buffer.from('abcdefghij');

function fields(baseOffset: number, lastOffset: number): BatchFields {
  return {
    topicId: 'ab'.repeat(16),
    partition: 0,
    leaderEpoch: 0,
    attributes: 0,
    baseOffset,
    lastOffset,
    producerId: -1,
    producerEpoch: -1,
    baseSequence: -1,
    maxTimestamp: 1_700_000_000_000 + baseOffset,
    markerType: -1,
    coordinatorEpoch: -1,
  };
}

test('who holds a batch reads it as it was, whatever has left and come since', () => {
  const batches = new TailBatches();
  const aborted: AbortedTransaction = { producerId: 7, firstOffset: 0, lastOffset: 3, lastStableOffset: 4 };
  batches.push(fields(0, 2), new Held(MEMORY, 0, 3), 1);
  batches.push(fields(3, 3), new Held(MEMORY, 3, 2), 1, aborted);
  const held = batches.list(0);
  const rest = batches.from(1);
  rest.push(fields(4, 9), new Held(MEMORY, 5, 5), 2);

  const told = (list: readonly (typeof held)[number][]) =>
    list.map(({ baseOffset, lastOffset, maxTimestamp, bytes, length, aborted: ended }) => [
      baseOffset,
      lastOffset,
      maxTimestamp - 1_700_000_000_000,
      bytes.toString(),
      length,
      ended?.producerId,
    ]);
  assert.deepEqual(told(held), [
    [0, 2, 0, 'abc', 3, undefined],
    [3, 3, 3, 'de', 2, 7],
  ]);
  assert.deepEqual(told(rest.list(0)), [
    [3, 3, 3, 'de', 2, 7],
    [4, 9, 4, 'fghij', 5, undefined],
  ]);
  assert.deepEqual(told(rest.from(1).list(0)), [[4, 9, 4, 'fghij', 5, undefined]]);
});

test('partitions that hold nothing share one that holds nothing', () => {
  const batches = new TailBatches();
  batches.push(fields(0, 0), new Held(MEMORY, 0, 1), 1);
  assert.equal(batches.from(1), NO_BATCHES);
  assert.equal(NO_BATCHES.length, 0);
});
