import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../base/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import type { BatchEntry } from '../journal/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import { openStorage } from './open.ts';
import type { PartitionConfig } from './partition-config.ts';
import { durable } from './partitions.ts';
import { DEFAULT_STORAGE } from './storage-options.ts';

const CONFIG: PartitionConfig = {
  maxMessageBytes: 1_000_000,
  compression: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
  segmentBytes: 1_000_000,
  segmentMs: 604_800_000,
  indexIntervalBytes: 4_096,
  producerExpirationMs: 86_400_000,
  fetchIsolation: 'client',
};

/**
 * A manifest may name bytes of a segment that were flushed after its mark, with the epochs as of the mark: the frame of
 * those bytes is replayed behind it, and is the only one that still knows their epoch.
 */
test('O7: a replayed batch that its segment holds already still tells of its leader epoch', async () => {
  const env = memoryEnvironment();
  const { partitions } = await openStorage(env, silent, DEFAULT_STORAGE, CONFIG);
  const partition = partitions.host('ab'.repeat(16), 0, CONFIG);
  const records = [{ key: null, value: Buffer.from('x'), headers: [], timestamp: 1 }];
  for (let n = 0; n < 2; n++) await durable([partition.append(encodeBatch({ records }), 1).frame]);
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
  partitions.abandon();
});
