import assert from 'node:assert/strict';
import test from 'node:test';
import { MemoryDisk } from '../env/memory/index.ts';
import { KafkaError, RecordBatch } from '../protocol/index.ts';
import {
  batchOf,
  EMPTY_STATE,
  flipBit,
  LogWorld,
  NOW,
  OPTIONS,
  readFile,
  run,
  writeFile,
} from './log-fixture.ts';
import type { WritableBatch } from './log-state.ts';
import { removeLeftovers, removeOrphans } from './orphans.ts';
import { fileName } from './segment-format.ts';

const ALL = Number.POSITIVE_INFINITY;

function offsetsIn(bytes: Buffer): number[] {
  const offsets: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const batch = RecordBatch.at(bytes, at);
    assert.ok(batch.isCrcRight());
    offsets.push(batch.baseOffset);
    at += batch.sizeInBytes;
  }
  return offsets;
}

/** The base offsets of all batches that a consumer gets that begins at `from`. */
async function consume(world: LogWorld, from: number, maxBytes = 1_000, to = world.log.logEndOffset) {
  const offsets: number[] = [];
  for (let next = from; next < to; ) {
    const bytes = await world.log.read(next, maxBytes, to);
    if (bytes.length === 0) break;
    const read = offsetsIn(bytes);
    offsets.push(...read);
    let at = 0;
    for (let n = 1; n < read.length; n++) at += RecordBatch.at(bytes, at).sizeInBytes;
    next = RecordBatch.at(bytes, at).lastOffset + 1;
  }
  return offsets;
}

const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const isCorrupt = (error: unknown) => error instanceof KafkaError && error.errorName === 'CORRUPT_MESSAGE';

test('what was written is read back byte for byte, over many segments', async () => {
  const world = new LogWorld(new MemoryDisk());
  const batches = run(0, 300);
  for (let n = 0; n < 300; n += 25) await world.log.write(batches.slice(n, n + 25), NOW);
  assert.ok(world.log.state().segments.length > 5);
  assert.equal(world.log.logEndOffset, 300);
  assert.deepEqual(await consume(world, 0), upTo(0, 300));
  for (const offset of [0, 1, 77, 150, 299])
    assert.deepEqual(await world.log.read(offset, 1, ALL), batches[offset]!.bytes, `offset ${offset}`);
  assert.equal((await world.log.read(300, 1_000, ALL)).length, 0);
  for (const segment of world.log.state().segments) assert.ok(segment.bytes <= OPTIONS.segmentBytes);
});

test('what is written passes the page cache by, but for a minute after somebody read from the segments', async () => {
  const disk = new MemoryDisk();
  const uncached: (boolean | undefined)[] = [];
  const open = disk.open.bind(disk);
  disk.open = async (path, options) => {
    const file = await open(path, options);
    const write = file.write.bind(file);
    file.write = (position, parts, how) => {
      if (path.endsWith('.log')) uncached.push(how?.uncached);
      return write(position, parts);
    };
    return file;
  };
  const world = new LogWorld(disk);
  const batches = run(0, 4);
  const writeNext = (n: number) => world.log.write([batches[n]!], NOW);
  await writeNext(0);
  await world.log.read(0, 1_000, ALL);
  await writeNext(1);
  world.monotonicMs = 59_999;
  await writeNext(2);
  world.monotonicMs = 60_000;
  await writeNext(3);
  assert.deepEqual(uncached, [true, false, false, true]);
});

test('a log knows its files again from the state alone', async () => {
  const disk = new MemoryDisk();
  const first = new LogWorld(disk);
  await first.log.write(run(0, 200), NOW);
  await first.log.sync();
  const second = new LogWorld(disk, first.log.state());
  assert.equal(second.log.logEndOffset, 200);
  assert.deepEqual(await consume(second, 3), upTo(3, 200));
  await second.log.write(run(200, 100), NOW);
  assert.deepEqual(await consume(second, 0), upTo(0, 300));
  assert.deepEqual(second.told, []);
});

