import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../base/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import { openStorage } from './open.ts';
import type { PartitionConfig } from './partition-config.ts';
import { durable } from './durable.ts';
import { read } from './reading.ts';
import { DEFAULT_STORAGE } from './storage-options.ts';

const KIB = 1024;
const CONFIG: PartitionConfig = {
  maxMessageBytes: 1024 * KIB,
  compression: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
  segmentBytes: 1024 * KIB,
  segmentMs: 604_800_000,
  indexIntervalBytes: 4096,
  producerExpirationMs: 86_400_000,
  fetchIsolation: 'client',
};
const SMALL = {
  ...DEFAULT_STORAGE,
  journal: {
    ...DEFAULT_STORAGE.journal,
    limitBytes: 512 * KIB,
    fileBytes: 128 * KIB,
    stepBytes: 64 * KIB,
    frameTargetBytes: 32 * KIB,
    reserveBytes: 32 * KIB,
  },
  tailBytes: 64 * KIB,
};

test('a log many times larger than memory and journal is written without a stall, and read back whole', async () => {
  const env = memoryEnvironment();
  const { partitions } = await openStorage(env, silent, SMALL, CONFIG);
  const partition = partitions.host('ab'.repeat(16), 0, CONFIG);
  const value = Buffer.alloc(8 * KIB, 'v');
  const batch = encodeBatch({ records: [{ key: null, value, headers: [], timestamp: 1 }] });
  const frames = [];
  for (let n = 0; n < 1000; n++) {
    for (
      let ready = partitions.whenReady(batch.length);
      ready !== undefined;
      ready = partitions.whenReady(batch.length)
    )
      await ready;
    frames.push(partition.append(batch, 1).frame);
  }
  await durable(frames);
  let bytes = 0;
  for (let offset = 0; offset < partition.highWatermark; ) {
    const parts = await read(partition, offset, 64 * KIB, 'read_uncommitted');
    for (const part of parts) bytes += part.length;
    offset += Math.round(parts.reduce((sum, part) => sum + part.length, 0) / batch.length);
  }
  assert.equal(bytes, 1000 * batch.length);
  assert.ok(partition.tail.bytes <= 2 * SMALL.tailBytes);
  assert.ok(partitions.journal.capacityBytes <= SMALL.journal.limitBytes);
  await partitions.close();
});

test('V1: where nobody produces, what the broker writes itself finds room for ever', async () => {
  const { partitions } = await openStorage(memoryEnvironment(), silent, SMALL, CONFIG);
  const partition = partitions.host('ab'.repeat(16), 0, CONFIG);
  const commit = () => encodeBatch({ records: [{ key: null, value: null, headers: [], timestamp: 1 }] });
  for (let n = 0; n < 500; n++) {
    await partition.appendOwn(commit(), 1).frame!.durable;
    if (n % 10 === 0) await partitions.checkpoint();
  }
  assert.ok(partitions.journal.capacityBytes <= SMALL.journal.limitBytes);
  await partitions.close();
});

test('a batch that grows out of proportion when it is opened is refused as too large, so that its producer splits it', async () => {
  const compacted = { ...CONFIG, compacted: true };
  const { partitions } = await openStorage(memoryEnvironment(), silent, SMALL, compacted);
  const partition = partitions.host('ac'.repeat(16), 0, compacted);
  const batch = (mebibytes: number) => {
    const value = Buffer.alloc(mebibytes * 1024 * KIB);
    const records = [{ key: Buffer.from('k'), value, headers: [], timestamp: 1 }];
    return encodeBatch({ compression: 'zstd', records });
  };
  assert.throws(() => partition.append(batch(17), 1), /MESSAGE_TOO_LARGE/);
  await durable([partition.append(batch(15), 1).frame]);
  await partitions.close();
});
