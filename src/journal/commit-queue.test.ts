import assert from 'node:assert/strict';
import test from 'node:test';
import { silent } from '../base/index.ts';
import { memoryEnvironment, SlowDisk } from '../env/memory/index.ts';
import { entryOf, KIB, OPTIONS } from './journal-fixture.ts';
import { Journal } from './journal.ts';

/** There is room for several frames that refer to as much as they may. */
const ROOMY = { ...OPTIONS, limitBytes: 4096 * KIB, fileBytes: 1024 * KIB, stepBytes: 512 * KIB };

/** A journal whose own syncs are held from now on, and what is lodged beside it. */
async function heldJournal() {
  const disk = new SlowDisk();
  const env = memoryEnvironment(undefined, disk);
  const { journal } = await Journal.open(env, silent, ROOMY, undefined, () => {});
  disk.hold();
  const bytes = Buffer.alloc(ROOMY.frameTargetBytes);
  const segment = { segmentBaseOffset: 0, segmentPosition: 0, segmentLength: bytes.length, batchCrc: 0 };
  /** As large as a frame may refer to: the next one closes its frame. */
  const lodge = (syncWritten: () => Promise<void>) => {
    const { frame } = journal.lodge({ ...entryOf(0), ...segment, kind: 'reference' }, [], bytes, true)!;
    frame.awaits({ written: Promise.resolve(), home: { syncWritten } });
    frame.durable.catch(() => {});
    return frame;
  };
  return { journal, lodge, release: () => disk.release() };
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
  assert.throws(() => journal.append(entryOf(1), Buffer.from('x')), /KAFKA_STORAGE_ERROR/);
  release();
  await assert.rejects(first.durable, /KAFKA_STORAGE_ERROR/);
  await assert.rejects(second.durable, /KAFKA_STORAGE_ERROR/);
  assert.equal(failures, 1);
});

test('Q5: a frame that is closed cannot be told of more that it waits for', async () => {
  const { journal, lodge, release } = await heldJournal();
  const home = { syncWritten: async () => {} };
  const closed = lodge(home.syncWritten);
  const next = lodge(home.syncWritten);
  assert.throws(() => closed.awaits({ written: Promise.resolve(), home }), /the frame was closed/);
  release();
  await next.durable;
  await journal.close();
});