test('a reader gets at least one batch, and nothing at or above the end offset', async () => {
  const world = new LogWorld(new MemoryDisk());
  await world.log.write([batchOf(0, [1, 2, 3]), batchOf(3, [4], 2_000), batchOf(4, [5, 6])], NOW);
  assert.deepEqual(offsetsIn(await world.log.read(3, 10, ALL)), [3]);
  assert.deepEqual(offsetsIn(await world.log.read(1, 10_000, ALL)), [0, 3, 4]);
  assert.deepEqual(offsetsIn(await world.log.read(1, 10_000, 4)), [0, 3]);
  assert.deepEqual(offsetsIn(await world.log.read(1, 10_000, 3)), [0]);
  assert.deepEqual(offsetsIn(await world.log.read(0, 10_000, 2)), []);
});

test('a segment is rolled by size, by age, by a gap and by the span of its offsets', async () => {
  const world = new LogWorld(new MemoryDisk(), EMPTY_STATE, { segmentBytes: 1 << 20 });
  const bases = () => world.log.state().segments.map((segment) => segment.baseOffset);
  await world.log.write(run(0, 2), NOW);
  await world.log.write(run(2, 2), NOW + OPTIONS.segmentMs - 1);
  assert.deepEqual(bases(), [0]);
  await world.log.write(run(4, 2), NOW + OPTIONS.segmentMs);
  assert.deepEqual(bases(), [0, 4]);
  await world.log.write(run(100, 2), NOW + OPTIONS.segmentMs);
  assert.deepEqual(bases(), [0, 4, 100]);
  const far = batchOf(102, [NOW]);
  const wide = { ...far, bytes: Buffer.from(far.bytes), lastOffset: 102 + 2 ** 31 - 2 };
  wide.bytes.writeInt32BE(2 ** 31 - 2, 23);
  await world.log.write([wide], NOW + OPTIONS.segmentMs);
  assert.deepEqual(bases(), [0, 4, 100, 102]);
  await world.log.write(run(102 + 2 ** 31 - 1, 2), NOW + OPTIONS.segmentMs);
  assert.deepEqual(bases().at(-1), 102 + 2 ** 31);
  assert.deepEqual(offsetsIn(await world.log.read(50, 1, ALL)), [100], 'from a gap one goes on behind it');
});

test('bytes that the manifest does not name are cut, whatever they are', async () => {
  const disk = new MemoryDisk();
  const first = new LogWorld(disk);
  await first.log.write(run(0, 50), NOW);
  await first.log.sync();
  const state = first.log.state();
  // Crash between flush and manifest: more batches, more segments, an index that runs ahead, a snapshot.
  await first.log.write(run(50, 150), NOW);
  await first.log.writeSnapshot(200, Buffer.from('x'));
  await first.log.sync();
  const second = new LogWorld(disk, state);
  assert.equal(second.log.logEndOffset, 50);
  assert.deepEqual(await consume(second, 0), upTo(0, 50));
  const others = Array.from({ length: 150 }, (_, n) => batchOf(50 + n, [NOW + 7], 33));
  await second.log.write(others, NOW);
  assert.deepEqual(await consume(second, 0), upTo(0, 200));
  for (const n of [50, 61, 199]) assert.deepEqual(await second.log.read(n, 1, ALL), others[n - 50]!.bytes);
  const bases = second.log.state().segments.map((segment) => segment.baseOffset);
  const names = await disk.list(second.log.directory);
  assert.deepEqual(
    names.filter((name) => name.endsWith('.log')).map((name) => Number(name.slice(0, 20))),
    bases,
  );
  assert.ok(!names.some((name) => name.endsWith('.snapshot')));
  for (const { baseOffset, bytes } of second.log.state().segments)
    assert.equal(
      (await readFile(disk, second.path(`${String(baseOffset).padStart(20, '0')}.log`))).length,
      bytes,
    );
});

