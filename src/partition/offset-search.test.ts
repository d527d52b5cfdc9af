import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32c } from '../base/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import { durable } from './durable.ts';
import { findByTimestamp, findMaxTimestamp } from './offset-search.ts';
import type { Partition } from './partition.ts';
import { StorageWorld } from './storage-fixture.ts';

/** Once, the first search of the segments takes until `meanwhile` is over: a slow disk. */
function slowly(partition: Partition, meanwhile: () => Promise<void>): void {
  const { log } = partition;
  const delayed =
    <Arguments extends unknown[], Found>(search: (...args: Arguments) => Promise<Found>) =>
    async (...args: Arguments): Promise<Found> => {
      const found = await search.apply(log, args);
      Object.assign(log, searches);
      await meanwhile();
      return found;
    };
  const searches = { findByTimestamp: log.findByTimestamp, maxTimestamp: log.maxTimestamp };
  log.findByTimestamp = delayed(log.findByTimestamp);
  log.maxTimestamp = delayed(log.maxTimestamp);
}

async function threeBatches() {
  const world = new StorageWorld(memoryEnvironment());
  const { partitions, partition } = await world.open();
  await world.append(partition, [{ timestamp: 100 }]);
  await partitions.checkpoint();
  await world.append(partition, [{ timestamp: 300 }]);
  await world.append(partition, [{ timestamp: 200 }]);
  const leave = async () => {
    for (let n = 0; n < 2; n++) {
      await world.append(partition, [{ timestamp: 250 }]);
      await partitions.checkpoint(); // what one wrote leaves memory with the next
    }
    assert.ok(partition.tail.firstOffset! > 2);
  };
  return { world, partitions, partition, leave };
}

test('O6: a record that leaves memory while the segments are searched is found all the same', async () => {
  for (const [timestamp, offset] of [
    [150, 1],
    [300, 1],
    [301, undefined],
  ] as const) {
    const { partitions, partition, leave } = await threeBatches();
    slowly(partition, leave);
    assert.equal((await findByTimestamp(partition, timestamp, 'read_uncommitted'))?.offset, offset);
    await partitions.close();
  }
});

test('the record with the largest timestamp is found when it leaves memory meanwhile', async () => {
  const { partitions, partition, leave } = await threeBatches();
  slowly(partition, leave);
  assert.deepEqual(await findMaxTimestamp(partition, 'read_uncommitted'), { offset: 1, timestamp: 300 });
  await partitions.close();
});

test('a record that is removed while the segments are searched is not told, but the next one', async () => {
  const { partitions, partition, leave } = await threeBatches();
  await leave();
  slowly(partition, async () => void (await partitions.deleteRecords(partition, 2)));
  assert.deepEqual(await findByTimestamp(partition, 50, 'read_uncommitted'), { offset: 2, timestamp: 200 });
  await partitions.close();
});

test('a batch that cannot be opened is found by its header, and hides nothing behind it', async () => {
  const { world, partitions, partition, leave } = await threeBatches();
  const at = (timestamp: number) => ({ key: null, value: Buffer.alloc(9), headers: [], timestamp });
  const bytes = encodeBatch({ records: [at(350), at(400)], compression: 'gzip' });
  bytes.fill(0xff, 61); // as a producer with a mistake may write it
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  await durable([partition.append(bytes, world.now).frame]);
  await world.append(partition, [{ timestamp: 500 }]);
  const found = async (timestamp: number) => await findByTimestamp(partition, timestamp, 'read_uncommitted');
  for (const move of [async () => {}, leave]) {
    await move();
    assert.deepEqual(await found(301), { offset: 3, timestamp: 400 });
    assert.deepEqual(await found(401), { offset: 5, timestamp: 500 });
  }
  assert.deepEqual(await findMaxTimestamp(partition, 'read_uncommitted'), { offset: 5, timestamp: 500 });
  await partitions.close();
});
