import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import { StorageWorld } from './storage-fixture.ts';

test('K6: a log start whose frame lies before a checkpoint is in it, although it took effect later', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 10; n++) await storage.append(partition, [{ value: Buffer.from('x') }]);
  const deleting = partitions.deleteRecords(partition, 5);
  const checkpoint = partitions.checkpoint(); // marks in this turn: the log start is not durable yet
  assert.equal(await deleting, 5);
  await checkpoint;
  assert.equal((await storage.open()).partition.logStartOffset, 5);
});

test('K6: a log start whose frame lies before a checkpoint is in it, although nothing else of the partition changed', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 10; n++) await storage.append(partition, [{ value: Buffer.from('x') }]);
  await partitions.checkpoint();
  const deleting = partitions.deleteRecords(partition, 5);
  const checkpoint = partitions.checkpoint(); // marks behind the frame, and frees it
  assert.equal(await deleting, 5);
  await checkpoint;
  assert.equal((await storage.open()).partition.logStartOffset, 5);
});