test('index files that lost bytes, flipped bits or are gone cost time, not truth', async () => {
  const disk = new MemoryDisk();
  const first = new LogWorld(disk, EMPTY_STATE, { segmentBytes: 16_384 });
  await first.log.write(run(0, 800), NOW);
  await first.log.sync();
  const state = first.log.state();
  const files = (await disk.list(first.log.directory)).filter((name) => name.endsWith('index'));
  const originals = new Map<string, Buffer>();
  for (const name of files) originals.set(name, await readFile(disk, first.path(name)));
  const damages: [string, (bytes: Buffer) => Buffer][] = [
    ['zeros', (bytes) => Buffer.alloc(bytes.length)],
    ['half', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['empty', () => Buffer.alloc(0)],
    ['garbage behind', (bytes) => Buffer.concat([bytes, Buffer.alloc(100, 7)])],
    ...[0, 3, 4, 7, 9, 11, 13].map((at): [string, (bytes: Buffer) => Buffer] => [
      `bit at ${at}`,
      (bytes) => {
        const wrong = Buffer.from(bytes);
        if (at < wrong.length) wrong[at]! ^= 4;
        return wrong;
      },
    ]),
  ];
  for (const [what, damage] of damages) {
    for (const [name, bytes] of originals) await writeFile(disk, first.path(name), damage(bytes));
    const world = new LogWorld(disk, state, { segmentBytes: 16_384 });
    for (let offset = 0; offset < 800; offset += 41)
      assert.deepEqual(
        offsetsIn(await world.log.read(offset, 1, ALL)),
        [offset],
        `${what}, offset ${offset}`,
      );
    for (let offset = 0; offset < 800; offset += 83) {
      const found = await world.log.findByTimestamp(NOW + offset * 1_000 - 500, ALL);
      assert.deepEqual(found, { offset, timestamp: NOW + offset * 1_000 }, `${what}, time of ${offset}`);
    }
    assert.ok(!world.told.some(({ level }) => level === 'error'), what);
  }
});

test('indexes hold what Kafka would have put there', async () => {
  const world = new LogWorld(new MemoryDisk());
  const timestamps = (offset: number) => NOW + ((offset * 7) % 90) * 10; // rises, falls, repeats
  const batches = upTo(0, 200).map((offset) => batchOf(offset, [timestamps(offset)], (offset * 13) % 200));
  for (const batch of batches) await world.log.write([batch], NOW);
  const [segment, next] = world.log.state().segments;
  const entries: number[][] = [];
  const times: number[][] = [];
  let [position, since, largest, at] = [0, 0, -1, 0];
  for (const { baseOffset: offset, bytes } of batches.slice(0, next!.baseOffset)) {
    if (timestamps(offset) > largest) [largest, at] = [timestamps(offset), offset];
    if (since > OPTIONS.indexIntervalBytes) {
      entries.push([offset, position]);
      if (largest > (times.at(-1)?.[0] ?? -1)) times.push([largest, at]);
      since = 0;
    }
    since += bytes.length;
    position += bytes.length;
  }
  if (largest > (times.at(-1)?.[0] ?? -1)) times.push([largest, at]); // on rolling
  const index = await readFile(world.disk, world.path(`${'0'.repeat(20)}.index`));
  const timeIndex = await readFile(world.disk, world.path(`${'0'.repeat(20)}.timeindex`));
  const inIndex = entries.map((_, n) => [index.readInt32BE(n * 8), index.readInt32BE(n * 8 + 4)]);
  const inTimes = times.map((_, n) => [
    Number(timeIndex.readBigInt64BE(n * 12)),
    timeIndex.readInt32BE(n * 12 + 8),
  ]);
  assert.ok(entries.length > 5 && times.length > 3);
  assert.deepEqual([inIndex, index.length], [entries, entries.length * 8]);
  assert.deepEqual([inTimes, timeIndex.length], [times, times.length * 12]);
  assert.deepEqual([segment!.maxTimestamp, segment!.maxTimestampOffset], [largest, at]);
});

test('an index that was built anew is that of the first writing, to the byte', async () => {
  const disk = new MemoryDisk();
  const first = new LogWorld(disk);
  await first.log.write(run(0, 300), NOW);
  await first.log.sync();
  const state = first.log.state();
  const sealed = state.segments[1]!.baseOffset;
  for (const suffix of ['.index', '.timeindex']) {
    const path = first.path(String(sealed).padStart(20, '0') + suffix);
    const original = await readFile(disk, path);
    assert.ok(original.length > 0);
    await disk.remove(path);
    const world = new LogWorld(disk, state);
    await world.log.read(sealed + 20, 1, ALL);
    assert.deepEqual(await readFile(disk, path), original);
    assert.match(world.told[0]!.message, /built anew/);
  }
});

test('every flipped bit in a segment is found, and all other offsets are still served', async () => {
  const disk = new MemoryDisk();
  const first = new LogWorld(disk);
  const batches = run(0, 60);
  await first.log.write(batches, NOW);
  await first.log.sync();
  const state = first.log.state();
  const segment = state.segments[1]!;
  const path = first.path(`${String(segment.baseOffset).padStart(20, '0')}.log`);
  const hit = segment.baseOffset + 11;
  const size = batches[0]!.bytes.length;
  for (let at = 0; at < size; at++) {
    if (at >= 12 && at < 16) continue; // the leader epoch lies outside the CRC and leads nowhere
    const position = 11 * size + at;
    await flipBit(disk, path, position, at % 8);
    const world = new LogWorld(disk, state);
    for (let offset = segment.baseOffset; offset <= segment.lastOffset; offset++) {
      if (offset === hit) await assert.rejects(() => world.log.read(offset, 1, ALL), isCorrupt, `byte ${at}`);
      else {
        const bytes = await world.log.read(offset, 3 * size, ALL);
        assert.equal(offsetsIn(bytes)[0], offset, `byte ${at}, offset ${offset}`);
        assert.ok(!offsetsIn(bytes).includes(hit));
      }
    }
    const told = world.told.filter(({ level }) => level === 'error');
    assert.ok(told.length > 0 && told.length <= 3, `byte ${at}: ${told.length} events`);
    assert.equal(told[0]!.fields?.file, path);
    await flipBit(disk, path, position, at % 8);
  }
});

test('a segment that is shorter than the manifest says is damage: the rest is read, and writing goes on', async () => {
  const disk = new MemoryDisk();
  const first = new LogWorld(disk, EMPTY_STATE, { segmentBytes: 1 << 20 });
  await first.log.write(run(0, 30), NOW);
  const state = first.log.state();
  const path = first.path(`${'0'.repeat(20)}.log`);
  const bytes = await readFile(disk, path);
  await writeFile(disk, path, bytes.subarray(0, (bytes.length / 30) * 20 + 5));
  const world = new LogWorld(disk, state);
  await world.log.write(run(30, 5), NOW);
  assert.deepEqual(offsetsIn(await world.log.read(19, 1, ALL)), [19]);
  assert.deepEqual(offsetsIn(await world.log.read(31, 1, ALL)), [31]);
  for (const offset of [20, 29]) await assert.rejects(() => world.log.read(offset, 1, ALL), isCorrupt);
  await disk.remove(path);
  const later = new LogWorld(disk, world.log.state());
  await assert.rejects(() => later.log.read(3, 1, ALL), isCorrupt);
  assert.deepEqual(offsetsIn(await later.log.read(30, 1, ALL)), [30]);
});

test('the first record at or after a timestamp is found, however timestamps jump', async () => {
  const world = new LogWorld(new MemoryDisk());
  const timestamps = [50, 10, 99, 20, 99, 30, 200, 40, 150, 201];
  const batches = [
    batchOf(0, timestamps.slice(0, 3)),
    batchOf(3, timestamps.slice(3, 6), 3_000),
    batchOf(6, timestamps.slice(6), 999),
  ];
  await world.log.write(batches, NOW);
  for (let target = 0; target <= 202; target++) {
    const offset = timestamps.findIndex((timestamp) => timestamp >= target);
    const expected = offset < 0 ? undefined : { offset, timestamp: timestamps[offset] };
    assert.deepEqual(await world.log.findByTimestamp(target, ALL), expected, `timestamp ${target}`);
  }
  world.log.setLogStart(2);
  assert.deepEqual(await world.log.findByTimestamp(50, ALL), { offset: 2, timestamp: 99 });
  assert.equal(await world.log.findByTimestamp(150, 6), undefined);
  assert.equal(await world.log.maxTimestamp(), 201);
  assert.equal(await world.log.maxTimestamp(6), 99);
});

test('segments below the log start go, and what a stale state names of them is not missed', async () => {
  const disk = new MemoryDisk();
  const world = new LogWorld(disk);
  await world.log.write(run(0, 200), NOW);
  const stale = world.log.state();
  const first = stale.segments[2]!;
  world.log.setLogStart(first.baseOffset + 1);
  await (await world.log.detachBelow(world.log.logStartOffset)).unlink();
  assert.deepEqual(world.log.state().segments, stale.segments.slice(2));
  await assert.rejects(() => world.log.read(0, 1, ALL), /OFFSET_OUT_OF_RANGE/);
  assert.deepEqual(offsetsIn(await world.log.read(first.baseOffset + 1, 1, ALL)), [first.baseOffset + 1]);
  const again = new LogWorld(disk, { ...stale, logStartOffset: first.baseOffset + 1 });
  assert.deepEqual(await consume(again, first.baseOffset + 1), upTo(first.baseOffset + 1, 200));
  again.log.setLogStart(200);
  await (await again.log.detachBelow(again.log.state().segments.at(-1)!.lastOffset)).unlink();
  assert.equal(again.log.state().segments.length, 1, 'the segment that holds the log start stays');
  await (await again.log.detachBelow(200)).unlink();
  assert.deepEqual(again.log.state().segments, []);
  assert.equal(again.log.logEndOffset, 200);
  await again.log.write(run(200, 3), NOW);
  assert.deepEqual(await consume(again, 200), [200, 201, 202]);
});

test('reads go on while segments are written, rolled and removed under them', async () => {
  const world = new LogWorld(new MemoryDisk(), EMPTY_STATE, {}, { openFiles: 3, indexEntries: 20 });
  let readable = 0;
  let isOver = false;
  const writer = async () => {
    for (let n = 0; n < 60; n++) {
      await world.log.write(run(n * 10, 10), NOW);
      readable = n * 10 + 10;
      if (n % 7 === 6) {
        world.log.setLogStart(n * 10 - 40);
        await (await world.log.detachBelow(n * 10 - 40)).unlink();
      }
      if (n % 5 === 4) await world.log.sync();
    }
    isOver = true;
  };
  const reader = async (from: number) => {
    let next = from;
    let met = 0;
    while (!isOver || next < readable) {
      const end = readable;
      try {
        const offsets = offsetsIn(await world.log.read(next, 700, end));
        assert.deepEqual(offsets, upTo(next, next + offsets.length));
        next += offsets.length;
        met += offsets.length;
      } catch (error) {
        if (!(error instanceof KafkaError) || error.errorName !== 'OFFSET_OUT_OF_RANGE') throw error;
        next = world.log.logStartOffset;
      }
      await Promise.resolve();
    }
    assert.ok(met > 50);
  };
  await Promise.all([writer(), reader(0), reader(0), reader(0)]);
  assert.deepEqual(world.told, []);
  assert.ok(world.files.openFiles <= 3 && world.files.indexes.entries <= 40);
});

test('folders of partitions that nobody knows go, other names stay', async () => {
  const world = new LogWorld(new MemoryDisk());
  await world.log.write(run(0, 1), NOW);
  await writeFile(world.disk, `partitions/${'f'.repeat(32)}-0/x`, Buffer.from('x'));
  await writeFile(world.disk, 'partitions/notes/x', Buffer.from('x'));
  assert.equal(await removeOrphans(world.disk, world.files, world.events, () => [world.log]), 1);
  assert.deepEqual(await world.disk.list('partitions'), ['0123456789abcdef0123456789abcdef-3', 'notes']);
});

test('a replacement of a snapshot that a crash left goes, unless its snapshot counts; other names stay', async () => {
  const { disk, files } = new LogWorld(new MemoryDisk());
  const names = [7, 9].flatMap((offset) => [
    fileName(offset, '.snapshot'),
    `${fileName(offset, '.snapshot')}.new`,
  ]);
  for (const name of [...names, 'notes.new'])
    await (await disk.open(`one/${name}`, { create: true })).close();
  const counting = { segments: new Set<string>(), snapshotOffset: 9, dedupeOffset: undefined };
  await removeLeftovers(files, 'one', counting);
  assert.deepEqual((await disk.list('one')).sort(), [...names.slice(2), 'notes.new'].sort());
});

test('nothing of a partition is opened or made before it is used', async () => {
  const disk = new MemoryDisk();
  const world = new LogWorld(disk);
  assert.equal((await world.log.read(0, 1, ALL)).length, 0);
  await world.log.sync();
  assert.deepEqual(await disk.list('partitions'), []);
  await world.log.write(run(0, 1), NOW);
  assert.deepEqual(await disk.list('partitions'), ['0123456789abcdef0123456789abcdef-3']);
  await world.log.remove();
  assert.deepEqual(await disk.list('partitions'), []);
  await world.log.write(run(1, 1), NOW);
  assert.deepEqual(await disk.list('partitions'), []);
});

test('after a disk error nothing is written any more, and reads go on', async () => {
  const disk = new MemoryDisk();
  const world = new LogWorld(disk);
  await world.log.write(run(0, 5), NOW);
  const open = disk.open.bind(disk);
  disk.open = async (path, options) => {
    const file = await open(path, options);
    file.sync = () => Promise.reject(Object.assign(new Error('EIO: the disk failed'), { code: 'EIO' }));
    return file;
  };
  await world.files.close();
  await assert.rejects(() => world.log.sync(), /KAFKA_STORAGE_ERROR.*EIO/);
  disk.open = open;
  await world.files.close();
  await assert.rejects(() => world.log.sync(), /KAFKA_STORAGE_ERROR/, 'never a second sync');
  await assert.rejects(() => world.log.write(run(5, 1), NOW), /KAFKA_STORAGE_ERROR/);
  assert.deepEqual(offsetsIn(await world.log.read(2, 1, ALL)), [2]);
});

test('A3: the name of a segment that a repair left empty is durable with its first batch', async () => {
  const disk = new MemoryDisk();
  const nothing = { bytes: 0, maxTimestamp: -1, maxTimestampOffset: 9, createdAt: NOW };
  const world = new LogWorld(disk, {
    ...EMPTY_STATE,
    segments: [{ baseOffset: 9, lastOffset: 8, ...nothing }],
  });
  const synced: string[] = [];
  disk.syncDirectory = async (path) => void synced.push(path);
  await world.log.write(run(9, 1), NOW);
  await world.log.sync();
  assert.deepEqual(synced, [world.log.directory, 'partitions', '']);
});

test('large batches are written in pieces and read whole', async () => {
  const world = new LogWorld(new MemoryDisk(), EMPTY_STATE, {
    segmentBytes: 1 << 30,
    indexIntervalBytes: 4_096,
  });
  const batches: WritableBatch[] = upTo(0, 12).map((offset) => batchOf(offset, [NOW + offset], 1_500_000));
  await world.log.write(batches, NOW);
  for (const offset of [0, 5, 11])
    assert.deepEqual(await world.log.read(offset, 100, ALL), batches[offset]!.bytes);
  assert.deepEqual(await consume(world, 0, 4_000_000), upTo(0, 12));
});

test('K5: cleaned segments that go do not take the folder away into which the same pass goes on writing', async () => {
  const disk = new MemoryDisk();
  const world = new LogWorld(disk);
  const { log } = world;
  const generation = log.nextGeneration();
  const cleaned = (baseOffset: number) => log.beginCleaned(generation, baseOffset, NOW);
  const first = cleaned(0);
  await first.append(run(0, 3));
  const list = disk.list.bind(disk);
  const next = cleaned(3);
  disk.list = async (path) => {
    const names = await list(path);
    await next.append(run(3, 3)); // between the look and the removal
    return names;
  };
  await log.detached([first]).unlink();
  disk.list = list;
  if (next.state.bytes === 0) await next.append(run(3, 3));
  assert.equal((await readFile(disk, next.logPath)).length, next.state.bytes);
});
