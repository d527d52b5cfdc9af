import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import { SeededRandom } from '../env/seeded-random.ts';
import {
  type BatchRecord,
  encodeBatch,
  encodeMarker,
  type NewBatch,
  RecordBatch,
} from '../protocol/index.ts';
import type { Partition } from './partition.ts';
import type { PartitionConfig } from './partition-config.ts';
import { committedFrom, CONFIG, lived, readAll, SMALL, StorageWorld, TOPIC } from './storage-fixture.ts';

const DELETE_RETENTION_MS = 10_000;
const compaction = {
  minCleanableRatio: 0,
  minLagMs: 0,
  maxLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: DELETE_RETENTION_MS,
};
const world = (config: Partial<PartitionConfig> = {}, options: Partial<typeof SMALL> = {}) =>
  new StorageWorld(memoryEnvironment(), { compaction, ...config }, options);
const moment = () => new Promise((resolve) => setImmediate(resolve));
const pad = 'x'.repeat(60);
const record = (key: string, value: string | null) => ({
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(`${value} ${pad}`),
});
/** Newest value of each key; null: deleted. */
const valuesOf = (records: readonly BatchRecord[]) =>
  new Map(
    records.map(({ key, value }) => [String(key), value === null ? null : String(value).split(' ')[0]!]),
  );

async function logFiles(storage: StorageWorld, partition: Partition): Promise<string[]> {
  const found: string[] = [];
  const visit = async (directory: string) => {
    for (const name of await storage.disk.list(directory))
      if (/^cleaned-\d+$/.test(name)) await visit(`${directory}/${name}`);
      else if (name.endsWith('.log')) found.push(name);
  };
  await visit(partition.log.directory);
  return found;
}

test('of each key the newest record stays, unmodified, at its offset; segments that became small are merged', async () => {
  const storage = world();
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 200; n++) await storage.append(partition, [record(`k${n % 7}`, `v${n}`)]);
  await partitions.checkpoint();
  const before = await readAll(partition);
  const segments = partition.log.segments().length;
  assert.ok(segments > 15);
  assert.equal(await partitions.upkeep.compact(), 1);
  await partitions.checkpoint();
  await partitions.upkeep.disposal.finish();
  const after = await readAll(partition);
  const active = partition.log.segments().at(-1)!.baseOffset;
  const newest = new Map(before.filter(({ offset }) => offset < active).map((one) => [String(one.key), one]));
  assert.deepEqual(
    after,
    before.filter((one) => one.offset >= active || newest.get(String(one.key)) === one),
  );
  assert.deepEqual(valuesOf(after), valuesOf(before));
  assert.ok(partition.log.segments().length <= 3, `${partition.log.segments().length} segments`);
  assert.equal((await logFiles(storage, partition)).length, partition.log.segments().length);
  for (let offset = 0; offset < 200; offset++)
    assert.equal(
      (await readAll(partition, offset))[0]!.offset,
      after.find((one) => one.offset >= offset)!.offset,
    );
  assert.equal(await partitions.upkeep.compact(), 0, 'nothing is dirty');
  const reopened = await storage.open();
  assert.deepEqual(await readAll(reopened.partition), after);
  assert.equal(reopened.partition.log.cleanedTo, active);
});

test('tombstones stay for delete.retention.ms from the first cleaning, and go with one after that', async () => {
  const storage = world();
  const { partitions, partition } = await storage.open();
  const fill = async () => {
    for (let n = 0; n < 30; n++) await storage.append(partition, [record('filler', `${n}`)]);
    await partitions.checkpoint();
    await partitions.upkeep.compact();
  };
  await storage.append(partition, [record('gone', 'v'), record('stays', 'v')]);
  await storage.append(partition, [record('gone', null)], { compression: 'gzip' });
  await fill();
  const values = async () => valuesOf(await readAll(partition));
  assert.deepEqual([(await values()).get('gone'), (await values()).get('stays')], [null, 'v']);
  const [bytes] = await partition.log.read(2, 1, 3).then((one) => [RecordBatch.at(one, 0)]);
  assert.equal(bytes!.attributes & 0x40, 0x40, 'the batch names the horizon');
  assert.equal(bytes!.baseTimestamp, storage.now + DELETE_RETENTION_MS);
  assert.ok(bytes!.isCrcRight());
  storage.now += DELETE_RETENTION_MS - 1;
  await fill();
  assert.equal((await values()).get('gone'), null);
  storage.now += 1;
  await fill();
  assert.deepEqual([(await values()).has('gone'), (await values()).get('stays')], [false, 'v']);
});

