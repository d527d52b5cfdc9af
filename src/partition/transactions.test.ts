import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../base/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { SeededRandom } from '../env/seeded-random.ts';
import { decodeRecords, encodeBatch, encodeMarker, forEachBatch } from '../protocol/index.ts';
import { decodeAborted, encodeAborted } from '../log/transaction-index.ts';
import { openStorage } from './open.ts';
import type { PartitionConfig } from './partition-config.ts';
import type { Partition } from './partition.ts';
import { durable } from './durable.ts';
import type { Partitions } from './partitions.ts';
import { readCommitted } from './reading.ts';
import { committedFrom } from './storage-fixture.ts';
import { DEFAULT_STORAGE } from './storage-options.ts';

const KIB = 1024;
/** Of an entry of the index of aborted transactions. */
const PRODUCER_ID_END = 9;
const TOPIC = 'ab'.repeat(16);
const CONFIG: PartitionConfig = {
  maxMessageBytes: 1024 * KIB,
  compression: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
  segmentBytes: 700,
  segmentMs: 604_800_000,
  indexIntervalBytes: 256,
  producerExpirationMs: 86_400_000,
  fetchIsolation: 'client',
};
const STORAGE = {
  ...DEFAULT_STORAGE,
  journal: {
    ...DEFAULT_STORAGE.journal,
    limitBytes: 512 * KIB,
    fileBytes: 128 * KIB,
    stepBytes: 64 * KIB,
    frameTargetBytes: 32 * KIB,
    reserveBytes: 32 * KIB,
  },
};

function data(producerId: number, sequence: number, text: string, isTransactional = true): Buffer {
  const records = [{ key: null, value: Buffer.from(text), headers: [], timestamp: 1 }];
  return encodeBatch({ records, producerId, producerEpoch: 0, baseSequence: sequence, isTransactional });
}

function marker(producerId: number, isCommit: boolean): Buffer {
  return encodeMarker({ producerId, producerEpoch: 0, isCommit, coordinatorEpoch: 0, timestamp: 1 });
}

async function journalRoom(partitions: Partitions): Promise<void> {
  for (
    let ready = partitions.whenReady(16 * KIB);
    ready !== undefined;
    ready = partitions.whenReady(16 * KIB)
  )
    await ready;
}

async function committedTexts(partition: Partition, from: number, maxBytes: number): Promise<string[]> {
  const records = await committedFrom(partition, from, maxBytes);
  return records.map(({ offset, value }) => `${offset} ${value}`);
}

/** The same for a client that knows nothing of transactions, on a topic that shows committed records only. */
async function filteredFrom(partition: Partition, from: number, maxBytes: number): Promise<string[]> {
  const texts: string[] = [];
  for (let position = from; position < partition.endOffset('committed_only'); ) {
    const before = position;
    for (const part of await readCommitted(partition, position, maxBytes))
      forEachBatch(part, (batch) => {
        position = batch.lastOffset + 1;
        if (batch.isControl) return;
        for (const record of decodeRecords(batch, KIB))
          if (record.offset >= from) texts.push(`${record.offset} ${record.value}`);
      });
    assert.ok(position > before, `a reader stands still at ${before}`);
  }
  return texts;
}

interface Written {
  readonly offset: number;
  readonly text: string;
  fate: 'open' | 'committed' | 'aborted';
}

test('the last stable offset waits for the oldest open transaction, and for the marker on the disk', async () => {
  const { partitions } = await openStorage(memoryEnvironment(), silent, STORAGE, CONFIG);
  const partition = partitions.host(TOPIC, 0, CONFIG);
  const append = async (bytes: Buffer) => durable([partition.append(bytes, 1).frame]);
  await append(data(-1, -1, 'plain', false));
  await append(data(7, 0, 'seven'));
  await append(data(8, 0, 'eight'));
  await append(data(-1, -1, 'more', false));
  assert.deepEqual([partition.highWatermark, partition.lastStableOffset], [4, 1]);
  await partitions.commit([{ partition, bytes: marker(8, true) }], 1).durable;
  assert.equal(partition.lastStableOffset, 1);
  const frame = partitions.commit([{ partition, bytes: marker(7, false) }], 1);
  assert.deepEqual([partition.logEndOffset, partition.lastStableOffset], [6, 1]);
  await frame.durable;
  assert.equal(partition.lastStableOffset, 6);
  assert.deepEqual(await committedTexts(partition, 0, KIB), ['0 plain', '2 eight', '3 more']);
  await partitions.abandon();
});

