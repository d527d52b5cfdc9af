import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import type { BatchEntry } from '../journal/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import { StorageWorld } from './storage-fixture.ts';

/**
 * A manifest may name bytes of a segment that were flushed after its mark, with the epochs as of the mark: the frame of
 * those bytes is replayed behind it, and is the only one that still knows their epoch.
 */
test('O7: a replayed batch that its segment holds already still tells of its leader epoch', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  const { partition } = await storage.open();
  const records = [{ key: null, value: Buffer.from('x'), headers: [], timestamp: 1 }];
  for (let n = 0; n < 2; n++) await storage.append(partition, records);
  const entry: BatchEntry = {
    kind: 'batch',
    topicId: partition.topicId,
    partition: 0,
    leaderEpoch: partition.leaderEpoch + 1,
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
  partition.replay(entry, encodeBatch({ records }), 2, 1);
  assert.deepEqual(partition.epochs.list().at(-1), {
    leaderEpoch: partition.leaderEpoch + 1,
    startOffset: 1,
  });
});
