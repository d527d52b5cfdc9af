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
const STEP = 256 * KIBIBYTE;
const OPTIONS = {
  ...DEFAULT_STORAGE,
  journal: { ...DEFAULT_STORAGE.journal, limitBytes: LIMIT, stepBytes: STEP, reserveBytes: STEP },
};
const TOPIC = 'ab'.repeat(16);
const LIVES = 60;

test('a broker that is killed again and again keeps its journal within the limit, and every record', async () => {
  const disk = new MemoryDisk();
  for (let life = 0; life < LIVES; life++) {
    const env = memoryEnvironment(undefined, disk);
    const config = new BrokerConfigs(
      new Controller(env.clock).image,
      new Map(),
      new Checks(env.cpu),
    ).partitionConfig(undefined);
    const { partitions, lock } = await openStorage(env, silent, OPTIONS, config);
    const partition = partitions.host(TOPIC, 0, config);
    assert.equal(partition.highWatermark, life);
    assert.ok(
      partitions.journal.capacityBytes <= LIMIT,
      `life ${life}: ${partitions.journal.capacityBytes} bytes`,
    );
    const records = [{ key: null, value: Buffer.from(`${life}`), headers: [], timestamp: 1 }];
    for (let ready = partitions.whenReady(100); ready !== undefined; ready = partitions.whenReady(100))
      await ready;
    await partition.append(encodeBatch({ records }), 1).frame?.durable;
    partitions.abandon();
    await lock.release();
  }
});
