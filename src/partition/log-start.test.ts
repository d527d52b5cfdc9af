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

test('V1: a log start that is replayed while a transaction is open does not keep the folder from opening', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  const { partitions, partition } = await storage.open();
  const producer = { producerId: 1, producerEpoch: 0, isTransactional: true };
  for (let n = 0; n < 3; n++) await storage.append(partition, [{ value: Buffer.from('x') }]);
  await storage.append(partition, [{ value: Buffer.from('open') }], { ...producer, baseSequence: 0 });
  await storage.append(partition, [{ value: Buffer.from('x') }]);
  await partitions.checkpoint();
  await partitions.deleteRecords(partition, 2);
  const again = await storage.open();
  assert.deepEqual([again.partition.logStartOffset, again.partition.lastStableOffset], [2, 3]);
  await again.partitions.deleteRecords(again.partition, 4);
  assert.deepEqual((await storage.open()).partition.lastStableOffset, 4);
});
