import { Checks } from '../checks/index.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../base/index.ts';
import { BrokerConfigs } from '../broker/index.ts';
import { Controller } from '../cluster/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import { DEFAULT_STORAGE, openStorage } from './index.ts';

const KIBIBYTE = 1024;
const LIMIT = 4096 * KIBIBYTE;
const FILE = 1024 * KIBIBYTE;
const STEP = 256 * KIBIBYTE;
const OPTIONS = {
  ...DEFAULT_STORAGE,
  journal: {
    ...DEFAULT_STORAGE.journal,
    limitBytes: LIMIT,
    fileBytes: FILE,
    stepBytes: STEP,
    reserveBytes: STEP,
  },
};
const VALUE = Buffer.alloc(100 * KIBIBYTE, 'v');
const TOPIC = 'ab'.repeat(16);
const LIVES = 60;

/** A life on this disk. */
async function begin(disk: MemoryDisk) {
  const env = memoryEnvironment(undefined, disk);
  const configs = new BrokerConfigs(new Controller(env.clock).image, new Map(), new Checks(env.cpu));
  const config = configs.partitionConfig(undefined);
  const { partitions, lock } = await openStorage(env, silent, OPTIONS, config);
  const kill = async () => {
    await partitions.abandon();
    await lock.release();
  };
  return { partitions, partition: partitions.host(TOPIC, 0, config), kill };
}

async function append({ partitions, partition }: Awaited<ReturnType<typeof begin>>, value = VALUE) {
  const bytes = encodeBatch({ records: [{ key: null, value, headers: [], timestamp: 1 }] });
  const ready = () => partitions.whenReady(bytes.length);
  for (let wait = ready(); wait !== undefined; wait = ready()) await wait;
  await partition.append(bytes, 1).frame?.durable;
}

test('a broker serves before its checkpoint while the journal is within its limit', async () => {
  const disk = new MemoryDisk();
  const first = await begin(disk);
  const { journal } = first.partitions;
  while (journal.usedBytes <= LIMIT / 2) await append(first);
  const count = first.partition.highWatermark;
  await first.kill();
  const second = await begin(disk);
  assert.equal(second.partition.highWatermark, count);
  assert.equal(second.partitions.progress().checkpoint.finishedAt, undefined);
  await append(second);
  assert.equal(second.partitions.progress().checkpoint.isRunning, true);
  await second.partitions.checkpoint();
  assert.ok(second.partitions.journal.usedBytes < LIMIT / 2);
  await second.kill();
});

test('a broker that is killed again and again keeps its journal within the limit and one file, and every record', async () => {
  const disk = new MemoryDisk();
  for (let life = 0; life < LIVES; life++) {
    const broker = await begin(disk);
    const { partitions, partition, kill } = broker;
    assert.equal(partition.highWatermark, life);
    assert.ok(
      partitions.journal.capacityBytes <= LIMIT + FILE, // V3: one that a recovery began in
      `life ${life}: ${partitions.journal.capacityBytes} bytes`,
    );
    await append(broker, Buffer.from(`${life}`));
    await kill();
  }
});
