import assert from 'node:assert/strict';
import test from 'node:test';
import { deferred } from '../base/index.ts';
import type { Disk } from '../env/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { readAll, StorageWorld } from './storage-fixture.ts';

test('D1: what was appended while a checkpoint ran is there after a clean stop that found it running', async () => {
  const env = memoryEnvironment();
  const [reached, gate] = [deferred<void>(), deferred<void>()];
  const syncDirectory = async (path: string) => {
    if (path.startsWith('partitions/')) {
      reached.resolve();
      await gate.promise;
    }
    return env.disk.syncDirectory(path);
  };
  const disk = new Proxy<Disk>(env.disk, {
    get: (target, verb: keyof Disk) =>
      verb === 'syncDirectory' ? syncDirectory : target[verb].bind(target as never),
  });
  const world = new StorageWorld({ ...env, disk });
  const { partitions, partition } = await world.open();
  await world.append(partition, [{ value: Buffer.from('before') }]);
  const checkpoint = partitions.checkpoint();
  await reached.promise;
  await world.append(partition, [{ value: Buffer.from('meanwhile') }]);
  const closing = partitions.close();
  gate.resolve();
  await Promise.all([checkpoint, closing]);
  const next = await world.open();
  const values = (await readAll(next.partition)).map(({ value }) => String(value));
  assert.deepEqual(values, ['before', 'meanwhile']);
});
