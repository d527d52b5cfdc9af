import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import type { BatchEntry } from '../journal/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import { StorageWorld } from './storage-fixture.ts';

/**
 * A manifest may name bytes of a segment that were flushed after its mark, with epochs and producers as of the mark: the frame
 * of those bytes is replayed behind it, and is the only one that still knows whose they are.
 */
const records = [{ key: null, value: Buffer.from('x'), headers: [], timestamp: 1 }];

async function inSegments() {
  const storage = new StorageWorld(memoryEnvironment());
  const { partition } = await storage.open();
  for (let n = 0; n < 2; n++) await storage.append(partition, records);
  const entry: BatchEntry = {
    kind: 'batch',
    topicId: partition.topicId,
    partition: 0,
    leaderEpoch: partition.leaderEpoch,
    attributes: 0,
    baseOffset: 1,
    lastOffset: 1,
    producerId: -1,
    producerEpoch: -1,
    baseSequence: -1,
    maxTimestamp: 1,
    markerType: -1,
    coordinatorEpoch: -1,
  };
  return { partition, entry };
}

test('O7: a replayed batch that its segment holds already still tells of its leader epoch', async () => {
  const { partition, entry } = await inSegments();
  const leaderEpoch = partition.leaderEpoch + 1;
  partition.replay({ ...entry, leaderEpoch }, encodeBatch({ records }), 2, 1);
  assert.deepEqual(partition.epochs.list().at(-1), { leaderEpoch, startOffset: 1 });
});

test('I1: a replayed batch that its segment holds already is known as its producer’s', async () => {
  const { partition, entry } = await inSegments();
  const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0 };
  const batch = () => encodeBatch({ records, ...producer });
  partition.replay({ ...entry, ...producer }, batch(), 2, 1);
  assert.equal(partition.append(batch(), 1).baseOffset, 1);
  assert.equal(partition.logEndOffset, 2);
});