test('records without keys stay; what is younger than min.compaction.lag.ms stays', async () => {
  const storage = world({ compaction: { ...compaction, minLagMs: 5_000 } });
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 60; n++)
    await storage.append(partition, n % 5 === 0 ? [{ value: Buffer.from(pad) }] : [record('k', `${n}`)]);
  await partitions.checkpoint();
  assert.equal(await partitions.upkeep.compact(), 0);
  storage.now += 5_000;
  assert.equal(await partitions.upkeep.compact(), 1);
  const records = await readAll(partition);
  assert.equal(records.filter(({ key }) => key === null).length, 12);
  assert.ok(records.length < 30, `${records.map(({ offset }) => offset)}`);
});

test('a log with more keys than memory takes is cleaned in several passes', async () => {
  const storage = world({}, { ...SMALL, cleanerMapBytes: 24 * 12 });
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 300; n++) await storage.append(partition, [record(`k${n % 50}`, `${n}`)]);
  await partitions.checkpoint();
  const expected = valuesOf(await readAll(partition));
  const passes = await partitions.upkeep.compact();
  assert.ok(passes > 5, `${passes} passes`);
  assert.deepEqual(valuesOf(await readAll(partition)), expected);
  assert.ok((await readAll(partition)).length < 120);
});

test('readers go on while segments are replaced and unlinked under them', async () => {
  const storage = world();
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 120; n++) await storage.append(partition, [record(`k${n % 3}`, `${n}`)]);
  await partitions.checkpoint();
  const expected = valuesOf(await readAll(partition));
  let isOver = false;
  const readers = Array.from({ length: 2 }, async () => {
    let rounds = 0;
    while (!isOver || rounds === 0) {
      assert.deepEqual(valuesOf(await readAll(partition)), expected);
      await moment();
      rounds++;
    }
    return rounds;
  });
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 20; n++) await storage.append(partition, [record('k0', expected.get('k0')!)]);
    await partitions.upkeep.compact();
    await partitions.checkpoint();
    await partitions.upkeep.disposal.finish();
  }
  isOver = true;
  await Promise.all(readers);
});

test('a deletion, or retention that was faster, ends a pass and leaves nothing behind', async () => {
  const storage = world();
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 200; n++) await storage.append(partition, [record(`k${n % 3}`, `${n}`)]);
  await partitions.checkpoint();
  const passes = partitions.upkeep.compact();
  await partitions.deleteRecords(partition, 150);
  await partitions.checkpoint();
  assert.ok((await passes) <= 1);
  assert.deepEqual(
    valuesOf(await readAll(partition)),
    new Map([
      ['k0', '198'],
      ['k1', '199'],
      ['k2', '197'],
    ]),
  );
  await partitions.checkpoint();
  await partitions.upkeep.disposal.finish();
  assert.equal((await logFiles(storage, partition)).length, partition.log.segments().length);
  for (let n = 0; n < 100; n++) await storage.append(partition, [record(`k${n % 3}`, `${n}`)]);
  await partitions.checkpoint();
  const last = partitions.upkeep.compact();
  partitions.drop(TOPIC);
  await last;
  await partitions.checkpoint();
  await partitions.upkeep.disposal.finish();
  assert.deepEqual(await storage.disk.list('partitions'), []);
});

test('V4: a batch that is too large to be opened ends the cleaning of its partition, and nothing else', async () => {
  const storage = world({ segmentBytes: 16 * 1024 });
  const { partitions, partition } = await storage.open();
  const value = Buffer.alloc(257 * 1024 * 1024);
  await storage.append(partition, [{ key: Buffer.from('bomb'), value }], { compression: 'zstd' });
  partition.config = { ...partition.config, compacted: true }; // it came before the topic was compacted
  for (let n = 0; n < 200; n++) await storage.append(partition, [record('k', `${n}`)]);
  await partitions.checkpoint();
  assert.equal(await partitions.upkeep.compact(), 0);
  assert.ok(storage.told.some((message) => /too large to be opened is not compacted any more/.test(message)));
});

test('damage ends the cleaning of a partition, and nothing of it is cleaned away', async () => {
  const storage = world();
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 100; n++) await storage.append(partition, [record('k', `${n}`)]);
  await partitions.checkpoint();
  const path = `${partition.log.directory}/${(await logFiles(storage, partition))[1]!}`;
  const file = await storage.disk.open(path);
  const byte = await file.read(200, 1);
  byte[0]! ^= 1;
  await file.write(200, [byte]);
  const segments = partition.log.segments().map((one) => one.baseOffset);
  assert.equal(await partitions.upkeep.compact(), 0);
  assert.ok(storage.told.some((message) => /not compacted any more/.test(message)));
  assert.deepEqual(
    partition.log.segments().map((one) => one.baseOffset),
    segments,
  );
  await storage.append(partition, [record('k', 'goes on')]);
  assert.equal(await partitions.upkeep.compact(), 0);
});

