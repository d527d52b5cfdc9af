import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import { readAll, StorageWorld } from './storage-fixture.ts';

test('D6: a pin that keeps what a crash left does not take with it what was written in its place', async () => {
  const storage = new StorageWorld(memoryEnvironment(), { segmentBytes: 4096 });
  const first = await storage.open();
  for (let n = 0; n < 5; n++) await storage.append(first.partition, [{ value: Buffer.alloc(100) }]);
  await first.partition.log.write(first.partition.tail.hand(1_000), storage.now); // no manifest names it
  const { partitions, partition } = await storage.open();
  const pinned = await partitions.pin();
  await storage.append(partition, [{ value: Buffer.alloc(100) }]);
  await partitions.checkpoint();
  await pinned.release();
  await partitions.close();
  const again = await storage.open();
  assert.equal((await readAll(again.partition)).length, 6);
});

test('D6: the look for what a crash left behind keeps a deleted partition whose files a pin holds', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  const { partitions, partition } = await storage.open();
  await storage.append(partition, [{ value: Buffer.alloc(100) }]);
  const pinned = await partitions.pin();
  partitions.drop(partition.topicId);
  await partitions.checkpoint(); // no manifest names it any more
  await partitions.upkeep.tidy();
  const { directory } = partition.log;
  assert.deepEqual(await storage.disk.list(directory), ['00000000000000000000.log']);
  await pinned.release();
  await partitions.upkeep.disposal.finish();
  assert.deepEqual(await storage.disk.list(directory), []);
});
