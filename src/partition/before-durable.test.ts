/** What must not happen before a batch is durable, or before a log start is. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import { SMALL, StorageWorld, TOPIC } from './storage-fixture.ts';

const value = (text: string) => ({ key: null, value: Buffer.from(text), headers: [], timestamp: 1 });

test('I2: a batch that is sent again is acknowledged with its original, not before it is durable', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  const { partition } = await storage.open();
  const bytes = encodeBatch({ records: [value('x')], producerId: 7, producerEpoch: 0, baseSequence: 0 });
  const first = partition.append(Buffer.from(bytes), storage.now);
  const again = partition.append(Buffer.from(bytes), storage.now);
  assert.equal(again.baseOffset, first.baseOffset);
  assert.equal(again.frame, first.frame, 'both wait for the same frame');
  assert.notEqual(again.frame, undefined);
  await first.frame!.durable;
  assert.equal(partition.append(bytes, storage.now).frame, undefined);
});

test('O3, K6: nobody is told a log start before it is durable', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 3; n++) await storage.append(partition, [value('x')]);
  const deleting = partitions.deleteRecords(partition, 2);
  assert.equal(partition.logStartOffset, 0);
  assert.equal(await deleting, 2);
  assert.equal(partition.logStartOffset, 2);
});

test('O1: a log whose records were all deleted goes on where it ended, also after restarts', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  let { partitions, partition } = await storage.open();
  for (let n = 0; n < 5; n++) await storage.append(partition, [value('x')]);
  await partitions.deleteRecords(partition, 5);
  for (let life = 0; life < 3; life++) {
    await partitions.close();
    ({ partitions, partition } = await storage.open());
    assert.deepEqual([partition.logStartOffset, partition.highWatermark, partition.logEndOffset], [5, 5, 5]);
  }
  assert.equal(await storage.append(partition, [value('x')]), 5);
});

test('V2: memory that a deleted topic took is given back', async () => {
  const tailBytes = 32 * 1024;
  const storage = new StorageWorld(
    memoryEnvironment(),
    { segmentBytes: 1024 * 1024 },
    { ...SMALL, tailBytes },
  );
  const { partitions } = await storage.open();
  for (let round = 0; round < 8; round++) {
    const topicId = round % 2 === 0 ? TOPIC : 'cd'.repeat(16);
    const partition = partitions.host(topicId, 0, storage.config);
    partition.append(encodeBatch({ records: [value('x'.repeat(tailBytes / 4))] }), storage.now);
    partitions.drop(topicId);
  }
  let isReady = false;
  void Promise.resolve(partitions.whenReady(1_000)).then(() => {
    isReady = true;
  });
  for (let n = 0; n < 100 && !isReady; n++) await storage.moment();
  assert.ok(isReady, 'produce waits for memory that nobody has');
});