test('P2: the end for readers of committed records only is never below the log start', async () => {
  const { partitions } = await openStorage(memoryEnvironment(), silent, STORAGE, CONFIG);
  const partition = partitions.host(TOPIC, 0, CONFIG);
  const append = async (bytes: Buffer) => durable([partition.append(bytes, 1).frame]);
  await append(data(7, 0, 'seven'));
  await append(data(-1, -1, 'plain', false));
  await append(data(-1, -1, 'more', false));
  await append(data(8, 0, 'eight'));
  await partitions.commit([{ partition, bytes: marker(7, false) }], 1).durable;
  assert.deepEqual([partition.lastStableOffset, partition.endOffset('committed_only')], [3, 0]);
  await partitions.deleteRecords(partition, 2);
  assert.deepEqual([partition.lastStableOffset, partition.endOffset('committed_only')], [3, 2]);
  await partitions.commit([{ partition, bytes: marker(8, true) }], 1).durable;
  assert.deepEqual(await filteredFrom(partition, 2, KIB), ['2 more', '3 eight']);
  await partitions.abandon();
});

test('a group is one frame: all partitions move in one turn, before anybody who waits wakes', async () => {
  const { partitions } = await openStorage(memoryEnvironment(), silent, STORAGE, CONFIG);
  const all = [0, 1, 2].map((index) => partitions.host(TOPIC, index, CONFIG));
  await durable(all.map((partition) => partition.append(data(7, 0, 'x'), 1).frame));
  const seen: number[][] = [];
  const look = { wake: () => seen.push(all.map((partition) => partition.lastStableOffset)) };
  for (const partition of all) partition.waiters.park(look);
  const group = all.map((partition) => ({ partition, bytes: marker(7, true) }));
  await partitions.commit(group, 1).durable;
  assert.deepEqual(seen, [
    [2, 2, 2],
    [2, 2, 2],
    [2, 2, 2],
  ]);
  await partitions.abandon();
});

for (const seed of [1, 2, 3, 4])
  test(`random transactions, flushed, killed and reopened: readers see what was committed (seed ${seed})`, async () => {
    const env = memoryEnvironment();
    const random = new SeededRandom(`transactions ${seed}`);
    let partitions!: Partitions;
    let partition!: Partition;
    let release = () => Promise.resolve();
    const open = async () => {
      const opened = await openStorage(env, silent, STORAGE, CONFIG);
      partitions = opened.partitions;
      partition = partitions.host(TOPIC, 0, CONFIG);
      release = () => opened.lock.release();
    };
    await open();
    const written: Written[] = [];
    const unfinished = new Map<number, Written[]>();
    const sequences = new Map<number, number>();
    const check = async () => {
      const oldest = Math.min(
        partition.highWatermark,
        ...[...unfinished.values()].map(([first]) => first!.offset),
      );
      assert.equal(partition.lastStableOffset, oldest);
      const expected = (from: number) =>
        written
          .filter(({ offset, fate }) => offset >= from && offset < oldest && fate === 'committed')
          .map(({ offset, text }) => `${offset} ${text}`);
      for (let n = 0; n < 4; n++) {
        const from = random.below(partition.highWatermark + 1);
        const maxBytes = 1 + random.below(2_000);
        assert.deepEqual(await committedTexts(partition, from, maxBytes), expected(from));
        const filtered = await filteredFrom(partition, from, maxBytes);
        assert.deepEqual(filtered, expected(from).slice(0, filtered.length));
        const isQuiet = unfinished.size === 0;
        if (isQuiet) assert.equal(filtered.length, expected(from).length);
      }
    };
    for (let step = 0; step < 250; step++) {
      const producerId = 1 + random.below(4);
      const kind = random.below(100);
      await journalRoom(partitions);
      if (kind < 50) {
        const sequence = sequences.get(producerId) ?? 0;
        sequences.set(producerId, sequence + 1);
        const text = `${producerId}/${sequence}`;
        const appended = partition.append(data(producerId, sequence, text), 1);
        const one: Written = { offset: appended.baseOffset, text, fate: 'open' };
        written.push(one);
        unfinished.set(producerId, [...(unfinished.get(producerId) ?? []), one]);
        await durable([appended.frame]);
      } else if (kind < 58) {
        const appended = partition.append(data(-1, -1, 'plain', false), 1);
        written.push({ offset: appended.baseOffset, text: 'plain', fate: 'committed' });
        await durable([appended.frame]);
      } else if (kind < 85) {
        const isCommit = random.below(2) === 0;
        await partitions.commit([{ partition, bytes: marker(producerId, isCommit) }], 1).durable;
        for (const one of unfinished.get(producerId) ?? []) one.fate = isCommit ? 'committed' : 'aborted';
        unfinished.delete(producerId);
      } else if (kind < 92) await partitions.checkpoint();
      else if (kind < 96) {
        await partitions.abandon();
        await release();
        await open();
      } else if (kind < 98) {
        await partitions.close();
        await release();
        await open();
      } else await check();
    }
    await check();
    await partitions.abandon();
  });

