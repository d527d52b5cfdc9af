/**
 * Every place in src that syncs a file, a folder or the disk is found in the sources, reached by one workload, and made to
 * fail: with EIO, at its first call and at its last, the bytes lost. Checked each time (D5):
 *
 *   the failure stops the folder: it is told, nothing is acknowledged after it, and what failed is not synced again
 *   nothing is claimed that is not there: after a power cut everything acknowledged is read back, at its offset
 *
 * A new sync that the workload does not reach fails the test: teach it to the workload.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../base/index.ts';
import type { DiskLock, Environment } from '../env/index.ts';
import { Simulation } from '../env/sim/index.ts';
import { encodeBatch, encodeMarker, forEachBatch, type NewBatch } from '../protocol/index.ts';
import { openStorage } from './open.ts';
import type { PartitionConfig } from './partition-config.ts';
import type { Partition } from './partition.ts';
import type { Partitions } from './partitions.ts';
import { read } from './reading.ts';
import { CONFIG, SMALL } from './storage-fixture.ts';
import { FailingDisk, sitesInSources, type SyncFailure } from '../../test/sync/failing-disk.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Rooms that hold what was acknowledged. A backup and a repair acknowledge nothing: their failure is the command's. */
const ROOMS = ['journal', 'log', 'partition'];
/** Virtual; enough for whatever would still happen. */
const AFTERWARDS_MS = 5_000;
/** More than are synced one by one at a checkpoint. */
const MANY = 251;
const topic = (n: number) => String(n).padStart(32, '0');
const STORAGE = {
  ...SMALL,
  cleanerBackoffMs: 1_000,
  /** The larger ones go straight into their segment. */
  directBytes: 500,
  journal: {
    ...SMALL.journal,
    limitBytes: 64 * MIB,
    fileBytes: 8 * MIB,
    stepBytes: 8 * MIB,
    frameTargetBytes: MIB,
  },
};
const compaction = {
  minCleanableRatio: 0,
  minLagMs: 0,
  maxLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 10_000,
};

interface Acknowledged {
  readonly topicId: string;
  readonly index: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** What a run leaves: how it failed, and what it had been told was safe. */
interface Outcome {
  readonly disk: FailingDisk;
  readonly acknowledged: readonly Acknowledged[];
  readonly failure: string | undefined;
  readonly logStarts: ReadonlyMap<string, number>;
}

class Workload {
  readonly acknowledged: Acknowledged[] = [];
  readonly logStarts = new Map<string, number>();
  partitions: Partitions | undefined;
  readonly #env: Environment;
  readonly #onFailed: (error: unknown) => void;

  constructor(env: Environment, onFailed: (error: unknown) => void) {
    this.#env = env;
    this.#onFailed = onFailed;
  }

  async open(): Promise<{ partitions: Partitions; lock: DiskLock }> {
    const { partitions, lock } = await openStorage(this.#env, silent, STORAGE, CONFIG);
    partitions.onFailed = this.#onFailed;
    this.partitions = partitions;
    void partitions.upkeep.tend();
    return { partitions, lock };
  }

  host(n: number, config: Partial<PartitionConfig> = {}, index = 0): Partition {
    return this.partitions!.host(topic(n), index, { ...CONFIG, ...config });
  }

  async append(
    partition: Partition,
    batch: Partial<NewBatch> & { value?: string; key?: string },
  ): Promise<void> {
    const { value = 'v', key, ...more } = batch;
    const now = this.#env.clock.now();
    const record = {
      key: key === undefined ? null : Buffer.from(key),
      value: Buffer.from(value),
      headers: [],
      timestamp: now,
    };
    const bytes = encodeBatch({ records: [record], ...more });
    for (
      let wait = this.partitions!.whenReady(bytes.length);
      wait;
      wait = this.partitions!.whenReady(bytes.length)
    )
      await wait;
    const { baseOffset, frame } = partition.append(bytes, now);
    await frame?.durable;
    const { topicId, index } = partition;
    this.acknowledged.push({ topicId, index, offset: baseOffset, bytes: Buffer.from(value) });
  }

  async run(): Promise<void> {
    const { partitions, lock } = await this.open();
    await this.#largeBatches();
    await this.#segmentsAndSnapshots(partitions);
    await this.#compaction();
    await this.#manyPartitions(partitions);
    await this.append(this.host(1), { value: 'the last frame of this life' });
    await partitions.abandon();
    await lock.release();
    const again = await this.open();
    await this.append(this.host(1), { value: 'after a kill' });
    await again.partitions.close();
  }

  async #segmentsAndSnapshots(partitions: Partitions): Promise<void> {
    const partition = this.host(1);
    const producer = { producerId: 7, producerEpoch: 0 };
    for (let n = 0; n < 30; n++)
      await this.append(partition, { ...producer, baseSequence: n, value: `${n} ${'x'.repeat(100)}` });
    await this.append(partition, { producerId: 8, producerEpoch: 0, baseSequence: 0, isTransactional: true });
    const marker = { producerId: 8, producerEpoch: 0, isCommit: false, coordinatorEpoch: 0, timestamp: 1 };
    await partitions.commit([{ partition, bytes: encodeMarker(marker) }], 1).durable;
    await this.#checkpoint();
    this.logStarts.set(partition.topicId, 3);
    await partitions.deleteRecords(partition, 3);
    await this.#checkpoint(); // at the same offset: the snapshot is replaced
  }

