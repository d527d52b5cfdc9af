import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import { readAll, StorageWorld } from './storage-fixture.ts';

test('D1: what is acknowledged while the folder is being closed is there afterwards; the rest is refused for good', async () => {
  const storage = new StorageWorld(memoryEnvironment());
  const { partitions, partition } = await storage.open();
  const acknowledged: number[] = [];
  const append = async (n: number) =>
    acknowledged.push(await storage.append(partition, [{ value: Buffer.from(`${n}`) }]));
  await append(0);
  const closing = partitions.close();
  const refusals: unknown[] = [];
  for (let n = 1; n < 50; n++) await append(n).catch((error: unknown) => refusals.push(error));
  await closing;
  const after = await storage.open();
  const found = (await readAll(after.partition)).map(({ offset }) => offset);
  assert.deepEqual(found, acknowledged);
  assert.match(String(refusals[0]), /nothing was written/);
});
