/**
 * Every place that syncs while a backup is made is found in the sources, reached, and made to fail, with the bytes lost. Checked
 * each time (B1): the backup says that it failed; after a power cut its folder is the backup that it was before, the new one
 * once its manifest was durable, or none that was ever complete; and the next one into the same folder is whole.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Disk } from '../env/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { Simulation } from '../env/sim/index.ts';
import type { ManifestContent } from '../log/index.ts';
import { readAll, StorageWorld } from '../partition/storage-fixture.ts';
import { FailingDisk, sitesInSources, type SyncFailure } from '../../test/sync/failing-disk.ts';
import { backUp, restore, TargetRefused } from './index.ts';

/** A manifest is written in the room of the log, and its syncs fail there. */
const ROOMS = ['backup', 'log'];
const compaction = {
  minCleanableRatio: 0,
  minLagMs: 0,
  maxLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 0,
};

/** What a log held when it was pinned. */
interface Pinned {
  readonly content: ManifestContent;
  readonly records: Awaited<ReturnType<typeof readAll>>;
}

/** A folder that was pinned before and after a compaction, both times with an idempotent producer. */
async function source(): Promise<{ disk: Disk; first: Pinned; second: Pinned }> {
  const storage = new StorageWorld(memoryEnvironment(), { compaction });
  const { partitions, partition } = await storage.open();
  const fill = async (from: number) => {
    for (let n = from; n < from + 40; n++)
      await storage.append(partition, [{ key: Buffer.from(`k${n % 5}`), value: Buffer.alloc(90, `${n} `) }], {
        producerId: 1,
        producerEpoch: 0,
        baseSequence: n,
      });
  };
  const pin = async () => ({ content: (await partitions.pin()).content, records: await readAll(partition) });
  await fill(0);
  const first = await pin();
  await partitions.upkeep.compact();
  await fill(40);
  return { disk: storage.disk, first, second: await pin() };
}

const { disk: folder, first, second } = await source();

interface Outcome {
  readonly failing: FailingDisk;
  readonly error: unknown;
}

async function runWith(failure: SyncFailure | undefined): Promise<Outcome> {
  const sim = new Simulation('backup', { trapAmbient: false });
  return sim.run(async () => {
    const { disk } = sim.broker.boot();
    const failing = new FailingDisk(ROOMS, failure);
    const target = failing.wrap(disk);
    let [done, error] = [0, undefined as unknown];
    try {
      for (const { content } of [first, second]) {
        await backUp(folder, target, content, options(0));
        done++;
      }
    } catch (cause) {
      error = cause;
    }
    const left = sim.machine('after a power cut');
    sim.broker.disk.copyDurableTo(left.disk);
    await holds(left.boot().disk, done, error);
    await backUp(folder, disk, second.content, options(0)); // tried again
    const again = sim.machine('tried again');
    sim.broker.disk.copyDurableTo(again.disk);
    assert.deepEqual(await restored(again.boot().disk), second.records);
    return { failing, error };
  });
}

function options(now: number) {
  return { now, from: 'here', onDamage: () => assert.fail('nothing is damaged') };
}

/** `done` backups were told to be complete, and the next one failed. */
async function holds(disk: Disk, done: number, error: unknown): Promise<void> {
  const found = await restored(disk).catch((refused: unknown) => {
    assert.ok(refused instanceof TargetRefused, String(refused));
    return undefined;
  });
  const allowed = [undefined, first.records, second.records].slice(
    done,
    error === undefined ? done + 1 : done + 2,
  );
  assert.ok(
    allowed.some((records) => JSON.stringify(records) === JSON.stringify(found)),
    `${found?.length} records after ${done} backups`,
  );
}

async function restored(backup: Disk): Promise<Pinned['records']> {
  const disk = new MemoryDisk();
  await restore(backup, disk, options(0));
  return readAll(
    (await new StorageWorld(memoryEnvironment(undefined, disk), { compaction }).open()).partition,
  );
}

const sound = await runWith(undefined);

test('two backups reach every sync of the room, and both are there after a power cut', () => {
  assert.equal(sound.error, undefined);
  const reached = [...sound.failing.counts.keys()].filter((site) => site.startsWith('backup/'));
  assert.deepEqual(reached.sort(), sitesInSources(['backup']));
  assert.ok([...sound.failing.counts.keys()].some((site) => site.startsWith('log/manifest.ts')));
});

for (const [site, count] of sound.failing.counts)
  for (const nth of new Set([1, count]))
    test(`EIO at ${site}, call ${nth}: the backup fails, and says nothing that is not so`, async () => {
      const { failing, error } = await runWith({ site, nth });
      assert.ok(failing.failedAt !== undefined, 'the call was not reached');
      assert.match(String(error), /EIO/);
    });