  async #largeBatches(): Promise<void> {
    const config = { maxMessageBytes: 2 * MIB, segmentBytes: 64 * MIB };
    for (let n = 0; n < 5; n++) await this.append(this.host(2, config), { value: `${n}`.repeat(MIB) });
    await this.#checkpoint();
  }

  async #compaction(): Promise<void> {
    const partition = this.host(3, { compacted: true, compaction });
    for (let n = 0; n < 60; n++)
      await this.append(partition, { key: `k${n % 3}`, value: `${n} ${'x'.repeat(60)}` });
    await this.#checkpoint();
    while (partition.log.cleanedTo === 0) await this.#env.clock.sleep(100);
    await this.#checkpoint();
  }

  async #manyPartitions(partitions: Partitions): Promise<void> {
    const all = Array.from({ length: MANY }, (_, index) => this.host(4, {}, index));
    await Promise.all(all.map((partition) => this.append(partition, { value: `${partition.index}` })));
    assert.equal([...partitions.all()].length, MANY + 3);
    await this.#checkpoint();
  }

  /** As a backup asks for it. */
  async #checkpoint(): Promise<void> {
    await (await this.partitions!.pin()).release();
  }
}

/** The workload in a world where the disk fails there; then a power cut, and a look at what is on the disk. */
async function runWith(failure: SyncFailure | undefined): Promise<Outcome> {
  const sim = new Simulation('sync sites', { trapAmbient: false });
  const disk = new FailingDisk(ROOMS, failure);
  return sim.run(async () => {
    let failed: string | undefined;
    let tell = () => {};
    const told = new Promise<void>((resolve) => (tell = resolve));
    const onFailed = (error: unknown) => {
      failed ??= String(error);
      tell();
    };
    sim.broker.onFatal = onFailed;
    const env = sim.boot();
    const work = new Workload({ ...env, disk: disk.wrap(env.disk) }, onFailed);
    const { acknowledged, logStarts } = work;
    await Promise.race([work.run().catch(onFailed), told]);
    if (failure !== undefined) await nothingMore(work, sim);
    const image = sim.machine('what is left');
    sim.broker.disk.copyDurableTo(image.disk);
    if (sim.broker.alive) sim.powerCut();
    await readBack(image.boot(), acknowledged, logStarts);
    return { disk, acknowledged, failure: failed, logStarts };
  });
}

/** After the failure nothing is acknowledged, whoever asks. */
async function nothingMore(work: Workload, sim: Simulation): Promise<void> {
  const before = work.acknowledged.length;
  const { partitions } = work;
  if (partitions !== undefined && sim.broker.alive) {
    void work.append(work.host(1), { value: 'too late' }).catch(() => {});
    void work.append(work.host(3), { value: 'too late' }).catch(() => {});
    void partitions.pin().catch(() => {});
  }
  await sim.clock.sleep(AFTERWARDS_MS);
  assert.equal(work.acknowledged.length, before, 'acknowledged after the failure');
}

async function readBack(
  env: Environment,
  acknowledged: readonly Acknowledged[],
  logStarts: ReadonlyMap<string, number>,
): Promise<void> {
  const { partitions } = await openStorage(env, silent, STORAGE, CONFIG);
  for (const { topicId, index, offset, bytes } of acknowledged) {
    const partition = partitions.find(topicId, index);
    assert.ok(partition !== undefined, `partition ${topicId}-${index} is gone`);
    assert.ok(offset < partition.highWatermark, `offset ${offset} of ${topicId}-${index} is gone`);
    if (offset < (logStarts.get(topicId) ?? 0)) continue;
    const found = await batchAt(partition, offset);
    if (found === undefined && topicId === topic(3)) continue; // a newer one of its key took its place
    assert.ok(found?.includes(bytes), `offset ${offset} of ${topicId}-${index} is not what was written`);
  }
  await partitions.close();
}

/** The batch that begins there; undefined: another one comes after. */
async function batchAt(partition: Partition, offset: number): Promise<Buffer | undefined> {
  let found: Buffer | undefined;
  for (const bytes of await read(partition, offset, 1, 'read_uncommitted'))
    forEachBatch(bytes, (batch) => {
      if (batch.baseOffset === offset) found = Buffer.from(batch.bytes);
    });
  return found;
}

const sound = await runWith(undefined);

test('the workload reaches every sync in the sources, and everything is there after a power cut', () => {
  assert.equal(sound.failure, undefined);
  assert.deepEqual([...sound.disk.counts.keys()].sort(), sitesInSources(ROOMS));
  assert.ok(sound.acknowledged.length > MANY);
});

for (const [site, count] of sound.disk.counts)
  for (const nth of new Set([1, count]))
    test(`D5: EIO at ${site}, call ${nth}: the folder stops, and nothing is claimed that is not there`, async () => {
      const { disk, failure } = await runWith({ site, nth });
      assert.ok(disk.failedAt !== undefined, 'the call was not reached');
      assert.ok(failure !== undefined, 'nobody was told');
      assert.deepEqual(disk.syncedAgain, []);
    });
