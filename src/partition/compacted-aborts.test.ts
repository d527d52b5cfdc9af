import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import { decodeRecords, encodeMarker, forEachBatch } from '../protocol/index.ts';
import type { Partition } from './partition.ts';
import type { PartitionConfig } from './partition-config.ts';
import { readCommitted } from './reading.ts';
import { committedFrom, SMALL, StorageWorld } from './storage-fixture.ts';

const compaction = {
  minCleanableRatio: 0,
  minLagMs: 0,
  maxLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 10_000,
};
const world = (config: Partial<PartitionConfig> = {}, options: Partial<typeof SMALL> = {}) =>
  new StorageWorld(memoryEnvironment(), { compaction, ...config }, options);
const pad = 'x'.repeat(60);
const record = (key: string, value: string) => ({
  key: Buffer.from(key),
  value: Buffer.from(`${value} ${pad}`),
});

/** A log whose newest batches are in segments and in memory: some of it in both. */
class InBoth {
  readonly storage: StorageWorld;
  partitions!: Awaited<ReturnType<StorageWorld['open']>>['partitions'];
  partition!: Partition;
  #sequence = 0;

  constructor(config: Partial<PartitionConfig> = {}, options: Partial<typeof SMALL> = {}) {
    this.storage = world(config, options);
  }

  async open(): Promise<void> {
    ({ partitions: this.partitions, partition: this.partition } = await this.storage.open());
  }

  async transaction(key: string, value: string, isCommit: boolean): Promise<void> {
    const { storage, partition, partitions } = this;
    const producer = { producerId: 1, producerEpoch: 0 };
    const baseSequence = this.#sequence++;
    await storage.append(partition, [record(key, value)], {
      ...producer,
      baseSequence,
      isTransactional: true,
    });
    const end = { ...producer, isCommit, coordinatorEpoch: 0, timestamp: storage.now };
    await partitions.commit([{ partition, bytes: encodeMarker(end) }], storage.now).durable;
  }

  async fill(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.storage.append(this.partition, [record('filler', `${n}`)]);
  }

  async values(maxBytes: number): Promise<string[]> {
    const { partition } = this;
    const records = await committedFrom(partition, partition.logStartOffset, maxBytes);
    return records
      .map(({ value }) => String(value).split(' ')[0]!)
      .filter((value) => !/^[0-9]+$/.test(value));
  }
}

test('T1: a compaction between the read of aborted records and the look for their end does not make them visible', async () => {
  const storage = world();
  const { partitions, partition } = await storage.open();
  const producer = { producerId: 1, producerEpoch: 0 };
  await storage.append(partition, [record('a', 'aborted')], {
    ...producer,
    baseSequence: 0,
    isTransactional: true,
  });
  const end = { ...producer, isCommit: false, coordinatorEpoch: 0, timestamp: storage.now };
  await partitions.commit([{ partition, bytes: encodeMarker(end) }], storage.now).durable;
  for (let n = 0; n < 60; n++) await storage.append(partition, [record('filler', `${n}`)]);
  await partitions.checkpoint();
  await storage.append(partition, [record('filler', 'last')]);
  await partitions.checkpoint(); // lets go of what the one before wrote
  const { log } = partition;
  const read = log.read.bind(log);
  let passes = 0;
  log.read = async (...where) => {
    const bytes = await read(...where);
    if (passes === 0) passes = await partitions.upkeep.compact();
    return bytes;
  };
  const texts: string[] = [];
  for (const part of await readCommitted(partition, 0, 300))
    forEachBatch(part, (batch) => {
      if (!batch.isControl) for (const one of decodeRecords(batch, 1024)) texts.push(String(one.value));
    });
  assert.equal(passes, 1);
  assert.deepEqual(
    texts.filter((text) => text.startsWith('aborted')),
    [],
  );
});

test('T1: what is read from memory stays aborted when its segments were cleaned, and a younger transaction is aborted', async () => {
  const log = new InBoth();
  await log.open();
  await log.transaction('a', 'aborted', false);
  await log.fill(60);
  await log.transaction('b', 'aborted-too', false);
  await log.partitions.checkpoint();
  assert.equal(log.partition.tail.firstOffset, 0, 'all of it is in memory still');
  assert.equal(await log.partitions.upkeep.compact(), 1);
  assert.deepEqual(await log.values(1024 * 1024), []);
});

test('R2: what is read from segments is not hidden by a transaction whose marker they do not have any more', async () => {
  const log = new InBoth(
    { compaction: { ...compaction, deleteRetentionMs: 0 } },
    { cleanerMapBytes: 24 * 6 },
  );
  await log.open();
  await log.fill(3);
  await log.partitions.checkpoint();
  await log.transaction('a', 'aborted', false);
  for (let n = 0; n < 40; n++) await log.transaction(`k${n}`, `committed${n}`, true);
  await log.partitions.checkpoint(); // lets go of what the one before wrote
  assert.equal(log.partition.tail.firstOffset, 3);
  assert.ok(
    (await log.partitions.upkeep.compact()) > 3,
    'passes: the data, its marker gets a horizon, it goes',
  );
  assert.equal(log.partition.tail.aborted.length, 1);
  assert.deepEqual(
    await log.values(16 * 1024),
    Array.from({ length: 40 }, (_, n) => `committed${n}`),
  );
});
