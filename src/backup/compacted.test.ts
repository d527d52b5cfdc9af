/** Backups of a log that is compacted between them: what they hold is whole each time, and nothing old stays. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { readAll, StorageWorld } from '../partition/storage-fixture.ts';
import { backUp, restore } from './index.ts';

const compaction = {
  minCleanableRatio: 0,
  minLagMs: 0,
  maxLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 0,
};

test('a log is backed up before, between and after its compactions, and restored whole', async () => {
  const storage = new StorageWorld(memoryEnvironment(), { compaction });
  const { partitions, partition } = await storage.open();
  const target = new MemoryDisk();
  const refuse = () => assert.fail('nothing is damaged');
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < 60; n++)
      await storage.append(partition, [
        {
          key: Buffer.from(n % 4 === 0 ? `${round} ${n}` : `k${n % 5}`),
          value: Buffer.alloc(100, `${round} `),
        },
      ]);
    await partitions.checkpoint();
    if (round > 0) assert.equal(await partitions.upkeep.compact(), 1);
    await partitions.checkpoint();
    await partitions.upkeep.disposal.finish();
    const { content, release } = await partitions.pin();
    await backUp(storage.disk, target, content, { now: 0, from: 'here', onDamage: refuse });
    await release();
    const restored = new MemoryDisk();
    await restore(target, restored, { onDamage: refuse });
    const other = new StorageWorld(memoryEnvironment(undefined, restored), { compaction });
    const { partition: copy } = await other.open();
    assert.deepEqual(await readAll(copy), await readAll(partition), `round ${round}`);
    const folders = (await target.list(partition.log.directory)).filter((name) =>
      name.startsWith('cleaned-'),
    );
    const named = new Set(content.partitions[0]!.segments.map(({ generation }) => generation ?? 0));
    named.delete(0);
    assert.deepEqual(
      folders,
      [...named].map((generation) => `cleaned-${generation}`),
    );
    assert.equal(folders.length > 0, round > 0);
  }
});
