import assert from 'node:assert/strict';
import test from 'node:test';
import type { Level } from '../base/index.ts';
import { crc32c, silent } from '../base/index.ts';
import { MemoryDisk } from '../env/memory/index.ts';
import { flipBit, readFile, writeFile } from './log-fixture.ts';
import {
  decodeManifest,
  encodeManifest,
  Manifest,
  MANIFEST_VERSION,
  type ManifestContent,
  ManifestDamaged,
} from './manifest.ts';

const content = (leaderEpoch: number, partitions = 0): ManifestContent => ({
  version: MANIFEST_VERSION,
  clean: false,
  leaderEpoch,
  clusterId: 'c',
  journal: { session: 1, sessions: [] },
  partitions: Array.from({ length: partitions }, (_, partition) => ({
    topicId: 'a'.repeat(32),
    partition,
    logStartOffset: 0,
    segments: [],
    epochs: [],
  })),
});

test('a new folder has no manifest', async () => {
  const manifest = await Manifest.open({ disk: new MemoryDisk() }, silent);
  assert.equal(manifest.content, undefined);
});

test('what was written last is what the next start reads', async () => {
  const disk = new MemoryDisk();
  let manifest = await Manifest.open({ disk }, silent);
  for (let epoch = 1; epoch <= 7; epoch++) {
    await manifest.write(content(epoch, 8 - epoch)); // each shorter than the one before it
    if (epoch % 3 === 0) manifest = await Manifest.open({ disk }, silent);
    const read = await Manifest.open({ disk }, silent);
    assert.deepEqual(read.content, content(epoch, 8 - epoch));
    assert.equal(read.generation, epoch);
  }
});

test('D1: a write never touches the newest copy, also the first one of a life', async () => {
  const disk = new MemoryDisk();
  for (let epoch = 1; epoch <= 6; epoch++) {
    const manifest = await Manifest.open({ disk }, silent);
    await manifest.write(content(epoch));
    const names = (await disk.list('')).filter((name) => name.startsWith('manifest'));
    const copies = await Promise.all(names.map(async (name) => decodeManifest(await readFile(disk, name))));
    const generations = copies.map((copy) => (typeof copy === 'string' ? copy : copy.generation)).sort();
    assert.deepEqual(generations, epoch === 1 ? [1] : [epoch - 1, epoch]);
  }
});

test('a write that tears at any byte leaves the manifest before it', async () => {
  const old = encodeManifest(5, content(5, 3));
  const before = encodeManifest(6, content(6, 1));
  const next = encodeManifest(7, content(7, 2));
  for (let torn = 0; torn <= next.length; torn += 7) {
    const disk = new MemoryDisk();
    await writeFile(disk, 'manifest-a', Buffer.concat([next.subarray(0, torn), old.subarray(torn)]));
    await writeFile(disk, 'manifest-b', before);
    const manifest = await Manifest.open({ disk }, silent);
    assert.ok([6, 7].includes(manifest.generation));
    assert.equal(manifest.content?.leaderEpoch, manifest.generation);
    await manifest.write(content(9));
    assert.equal((await Manifest.open({ disk }, silent)).content?.leaderEpoch, 9, `torn at ${torn}`);
  }
});

test('a damaged copy is told of, and the other one is used', async () => {
  const disk = new MemoryDisk();
  const manifest = await Manifest.open({ disk }, silent);
  await manifest.write(content(1));
  await manifest.write(content(2));
  await flipBit(disk, 'manifest-b', 60);
  const told: [Level, unknown][] = [];
  const read = await Manifest.open({ disk }, (level, _, fields) => told.push([level, fields?.file]));
  assert.equal(read.content?.leaderEpoch, 1);
  assert.deepEqual(told, [['warn', 'manifest-b']]);
});

test('a crash in the very first write leaves a folder that is still new', async () => {
  const disk = new MemoryDisk();
  const rename = disk.rename.bind(disk);
  disk.rename = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
  await assert.rejects(
    async () => (await Manifest.open({ disk }, silent)).write(content(1)),
    /KAFKA_STORAGE_ERROR/,
  );
  disk.rename = rename;
  const manifest = await Manifest.open({ disk }, silent);
  assert.equal(manifest.content, undefined);
  await manifest.write(content(2));
  assert.deepEqual(await disk.list(''), ['manifest-a']);
});

test('every flipped bit is found', () => {
  const bytes = encodeManifest(3, content(3));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const wrong = Buffer.from(bytes);
    wrong[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(typeof decodeManifest(wrong), 'string', `bit ${bit}`);
  }
});

test('when no copy is whole the folder is not opened, and it is said what to do', async () => {
  const disk = new MemoryDisk();
  const manifest = await Manifest.open({ disk }, silent);
  await manifest.write(content(1));
  await flipBit(disk, 'manifest-a', 50);
  const before = await readFile(disk, 'manifest-a');
  await assert.rejects(
    () => Manifest.open({ disk }, silent),
    (error) => error instanceof ManifestDamaged && /checksum.*gregor verify.*backup/.test(error.message),
  );
  assert.deepEqual(await readFile(disk, 'manifest-a'), before);
});

test('a manifest of a later program is refused, even beside an older one that is known', async () => {
  const disk = new MemoryDisk();
  const manifest = await Manifest.open({ disk }, silent);
  await manifest.write(content(1));
  const body = '{"later":true}\n';
  const later = MANIFEST_VERSION + 1;
  const crc = crc32c(Buffer.from(`${later} 2 ${body.length}\n${body}`))
    .toString(16)
    .padStart(8, '0');
  await writeFile(
    disk,
    'manifest-b',
    Buffer.from(`gregor-manifest ${later} 2 ${body.length} ${crc}\n${body}`),
  );
  await assert.rejects(
    () => Manifest.open({ disk }, silent),
    new RegExp(`manifest-b has version ${later}.*Nothing was changed`),
  );
});
