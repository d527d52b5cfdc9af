import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryEnvironment, SlowDisk } from '../env/memory/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import type { Appended } from './placement.ts';
import { CONFIG, readAll, StorageWorld } from './storage-fixture.ts';

const moment = () => new Promise((resolve) => setImmediate(resolve));
const value = Buffer.from('v');
const OTHER = 'cd'.repeat(16);

async function setUp() {
  const disk = new SlowDisk();
  const storage = new StorageWorld(memoryEnvironment(undefined, disk));
  const { partitions, partition: strict } = await storage.open();
  const relaxed = partitions.host(OTHER, 0, { ...CONFIG, flush: 'os' });
  const append = (to: typeof strict) =>
    to.append(
      encodeBatch({ records: [{ key: null, value, headers: [], timestamp: storage.now }] }),
      storage.now,
    );
  return { disk, storage, strict, relaxed, append };
}

function isTold({ frame }: Appended): () => boolean {
  let told = false;
  void frame?.durable.then(() => (told = true));
  return () => told;
}

async function moments(): Promise<void> {
  for (let n = 0; n < 20; n++) await moment();
}

test('a relaxed topic is acknowledged and read before the sync; an ack topic in the same frame is not', async () => {
  const { disk, strict, relaxed, append } = await setUp();
  disk.hold();
  const [isStrictTold, isRelaxedTold] = [isTold(append(strict)), isTold(append(relaxed))];
  await moments();
  assert.deepEqual([isStrictTold(), isRelaxedTold()], [false, true]);
  assert.deepEqual([strict.highWatermark, relaxed.highWatermark], [0, 1]);
  assert.equal((await readAll(relaxed)).length, 1);
  assert.equal((await readAll(strict)).length, 0);
  disk.release();
  await moments();
  assert.deepEqual([isStrictTold(), strict.highWatermark], [true, 1]);
});

test('a topic that becomes relaxed shows nothing that waits for its sync', async () => {
  const { disk, strict, append } = await setUp();
  disk.hold();
  const isFirstTold = isTold(append(strict));
  strict.config = { ...CONFIG, flush: 'interval' };
  const isSecondTold = isTold(append(strict));
  await moments();
  assert.deepEqual([isFirstTold(), isSecondTold(), strict.highWatermark], [false, true, 0]);
  disk.release();
  await moments();
  assert.deepEqual([isFirstTold(), strict.highWatermark], [true, 2]);
});

test('what the broker itself writes waits for its sync on every topic', async () => {
  const { disk, storage, relaxed, append } = await setUp();
  disk.hold();
  const own = encodeBatch({ records: [{ key: null, value, headers: [], timestamp: storage.now }] });
  const isOwnTold = isTold(relaxed.appendOwn(own, storage.now));
  append(relaxed);
  await moments();
  assert.deepEqual([isOwnTold(), relaxed.highWatermark], [false, 0]);
  disk.release();
  await moments();
  assert.deepEqual([isOwnTold(), relaxed.highWatermark], [true, 2]);
});

test('kill -9 loses nothing that a relaxed topic acknowledged', async () => {
  const { disk, storage, relaxed, append } = await setUp();
  disk.hold();
  const isAcknowledged = isTold(append(relaxed));
  await moments();
  assert.equal(isAcknowledged(), true);
  disk.release();
  const { partitions } = await storage.open(); // in the same turn: the sync of the life before did not happen
  assert.equal((await readAll(partitions.find(OTHER, 0)!)).length, 1);
});
