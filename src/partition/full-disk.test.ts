import assert from 'node:assert/strict';
import test from 'node:test';
import { systemError } from '../env/index.ts';
import { FullableDisk, memoryEnvironment } from '../env/memory/index.ts';
import { encodeBatch, KafkaError, NOTHING_WRITTEN } from '../protocol/index.ts';
import type { Partitions } from './partitions.ts';
import { readAll, StorageWorld } from './storage-fixture.ts';

/** Only the journal, which has its space already, takes bytes when it is full. */
class FilledDisk extends FullableDisk {
  constructor() {
    super((path) => !path.startsWith('journal'));
  }

  override async space() {
    const { totalBytes } = await super.space();
    return { freeBytes: this.isFull ? 0 : totalBytes, totalBytes };
  }
}

function fullableWorld(): { storage: StorageWorld; disk: FilledDisk } {
  const disk = new FilledDisk();
  return { storage: new StorageWorld({ ...memoryEnvironment(), disk }), disk };
}

const text = (value: string) => [{ value: Buffer.from(value) }];

test('V2: a stop on a full disk ends well: the journal keeps what found no room, and the next start has it', async () => {
  const { storage, disk } = fullableWorld();
  const { partitions, partition } = await storage.open();
  await storage.append(partition, text('early'));
  await partitions.checkpoint();
  await storage.append(partition, text('late'));
  disk.isFull = true;
  await partitions.close();
  assert.match(storage.told.join('\n'), /closed without a last checkpoint/);
  disk.isFull = false;
  const after = await storage.open();
  assert.equal(after.partitions.leaderEpoch, 1); // not marked as cleanly closed
  const values = (await readAll(after.partition)).map(({ value }) => String(value));
  assert.deepEqual(values, ['early', 'late']);
  await after.partitions.close();
});

test('V2: also when the disk fills up between the last checkpoint and the mark', async () => {
  const { storage, disk } = fullableWorld();
  const { partitions, partition } = await storage.open();
  await storage.append(partition, text('all of it'));
  await partitions.checkpoint();
  const { close } = partition.log;
  partition.log.close = () => {
    disk.isFull = true;
    return close.call(partition.log);
  };
  await partitions.close();
  disk.isFull = false;
  const after = await storage.open();
  assert.deepEqual(
    (await readAll(after.partition)).map(({ value }) => String(value)),
    ['all of it'],
  );
  await after.partitions.close();
});

test('D5: a stop is not excused by any other error of the disk', async () => {
  const { storage } = fullableWorld();
  const { partitions, partition } = await storage.open();
  await storage.append(partition, text('kept'));
  partition.log.sync = () => Promise.reject(systemError('EIO', 'sync'));
  await assert.rejects(partitions.close(), { code: 'EIO' });
});

for (const [what, fill] of [
  ['the disk is below its reserve', fillTheDisk],
  ['the journal is full', fillTheJournal],
] as const)
  test(`I1: a producer begins with the batch that found no room, also when room comes back under its pipeline: ${what}`, async () => {
    const { storage, disk } = fullableWorld();
    const { partitions, partition } = await storage.open();
    const send = (baseSequence: number, value: string) => {
      const records = [{ key: null, value: Buffer.from(value), headers: [], timestamp: storage.now }];
      const bytes = encodeBatch({ records, producerId: 6, producerEpoch: 0, baseSequence });
      return partition.append(bytes, storage.now).baseOffset;
    };
    const makeRoom = await fill(disk, partitions);
    assert.throws(() => send(0, 'first'), /KAFKA_STORAGE_ERROR: .*nothing was written/);
    await makeRoom();
    assert.throws(() => send(1, 'second'), /OUT_OF_ORDER_SEQUENCE_NUMBER/);
    assert.deepEqual([send(0, 'first'), send(1, 'second')], [0, 1]);
    await partitions.close();
  });

async function fillTheDisk(disk: FullableDisk, partitions: Partitions) {
  disk.isFull = true;
  await partitions.reserve.look();
  return () => {
    disk.isFull = false;
    return partitions.reserve.look();
  };
}

async function fillTheJournal(_disk: FullableDisk, partitions: Partitions) {
  const { journal } = partitions;
  const { append } = journal;
  journal.append = () => {
    throw new KafkaError('KAFKA_STORAGE_ERROR', `no room; ${NOTHING_WRITTEN}`);
  };
  return async () => {
    journal.append = append;
  };
}
