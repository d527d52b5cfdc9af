import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment } from '../env/memory/index.ts';
import { SeededRandom } from '../env/seeded-random.ts';
import { encodeBatch } from '../protocol/index.ts';
import { SMALL, lived, readAll, StorageWorld, TOPIC } from './storage-fixture.ts';

const DAY = 86_400_000;
const value = Buffer.alloc(100, 'v');
const week = { retentionMs: 7 * DAY, retentionBytes: -1 };
const world = (...[config, options]: [ConstructorParameters<typeof StorageWorld>[1]?, typeof SMALL?]) =>
  new StorageWorld(memoryEnvironment(), config, options);
const offsets = async (partition: Parameters<typeof readAll>[0]) =>
  (await readAll(partition)).map((record) => record.offset);
const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

test('records deleted before they reached a segment are gone, and everything goes on', async () => {
  const storage = world({ segmentBytes: 4096 });
  for (const isKilled of [true, false]) {
    const { partitions, partition } = await storage.open();
    const base = await storage.append(
      partition,
      upTo(0, 10).map(() => ({ value })),
    );
    assert.equal(await partitions.deleteRecords(partition, base + 5), base + 5);
    await storage.append(partition, [{ value }]);
    assert.deepEqual(await offsets(partition), upTo(base + 5, base + 11));
    if (isKilled) continue; // replayed at the next start, and checkpointed there
    await partitions.checkpoint();
    assert.deepEqual(await offsets(partition), upTo(base + 5, base + 11));
    await partitions.deleteRecords(partition, base + 11);
    await storage.append(partition, [{ value }]);
    await partitions.close();
  }
  const { partition } = await storage.open();
  assert.deepEqual([partition.logStartOffset, partition.highWatermark], [22, 23]);
  assert.deepEqual(await offsets(partition), [22]);
});

test('segments go by age, the newest one too, also from memory; what comes after begins a new one', async () => {
  const storage = world({ retention: week });
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 20; n++) await storage.append(partition, [{ value }]);
  await partitions.checkpoint();
  storage.now += 7 * DAY;
  await partitions.upkeep.expire();
  assert.equal(partition.logStartOffset, 0, 'exactly retention.ms old stays');
  await storage.append(partition, [{ value }]);
  storage.now++;
  await partitions.upkeep.expire();
  assert.equal(partition.logStartOffset, 20);
  assert.deepEqual(await offsets(partition), [20]);
  storage.now += 7 * DAY;
  await partitions.upkeep.expire();
  assert.deepEqual([partition.logStartOffset, partition.highWatermark], [21, 21]);
  await partitions.checkpoint();
  await partitions.upkeep.disposal.finish();
  assert.deepEqual(
    (await storage.disk.list(partition.log.directory)).filter((name) => name.endsWith('.log')),
    [],
  );
  assert.equal(await storage.append(partition, [{ value }]), 21);
  assert.deepEqual(await offsets(partition), [21]);
});

test('files stay for file.delete.delay.ms, and a clean stop leaves none', async () => {
  const storage = world({ retention: { retentionMs: -1, retentionBytes: 0 }, fileDeleteDelayMs: 60_000 });
  const { partitions, partition } = await storage.open();
  const logs = async () =>
    (await storage.disk.list(partition.log.directory)).filter((name) => name.endsWith('.log')).length;
  for (let n = 0; n < 30; n++) await storage.append(partition, [{ value }]);
  await partitions.checkpoint();
  const before = await logs();
  assert.ok(before > 3);
  await partitions.upkeep.expire();
  await partitions.upkeep.disposal.run();
  assert.equal(await logs(), before, 'the manifest on disk names them');
  await partitions.checkpoint();
  storage.now += 59_999;
  await partitions.upkeep.disposal.run();
  assert.equal(await logs(), before);
  storage.now++;
  await partitions.upkeep.disposal.run();
  assert.equal(await logs(), 0);
  await storage.append(partition, [{ value }]);
  await partitions.checkpoint();
  await partitions.upkeep.expire();
  await partitions.close();
  assert.equal(await logs(), 0, 'removed after the last manifest named it');
});

test('without retention nothing goes; size counts what is left, as in Kafka', async () => {
  const storage = world({}, { ...SMALL, tailBytes: 4096 });
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 40; n++) await storage.append(partition, [{ value }]);
  await partitions.checkpoint();
  storage.now += 1000 * DAY;
  await partitions.upkeep.expire();
  assert.equal(partition.logStartOffset, 0);
  const sizes = partition.log.segments().map((segment) => segment.bytes);
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  partition.config = {
    ...storage.config,
    retention: { retentionMs: -1, retentionBytes: total - sizes[0]! + 1 },
  };
  await partitions.upkeep.expire();
  assert.equal(partition.logStartOffset, 0);
  partition.config = { ...storage.config, retention: { retentionMs: -1, retentionBytes: total - sizes[0]! } };
  await partitions.upkeep.expire();
  assert.equal(partition.logStartOffset, partition.log.segments()[1]!.baseOffset);
});

test('a record from the future keeps its segment until its time has passed, and that is told', async () => {
  const storage = world({ retention: week, timestampAfterMaxMs: 3_600_000 });
  const { partitions, partition } = await storage.open();
  await storage.append(partition, [{ value, timestamp: storage.now + 3_000_000 }]);
  storage.now -= 10 * DAY; // the clock was wrong
  await partitions.upkeep.expire();
  assert.equal(partition.logStartOffset, 0);
  assert.equal(storage.told.filter((message) => /future/.test(message)).length, 1);
  storage.now += 10 * DAY + 7 * DAY + 3_000_001;
  await partitions.upkeep.expire();
  assert.equal(partition.logStartOffset, 1);
});

