/** Checkpoints of so many changed partitions that one sync of the whole file system makes them durable, and the ones after. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import type { Partition } from './partition.ts';
import { StorageWorld, TOPIC } from './storage-fixture.ts';

const MANY = 300;
const RECORD = [{ value: Buffer.from('x') }];

test('a partition whose snapshots were made durable together with all others has them synced by itself later', async () => {
  const storage = new StorageWorld(memoryEnvironment(), {}, {});
  const { partitions } = await storage.open();
  const all = Array.from({ length: MANY }, (_, n) => partitions.host(TOPIC, n, storage.config));
  let sequence = 0;
  const write = (some: readonly Partition[]) => {
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: sequence++ };
    return Promise.all(some.map((partition) => storage.append(partition, RECORD, producer)));
  };
  for (let n = 0; n < 3; n++) {
    await write(all);
    await partitions.checkpoint();
  }
  await write(all.slice(0, 1));
  await partitions.checkpoint();
  assert.equal(
    await storage.append(all[0]!, RECORD, { producerId: 7, producerEpoch: 0, baseSequence: sequence }),
    4,
  );
});