/** A log of everything that compaction treats specially, beside what must be true of it. */
class Model {
  readonly random: SeededRandom;
  readonly storage: StorageWorld;
  partition!: Partition;
  partitions!: Awaited<ReturnType<StorageWorld['open']>>['partitions'];
  /** Every record ever appended; `outcome` of its transaction. */
  readonly records: (BatchRecord & { outcome: () => 'committed' | 'aborted' | 'open' })[] = [];
  readonly #open = new Map<number, { outcome: 'committed' | 'aborted' | 'open'; marker: number }>();
  readonly #sequences = new Map<number, number>();
  /** When a compaction first reached a tombstone. */
  readonly #reached = new Map<number, number>();

  constructor(seed: string) {
    this.random = new SeededRandom(seed);
    const segmentBytes = 700 + this.random.below(2_000);
    const cleanerMapBytes = this.random.below(3) === 0 ? 24 * 20 : SMALL.cleanerMapBytes;
    this.storage = world({ segmentBytes }, { cleanerMapBytes });
  }

  async reopen(): Promise<void> {
    ({ partition: this.partition, partitions: this.partitions } = await this.storage.open());
  }

  async append(): Promise<void> {
    const { random, storage } = this;
    const count = 1 + random.below(4);
    const made = Array.from({ length: count }, () => {
      const key = random.below(12) === 0 ? null : Buffer.from(`k${random.below(15)}`);
      const value =
        key !== null && random.below(6) === 0
          ? null
          : Buffer.from(`v${random.below(1e6)}`.padEnd(random.below(60)));
      const headers: [string, Buffer][] = random.below(4) === 0 ? [['h', Buffer.from('1')]] : [];
      return { key, value, headers, timestamp: storage.now + random.below(100) - 50 };
    });
    const producerId = random.below(4);
    const isTransactional = producerId >= 2;
    const more: Partial<NewBatch> =
      producerId === 0
        ? {}
        : {
            producerId,
            producerEpoch: 0,
            baseSequence: this.#sequences.get(producerId) ?? 0,
            isTransactional,
          };
    if (producerId > 0) this.#sequences.set(producerId, (this.#sequences.get(producerId) ?? 0) + count);
    const transaction = isTransactional
      ? (this.#open.get(producerId) ?? { outcome: 'open' as const, marker: -1 })
      : { outcome: 'committed' as const, marker: -1 };
    if (isTransactional) this.#open.set(producerId, transaction);
    const compression = random.below(3) === 0 ? 'gzip' : 'none';
    const base = await storage.append(this.partition, made, { ...more, compression });
    for (const [n, one] of made.entries())
      this.records.push({ ...one, offset: base + n, outcome: () => transaction.outcome });
  }

  async endTransaction(): Promise<void> {
    const [producerId, transaction] = [...this.#open][0] ?? [];
    if (producerId === undefined || transaction === undefined) return;
    const isCommit = this.random.below(2) === 0;
    const marker = encodeMarker({
      producerId,
      producerEpoch: 0,
      isCommit,
      coordinatorEpoch: 1,
      timestamp: this.storage.now,
    });
    const { frame } = this.partition.appendOwn(marker, this.storage.now);
    await frame?.durable;
    transaction.outcome = isCommit ? 'committed' : 'aborted';
    this.#open.delete(producerId);
  }

  async compact(): Promise<void> {
    await this.partitions.upkeep.compact();
    for (const { offset, value } of this.records)
      if (value === null && offset < this.partition.log.cleanedTo && !this.#reached.has(offset))
        this.#reached.set(offset, this.storage.now);
  }

  async check(): Promise<void> {
    const { partition, storage } = this;
    const found = await readAll(partition, 0);
    const offsets = found.map(({ offset }) => offset);
    for (let n = 1; n < offsets.length; n++) assert.ok(offsets[n]! > offsets[n - 1]!, 'O2');
    const present = new Map(found.map((one) => [one.offset, one]));
    const newest = new Map<string, number>();
    for (const { offset, key, outcome } of this.records)
      if (key !== null && outcome() === 'committed') newest.set(String(key), offset);
    for (const { outcome, ...one } of this.records) {
      const here = present.get(one.offset);
      if (here !== undefined) assert.deepEqual(here, one, 'K1: unmodified');
      if (outcome() === 'aborted') continue;
      const mustStay = one.key === null || newest.get(String(one.key)) === one.offset || outcome() === 'open';
      const reached = this.#reached.get(one.offset);
      const mayGo =
        one.value === null && reached !== undefined && storage.now - reached >= DELETE_RETENTION_MS;
      if (mustStay && !mayGo) assert.ok(here !== undefined, `K1, K2, K4: offset ${one.offset} is gone`);
    }
    await this.#checkCommitted(found);
  }

  /** K3: a client that leaves out what the broker names as aborted sees all that is committed, and nothing else. */
  async #checkCommitted(found: readonly BatchRecord[]): Promise<void> {
    const { partition, random } = this;
    const shown = await committedFrom(partition, 0, 1 + random.below(4_000));
    const outcomes = new Map(this.records.map(({ offset, outcome }) => [offset, outcome()]));
    for (const { offset } of shown)
      assert.equal(outcomes.get(offset), 'committed', `K3: record ${offset} is shown`);
    const offsets = new Set(shown.map(({ offset }) => offset));
    for (const { offset } of found)
      if (offset < partition.lastStableOffset && outcomes.get(offset) === 'committed')
        assert.ok(offsets.has(offset), `K3: record ${offset} is hidden`);
  }
}

test('whatever is appended, aborted, deleted, cleaned and crashed: K1 to K4 hold', async () => {
  for (let seed = 0; seed < 40; seed++) {
    const model = new Model(`compaction ${seed}`);
    await model.reopen();
    try {
      for (let step = 0; step < 80; step++) {
        const dice = model.random.below(100);
        if (dice < 55) await model.append();
        else if (dice < 68) await model.endTransaction();
        else if (dice < 74) model.storage.now += model.random.below(8_000);
        else if (dice < 82) await model.partitions.checkpoint();
        else if (dice < 92) {
          await model.compact();
          await model.check();
        } else if (dice < 96) await model.reopen();
        else await model.check();
      }
      await model.check();
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});

test('a crash before any change of the disk leaves the old segments or the new ones, never both, never neither', async () => {
  let expected: Map<string, string | null> | undefined;
  for (let diesAt = 0; ; diesAt++) {
    const storage = world();
    const first = await storage.open();
    for (let n = 0; n < 40; n++) await storage.append(first.partition, [record(`k${n % 4}`, `v${n}`)]);
    await first.partitions.close();
    expected ??= valuesOf(await readAll(first.partition));
    const work = (async () => {
      const { partitions } = await storage.open(diesAt);
      await partitions.upkeep.compact();
      await partitions.checkpoint();
      await partitions.upkeep.disposal.finish();
    })();
    const isDone = await lived(storage, diesAt, work);
    const { partition, partitions } = await storage.open();
    const records = await readAll(partition);
    assert.deepEqual(valuesOf(records), expected, `dies at ${diesAt}`);
    assert.equal(partition.highWatermark, 40);
    for (let n = 1; n < records.length; n++) assert.ok(records[n]!.offset > records[n - 1]!.offset);
    await partitions.upkeep.tidy();
    await partitions.upkeep.compact();
    await partitions.close();
    assert.deepEqual(valuesOf(await readAll(partition)), expected, `dies at ${diesAt}`);
    assert.ok((await readAll(partition)).length < 20, 'cleaned in the end');
    assert.equal(
      (await logFiles(storage, partition)).length,
      partition.log.segments().length,
      `dies at ${diesAt}`,
    );
    if (isDone) return;
  }
});

test('the last batch of a producer stays without records, and its retry is still a duplicate', async () => {
  const storage = world();
  const { partitions, partition } = await storage.open();
  const mine = {
    records: [{ ...record('k', 'first'), headers: [], timestamp: storage.now }],
    producerId: 9,
    producerEpoch: 0,
    baseSequence: 0,
  };
  assert.equal(partition.append(encodeBatch(mine), storage.now).baseOffset, 0);
  for (let n = 0; n < 40; n++) await storage.append(partition, [record('k', `${n}`)]);
  await partitions.checkpoint();
  assert.equal(await partitions.upkeep.compact(), 1);
  const batch = RecordBatch.at(await partition.log.read(0, 1, 1), 0);
  assert.deepEqual(
    [
      batch.baseOffset,
      batch.lastOffset,
      batch.recordCount,
      batch.producerId,
      batch.baseSequence,
      batch.isCrcRight(),
    ],
    [0, 0, 0, 9, 0, true],
  );
  assert.equal(partition.append(encodeBatch(mine), storage.now).baseOffset, 0);
  assert.equal(CONFIG.compaction, undefined);
});

test('V4: retention that takes the segments away from under a compaction ends that pass, and nothing else', async () => {
  const storage = world();
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 300; n++) await storage.append(partition, [record(`k${n % 7}`, `v${n}`)]);
  await partitions.checkpoint();
  const cleaning = partitions.upkeep.compact();
  await partitions.deleteRecords(partition, 290);
  await partitions.checkpoint();
  await partitions.upkeep.disposal.finish();
  assert.equal(await cleaning, 0);
  assert.deepEqual(
    (await readAll(partition)).map(({ offset }) => offset),
    Array.from({ length: 10 }, (_, n) => 290 + n),
  );
});