test('a damaged index of aborted transactions is told, and found again from the segments', async () => {
  const env = memoryEnvironment();
  const told: string[] = [];
  let { partitions, lock } = await openStorage(env, silent, STORAGE, CONFIG);
  let partition = partitions.host(TOPIC, 0, CONFIG);
  for (let n = 0; n < 20; n++) {
    await journalRoom(partitions);
    for (const producerId of [1, 2])
      await durable([partition.append(data(producerId, n, `${producerId}/${n}`), 1).frame]);
    for (const producerId of [2, 1])
      await partitions.commit([{ partition, bytes: marker(producerId, producerId === 2) }], 1).durable;
  }
  const before = await committedTexts(partition, 0, KIB);
  assert.equal(before.length, 20);
  await partitions.close();
  await lock.release();
  const files = await env.disk.list(partition.log.directory);
  const indexes = files.filter((name) => name.endsWith('.txnindex'));
  assert.ok(indexes.length > 2);
  const sound: Buffer[] = [];
  for (const [n, name] of indexes.entries()) {
    const file = await env.disk.open(`${partition.log.directory}/${name}`);
    sound.push(await file.read(0, file.size));
    // The second makes sense, and would show records of producer 1 and hide those of producer 3.
    if (n % 3 === 0) await file.truncate(file.size - 1);
    else if (n % 3 === 1) await file.write(PRODUCER_ID_END, [Buffer.from([3])]);
    else await file.write(20, [Buffer.alloc(10, 0xff)]);
    await file.close();
  }
  const tell = (_: unknown, message: string) => told.push(message);
  ({ partitions, lock } = await openStorage(env, tell, STORAGE, CONFIG));
  partition = partitions.host(TOPIC, 0, CONFIG);
  assert.deepEqual(await committedTexts(partition, 0, KIB), before);
  assert.equal(told.filter((message) => message.includes('aborted transactions')).length, indexes.length);
  // The next checkpoint of the partition mends the files.
  await durable([partition.append(data(1, 20, 'mended'), 1).frame]);
  await partitions.commit([{ partition, bytes: marker(1, false) }], 1).durable;
  await partitions.close();
  await lock.release();
  for (const [n, name] of indexes.entries()) {
    const file = await env.disk.open(`${partition.log.directory}/${name}`);
    assert.ok((await file.read(0, sound[n]!.length)).equals(sound[n]!), name);
  }
  told.length = 0;
  ({ partitions } = await openStorage(env, tell, STORAGE, CONFIG));
  assert.deepEqual(await committedTexts(partitions.host(TOPIC, 0, CONFIG), 0, KIB), before);
  assert.deepEqual(told, []);
  await partitions.abandon();
});

