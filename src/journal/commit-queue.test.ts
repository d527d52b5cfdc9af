import assert from 'node:assert/strict';
import test from 'node:test';
import { deferred, silent } from '../base/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { Journal } from './journal.ts';
import type { JournalOptions } from './options.ts';

const KIB = 1024;
const OPTIONS: JournalOptions = {
  directory: 'journal',
  limitBytes: 4096 * KIB,
  fileBytes: 1024 * KIB,
  stepBytes: 512 * KIB,
  frameTargetBytes: 32 * KIB,
  reserveBytes: 16 * KIB,
  sealAfterMs: 60_000,
};
const BATCH = {
  topicId: 'ab'.repeat(16),
  partition: 3,
  leaderEpoch: 1,
  attributes: 0,
  baseOffset: 0,
  lastOffset: 0,
  producerId: 7,
  producerEpoch: 0,
  baseSequence: 0,
  maxTimestamp: 1_700_000_000_000,
  markerType: -1,
  coordinatorEpoch: -1,
} as const;
const REFERENCE = {
  ...BATCH,
  kind: 'reference',
  segmentBaseOffset: 0,
  segmentPosition: 0,
  batchCrc: 0,
} as const;

/** A journal whose own syncs wait for `release` once they are held, and what is lodged beside it. */
async function heldJournal() {
  const disk = new MemoryDisk();
  const gate = deferred<void>();
  let isHeld = false;
  const openFile = disk.open.bind(disk);
  disk.open = async (path, options) => {
    const file = await openFile(path, options);
    const { sync } = file;
    file.sync = async () => {
      if (isHeld) await gate.promise;
      await sync.call(file);
    };
    return file;
  };
  const env = memoryEnvironment(undefined, disk);
  const { journal } = await Journal.open(env, silent, OPTIONS, undefined, () => {});
  isHeld = true;
  const bytes = Buffer.alloc(OPTIONS.frameTargetBytes);
  /** As large as a frame may refer to: the next one closes its frame. */
  const lodge = (syncWritten: () => Promise<void>) => {
    const { frame } = journal.lodge({ ...REFERENCE, segmentLength: bytes.length }, [], bytes, true)!;
    frame.awaits({ written: Promise.resolve(), home: { syncWritten } });
    frame.durable.catch(() => {});
    return frame;
  };
  return { journal, lodge, release: () => gate.resolve() };
}

const turns = async (count: number) => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
};

test('Q5: what a frame refers to becomes durable while the frame before it is in flight', async () => {
  const { journal, lodge, release } = await heldJournal();
  const synced: string[] = [];
  const home = (name: string) => async () => void synced.push(name);
  const first = lodge(home('first'));
  await turns(5); // it is in flight, and its sync is held
  const second = lodge(home('second'));
  const third = lodge(home('third')); // closes the second
  await turns(5);
  assert.deepEqual(synced, ['first', 'second']);
  assert.equal(journal.durableSequence, first.sequence - 1);
  release();
  await Promise.all([first.durable, second.durable, third.durable]);
  assert.deepEqual(synced, ['first', 'second', 'third'], 'each once');
  await journal.close();
});

test('D5: a sync elsewhere that fails ahead of its turn ends the journal, and the frame in flight with it', async () => {
  const { journal, lodge, release } = await heldJournal();
  let failures = 0;
  journal.onFailed = () => failures++;
  const first = lodge(async () => {});
  await turns(5);
  const second = lodge(() => Promise.reject(new Error('EIO')));
  lodge(async () => {});
  await turns(5);
  assert.throws(() => journal.append({ ...BATCH, kind: 'batch' }, Buffer.from('x')), /KAFKA_STORAGE_ERROR/);
  release();
  await assert.rejects(first.durable, /KAFKA_STORAGE_ERROR/);
  await assert.rejects(second.durable, /KAFKA_STORAGE_ERROR/);
  assert.equal(failures, 1);
});