test('a deleted topic goes after the next checkpoint, without holding up anything', async () => {
  const storage = world();
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 300; n++) await storage.append(partition, [{ value }]);
  await partitions.checkpoint();
  partitions.drop(TOPIC);
  await assert.rejects(readAll(partition, 0), /UNKNOWN_TOPIC_OR_PARTITION/);
  const before = storage.changes;
  await partitions.checkpoint();
  assert.ok(storage.changes - before < 10, 'a checkpoint unlinks nothing itself');
  await partitions.upkeep.disposal.finish();
  assert.deepEqual(await storage.disk.list('partitions'), []);
});

const OLDER_THAN_A_DAY = 10;

/** What must hold after any crash: nothing is gone that was not due, everything that remains is whole and in order. */
test('a crash before any change of the disk during retention loses nothing and brings nothing back', async () => {
  for (let diesAt = 0; ; diesAt++) {
    const storage = world({ retention: { retentionMs: DAY, retentionBytes: -1 } });
    const first = await storage.open();
    for (let n = 0; n < 30; n++) {
      await storage.append(first.partition, [{ value }]);
      storage.now += DAY / 20;
    }
    assert.equal(first.partition.highWatermark - 20, OLDER_THAN_A_DAY);
    await first.partitions.close();
    let reached = 0;
    const work = (async () => {
      const second = await storage.open(diesAt);
      await second.partitions.upkeep.expire();
      reached = second.partition.logStartOffset; // told to somebody: must never fall
      await second.partitions.checkpoint();
      await second.partitions.upkeep.disposal.finish();
      await storage.append(second.partition, [{ value }]);
    })();
    const isDone = await lived(storage, diesAt, work);
    const { partition, partitions } = await storage.open();
    assert.ok(partition.logStartOffset >= reached, `dies at ${diesAt}`);
    assert.ok(partition.logStartOffset <= OLDER_THAN_A_DAY);
    const found = await offsets(partition);
    assert.deepEqual(found, upTo(partition.logStartOffset, partition.highWatermark), `dies at ${diesAt}`);
    assert.ok(partition.highWatermark >= 30);
    await partitions.upkeep.tidy();
    await partitions.upkeep.expire();
    await partitions.close();
    const files = (await storage.disk.list(partition.log.directory)).filter((name) => name.endsWith('.log'));
    assert.equal(files.length, partition.log.segments().length, 'no file is left over');
    if (isDone) return;
  }
});

test('whatever is appended, expired and deleted, nothing younger than it may go and nothing older stays', async () => {
  for (let seed = 0; seed < 25; seed++) {
    const random = new SeededRandom(`expiry ${seed}`);
    const retentionMs = random.below(3) === 0 ? -1 : 1_000 + random.below(50_000);
    const retentionBytes = random.below(2) === 0 ? -1 : random.below(8_000);
    const storage = world({
      retention: { retentionMs, retentionBytes },
      segmentBytes: 300 + random.below(3_000),
    });
    let { partitions, partition } = await storage.open();
    const written: { timestamp: number; bytes: number }[] = [];
    let start = 0;
    for (let step = 0; step < 60; step++) {
      const dice = random.below(100);
      if (dice < 50) {
        const timestamp = storage.now - random.below(20_000);
        await storage.append(partition, [{ value, timestamp }]);
        written.push({ timestamp, bytes: 61 + value.length });
      } else if (dice < 65) storage.now += random.below(20_000);
      else if (dice < 80) await partitions.checkpoint();
      else if (dice < 85) await partitions.upkeep.disposal.run();
      else if (dice < 90) ({ partitions, partition } = await storage.open());
      else if (dice < 93)
        start = await partitions.deleteRecords(partition, start + random.below(written.length - start + 1));
      else {
        const before = partition.logStartOffset;
        await partitions.upkeep.expire();
        const gone = written.slice(before, partition.logStartOffset);
        const kept = written.slice(partition.logStartOffset).reduce((sum, { bytes }) => sum + bytes, 0);
        for (const { timestamp } of gone)
          assert.ok(
            (retentionMs >= 0 && storage.now - timestamp > retentionMs) ||
              (retentionBytes >= 0 && kept >= retentionBytes),
            `seed ${seed}`,
          );
        const active = partition.log.segments().at(-1);
        if (retentionMs >= 0 && written.every(({ timestamp }) => storage.now - timestamp > retentionMs))
          assert.equal(partition.logStartOffset, partition.highWatermark, `seed ${seed}: all of it was due`);
        assert.ok(active === undefined || partition.logStartOffset <= partition.highWatermark);
        start = partition.logStartOffset;
      }
      assert.ok(partition.logStartOffset >= start, `seed ${seed}`);
      start = partition.logStartOffset;
      assert.equal(partition.highWatermark, written.length, `seed ${seed}`);
      assert.deepEqual(await offsets(partition), upTo(start, written.length), `seed ${seed}`);
    }
  }
});

test('V2: a journal without room puts retention off, and ends nothing', async () => {
  const storage = world({ retention: week });
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 20; n++) await storage.append(partition, [{ value }]);
  storage.now += 8 * DAY;
  const bytes = encodeBatch({ records: [{ key: null, value, headers: [], timestamp: storage.now }] });
  assert.throws(
    () => {
      for (let n = 0; n < 10_000; n++)
        partitions.commit([{ partition, bytes: Buffer.from(bytes) }], storage.now);
    },
    { errorName: 'KAFKA_STORAGE_ERROR' },
  );
  await partitions.upkeep.expire();
  assert.equal(partition.logStartOffset, 0);
  await partitions.checkpoint();
  await storage.append(partition, [{ value }]); // waits for room
  await partitions.upkeep.expire();
  assert.ok(partition.logStartOffset > 0);
});