test('transactions that abort while an index is found again are in it', async () => {
  const env = memoryEnvironment();
  let { partitions, lock } = await openStorage(env, silent, STORAGE, { ...CONFIG, segmentBytes: 64 * KIB });
  let partition = partitions.host(TOPIC, 0, CONFIG);
  const abortOne = async (sequence: number) => {
    await durable([partition.append(data(1, sequence, 'never'), 1).frame]);
    await partitions.commit([{ partition, bytes: marker(1, false) }], 1).durable;
  };
  await abortOne(0);
  await partitions.close();
  await lock.release();
  const file = await env.disk.open(`${partition.log.directory}/${'0'.repeat(20)}.txnindex`);
  await file.truncate(0);
  ({ partitions, lock } = await openStorage(env, silent, STORAGE, { ...CONFIG, segmentBytes: 64 * KIB }));
  partition = partitions.host(TOPIC, 0, { ...CONFIG, segmentBytes: 64 * KIB });
  await abortOne(1);
  const readers = [partition.log.abortedBetween(0, 100), partition.log.abortedBetween(0, 100)];
  const written = partitions.pin();
  for (const reader of readers) assert.ok((await reader).length > 0);
  await (await written).release();
  const found = await partition.log.abortedBetween(0, 100);
  assert.deepEqual(
    found.map(({ lastOffset }) => lastOffset),
    [1, 3],
  );
  await partitions.close();
});

test('K6: an index whose transactions began in segments that are gone holds what is left of them', async () => {
  const env = memoryEnvironment();
  let { partitions, lock } = await openStorage(env, silent, STORAGE, CONFIG);
  let partition = partitions.host(TOPIC, 0, CONFIG);
  await durable([partition.append(data(1, 0, 'x'.repeat(600)), 1).frame]);
  await durable([partition.append(data(2, 0, 'x'.repeat(600)), 1).frame]);
  for (const id of [1, 2]) await partitions.commit([{ partition, bytes: marker(id, false) }], 1).durable;
  await durable([partition.append(data(3, 0, 'kept', false), 1).frame]);
  await (await partitions.pin()).release();
  await partitions.deleteRecords(partition, 1);
  await partitions.close();
  await lock.release();
  const { directory } = partition.log;
  const names = (await env.disk.list(directory)).filter((name) => name.endsWith('.txnindex'));
  for (const name of names) await env.disk.remove(`${directory}/${name}`);
  ({ partitions, lock } = await openStorage(env, silent, STORAGE, CONFIG));
  partition = partitions.host(TOPIC, 0, CONFIG);
  const found = await partition.log.abortedBetween(0, 100);
  assert.deepEqual(
    found.map(({ producerId, firstOffset, lastOffset }) => [producerId, firstOffset, lastOffset]),
    [[2, 1, 3]],
  );
  assert.deepEqual(await committedTexts(partition, 1, KIB), ['4 kept']);
  await partitions.close();
});

test('an entry of the index is Kafka’s, byte for byte', () => {
  const entry = { producerId: 7, firstOffset: 1, lastOffset: 5, lastStableOffset: 6 };
  const bytes = encodeAborted([entry]);
  assert.equal(
    bytes.toString('hex'),
    `0000${'0000000000000007'}${'0000000000000001'}${'0000000000000005'}${'0000000000000006'}`,
  );
  assert.deepEqual(decodeAborted(bytes), [entry]);
});

test('frames that could hold no marker are refused, the smallest that can hold one end transactions', async () => {
  const storage = (frameTargetBytes: number) => ({
    ...STORAGE,
    journal: { ...STORAGE.journal, frameTargetBytes },
  });
  const smallest = 4096 + 192;
  await assert.rejects(
    openStorage(memoryEnvironment(), silent, storage(smallest - 1), CONFIG),
    /too small for the end of a transaction/,
  );
  const { partitions } = await openStorage(memoryEnvironment(), silent, storage(smallest), CONFIG);
  assert.equal(partitions.markersPerFrame, 1);
  const [told, record] = [partitions.host(TOPIC, 0, CONFIG), partitions.host(TOPIC, 1, CONFIG)];
  told.append(data(7, 0, 'a'), 1);
  const group = [
    { partition: told, bytes: marker(7, true) },
    { partition: record, bytes: data(8, 0, 'x'.repeat(3_700), false) },
  ];
  await partitions.commit(group, 1).durable;
  assert.equal(told.lastStableOffset, 2);
  await partitions.close();
});
