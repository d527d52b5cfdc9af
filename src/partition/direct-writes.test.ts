import assert from 'node:assert/strict';
import test from 'node:test';
import { type File, type OpenOptions, systemError } from '../env/index.ts';
import { FullableDisk, MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { inspectJournal } from '../journal/index.ts';
import { Manifest, MANIFEST_FILES, partitionDirectory } from '../log/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import { silent } from '../base/index.ts';
import { lived, readAll, SMALL, StorageWorld, TOPIC } from './storage-fixture.ts';

const LARGE = 300;
const OPTIONS = { directBytes: LARGE };
/** A batch around it is larger than `LARGE`, two fill a segment of 1 KiB. */
const large = (name: string) => [{ value: Buffer.from(name.padEnd(LARGE, '.')) }];
const small = (name: string) => [{ value: Buffer.from(name) }];
const names = (records: readonly { value: Buffer | null }[]) =>
  records.map(({ value }) => String(value).replaceAll('.', ''));

async function entriesIn(disk: MemoryDisk) {
  const { content } = await Manifest.open({ disk }, silent);
  const entries: { kind: string; bytes: number }[] = [];
  for await (const met of inspectJournal(disk, 'journal', content!.journal))
    if (met.kind === 'frame')
      entries.push(...met.entries.map(({ entry: { kind }, bytes }) => ({ kind, bytes: bytes?.length ?? 0 })));
  return entries;
}

test('a large batch lies in its segment once, with what was before it, and the journal refers to it', async () => {
  const disk = new MemoryDisk();
  const storage = new StorageWorld({ ...memoryEnvironment(), disk }, {}, OPTIONS);
  const { partitions, partition } = await storage.open();
  await storage.append(partition, small('first'));
  await storage.append(partition, large('second'));
  await storage.append(partition, small('third'));
  assert.deepEqual(
    (await entriesIn(disk)).map(({ kind, bytes }) => (bytes > 0 ? `${kind} with bytes` : kind)),
    ['batch with bytes', 'segment', 'reference', 'batch with bytes'],
  );
  assert.equal(partition.log.logEndOffset, 2);
  await partitions.abandon();
  const after = await storage.open();
  assert.deepEqual(names(await readAll(after.partition)), ['first', 'second', 'third']);
  assert.equal(after.partition.log.logEndOffset, 2, 'what is in the segment is not written again');
});

test('what no frame refers to is cut before the segment is written again', async () => {
  const disk = new MemoryDisk();
  const storage = new StorageWorld({ ...memoryEnvironment(), disk }, {}, OPTIONS);
  const { partitions, partition } = await storage.open();
  await storage.append(partition, large('kept'));
  await partitions.abandon();
  const path = `${partitionDirectory(TOPIC, 0)}/00000000000000000000.log`;
  const file = await disk.open(path);
  const { size } = file;
  await file.write(size, [Buffer.from('of a frame that never came')]);
  const after = await storage.open();
  await storage.append(after.partition, small('next'));
  await after.partitions.checkpoint();
  assert.deepEqual(names(await readAll(after.partition)), ['kept', 'next']);
  assert.equal(after.partition.log.segments().at(-1)!.bytes, (await disk.open(path)).size);
});

/** Small and large ones, new segments, a checkpoint in between, deleted records. */
async function life(
  storage: StorageWorld,
  diesAt: number,
  acknowledged: string[],
  prefix: string,
): Promise<void> {
  const { partitions, partition } = await storage.open(diesAt);
  for (let n = 0; n < 9; n++) {
    const name = `${prefix}${n}`;
    await storage.append(partition, n % 3 === 0 ? small(name) : large(name));
    acknowledged.push(name);
    if (n === 4) void partitions.checkpoint();
  }
  await partitions.checkpoint();
  for (const name of ['x', 'y'].map((one) => prefix + one)) {
    await storage.append(partition, large(name));
    acknowledged.push(name);
  }
}

test('D1: a life that ends before any of its writes and syncs loses nothing that was acknowledged', async () => {
  let isDone = false;
  for (let diesAt = 1; !isDone; diesAt++) {
    const storage = new StorageWorld(memoryEnvironment(), {}, OPTIONS);
    const acknowledged: string[] = [];
    isDone = await lived(storage, diesAt, life(storage, diesAt, acknowledged, 'a'));
    const second: string[] = [];
    await lived(storage, diesAt, life(storage, diesAt, second, 'b'));
    const { partition } = await storage.open();
    const found = names(await readAll(partition));
    const expected = [...acknowledged, ...second];
    assert.deepEqual(
      found.filter((name) => expected.includes(name)),
      expected,
      `died before change ${diesAt}`,
    );
    assert.ok(found.length <= expected.length + 2, 'at most what was not acknowledged yet comes beside it');
  }
});

test('M2: who has the older manifest, since the newer one is damaged, finds every segment as well', async () => {
  const disk = new MemoryDisk();
  const storage = new StorageWorld({ ...memoryEnvironment(), disk }, {}, OPTIONS);
  const { partitions, partition } = await storage.open();
  const medium = (name: string) => [{ value: Buffer.from(name.padEnd(200, '.')) }];
  await storage.append(partition, small('a'));
  await partitions.checkpoint();
  const between = ['b', 'c', 'd', 'e', 'f'];
  for (const name of between) await storage.append(partition, medium(name));
  await partitions.checkpoint();
  assert.equal(partition.log.segments().length, 2, 'one was completed in between');
  await storage.append(partition, large('g'));
  await partitions.abandon();
  const { generation } = await Manifest.open({ disk }, silent);
  const newest = MANIFEST_FILES[(generation + 1) % 2]!;
  await (await disk.open(newest)).write(60, [Buffer.from('?')]);
  const after = await storage.open();
  assert.deepEqual(names(await readAll(after.partition)), ['a', ...between, 'g']);
});

/** While it is full segments find no room on it, and the journal does not grow. */
const fullableDisk = () =>
  new FullableDisk((path, grows) => path.endsWith('.log') || (grows && path.startsWith('journal')));

test('V2: where a segment finds no room the batches go through the journal after all', async () => {
  const disk = fullableDisk();
  const storage = new StorageWorld({ ...memoryEnvironment(), disk }, {}, OPTIONS);
  const { partitions, partition } = await storage.open();
  await storage.append(partition, large('before'));
  disk.isFull = true;
  const appended: Promise<number>[] = [];
  for (const name of ['a', 'b', 'c']) {
    appended.push(storage.append(partition, large(name)), storage.append(partition, small(`with ${name}`)));
    for (let n = 0; n < 3; n++) await storage.moment(); // so that frames stand behind the one that waits
  }
  await Promise.all(appended);
  const references = (await entriesIn(disk)).filter(({ kind }) => kind === 'reference');
  assert.equal(references.length, 1, 'of the one before');
  await partitions.abandon();
  disk.isFull = false;
  const after = await storage.open();
  assert.deepEqual(names(await readAll(after.partition)), [
    'before',
    'a',
    'with a',
    'b',
    'with b',
    'c',
    'with c',
  ]);
});

test('V2: the journal can take back what it let go to segments, also where its room is in pieces', async () => {
  const KIB = 1024;
  const sized = (kibibytes: number) => [{ value: Buffer.alloc(kibibytes * KIB) }];
  const disk = fullableDisk();
  const storage = new StorageWorld(
    { ...memoryEnvironment(), disk },
    { segmentBytes: 1024 * KIB },
    { directBytes: 25 * KIB, journal: { ...SMALL.journal, frameTargetBytes: 64 * KIB } },
  );
  const { partitions, partition } = await storage.open();
  for (let n = 0; n < 8; n++) await storage.append(partition, sized(20)); // about 96 KiB of the first file are left
  for (let n = 0; n < 9; n++) await storage.moment(); // and there is a second one of 128 KiB
  disk.isFull = true;
  const appended = [20, 30, 30, 30, 10].map((size) => storage.append(partition, sized(size)));
  const own = encodeBatch({
    records: [{ key: null, value: Buffer.alloc(8 * KIB), headers: [], timestamp: 1 }],
  });
  const { frame } = partition.appendOwn(own, storage.now); // may use the reserve
  const taken = (await Promise.allSettled(appended)).filter(({ status }) => status === 'fulfilled').length;
  await frame!.durable;
  assert.ok(taken >= 3, `${taken} were taken`);
  assert.equal(partitions.journal.failed, undefined, 'what has no room is refused, and the rest goes on');
  await partitions.abandon();
  disk.isFull = false;
  const after = await storage.open();
  assert.equal((await readAll(after.partition)).length, 8 + taken + 1);
});

/** Writes of the journal never end once it is held. */
class HeldJournal extends MemoryDisk {
  isHeld = false;

  override async open(path: string, options?: OpenOptions): Promise<File> {
    const file = await super.open(path, options);
    const { write } = file;
    if (path.startsWith('journal'))
      file.write = (position, parts) =>
        this.isHeld ? new Promise(() => {}) : write.call(file, position, parts);
    return file;
  }
}

test('D1: a checkpoint saves what a large batch takes with it, in whichever moment that one comes', async () => {
  for (let moment = 0; moment < 10; moment++) {
    const disk = new HeldJournal();
    const storage = new StorageWorld({ ...memoryEnvironment(), disk }, {}, OPTIONS);
    const { partitions, partition } = await storage.open();
    await storage.append(partition, small('acknowledged'));
    void partitions.checkpoint();
    for (let n = 0; n < moment; n++) await undefined;
    disk.isHeld = true; // its frame is never written
    void storage.append(partition, large('not'));
    for (let n = 0; n < 50; n++) await storage.moment();
    await partitions.abandon();
    disk.isHeld = false;
    const after = await storage.open();
    assert.deepEqual(names(await readAll(after.partition)), ['acknowledged'], `moment ${moment}`);
  }
});

for (const code of ['EIO', 'ENOSPC'])
  for (const bytes of [LARGE, 4 * 1024 * 1024])
    test(`D5: a sync of a segment that failed (${code}, ${bytes} bytes) is final, and acknowledges nothing`, async () => {
      const disk = new MemoryDisk();
      const { open } = disk;
      let fails = false;
      disk.open = async (path, options) => {
        const file = await open.call(disk, path, options);
        if (!path.endsWith('.log')) return file;
        const { sync } = file;
        file.sync = () => (fails ? Promise.reject(systemError(code, path)) : sync.call(file));
        return file;
      };
      const journal = {
        ...SMALL.journal,
        limitBytes: 10 * bytes + (1 << 20),
        fileBytes: 2 * bytes + (1 << 18),
      };
      const storage = new StorageWorld(
        { ...memoryEnvironment(), disk },
        { maxMessageBytes: 2 * bytes, segmentBytes: 4 * bytes },
        { ...OPTIONS, journal },
      );
      const { partition } = await storage.open();
      await storage.append(partition, large('before'));
      fails = true;
      const lost = [{ value: Buffer.alloc(bytes) }];
      await assert.rejects(storage.append(partition, lost), { errorName: 'KAFKA_STORAGE_ERROR' });
      fails = false;
      await assert.rejects(storage.append(partition, small('later')), { errorName: 'KAFKA_STORAGE_ERROR' });
    });

test('a batch that is larger than what one frame may refer to has a frame of its own', async () => {
  const disk = new MemoryDisk();
  const journal = {
    ...SMALL.journal,
    limitBytes: 1 << 21,
    fileBytes: 1 << 20,
    stepBytes: 1 << 18,
    frameTargetBytes: 5 * 1024,
  };
  const storage = new StorageWorld(
    { ...memoryEnvironment(), disk },
    { segmentBytes: 1 << 20 },
    { ...OPTIONS, journal },
  );
  const { partitions, partition } = await storage.open();
  const huge = [{ value: Buffer.alloc(32 * 1024, 'h') }];
  await Promise.all(
    [huge, large('a'), large('b'), huge].map((records) => storage.append(partition, records)),
  );
  assert.ok((await entriesIn(disk)).some(({ kind }) => kind === 'reference'));
  await partitions.abandon();
  const after = await storage.open();
  assert.equal((await readAll(after.partition)).length, 4);
});

test('a batch that the journal could not take back goes through it', async () => {
  const disk = new MemoryDisk();
  const journal = { ...SMALL.journal, limitBytes: 8 * LARGE };
  const storage = new StorageWorld({ ...memoryEnvironment(), disk }, {}, { ...OPTIONS, journal });
  const { partition } = await storage.open();
  await storage.append(partition, large('through'));
  assert.deepEqual(
    (await entriesIn(disk)).map(({ kind }) => kind),
    ['batch'],
  );
});
