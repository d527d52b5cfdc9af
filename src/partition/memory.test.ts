import assert from 'node:assert/strict';
import test from 'node:test';
import { BufferPool } from '../env/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { encodeBatch, encodeMarker, type NewBatch } from '../protocol/index.ts';
import type { Partition } from './partition.ts';
import type { Partitions } from './partitions.ts';
import { durable } from './durable.ts';
import { read, readCommitted } from './reading.ts';
import { readAll, SMALL, StorageWorld } from './storage-fixture.ts';

/** Batches large enough to stay where they arrived, and to lend their checksum to the frame. */
const MEBIBYTE = 1024 * 1024;
const VALUE_BYTES = 300_000;
/** What of a request comes before its batch. */
const BEFORE_BATCH = 60;
const ABORTED = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true };
const MARKER = { producerId: 7, producerEpoch: 0, isCommit: false, coordinatorEpoch: 0, timestamp: 1 };

function world() {
  const buffers = new BufferPool({ overwrites: true });
  const storage = new StorageWorld(
    { ...memoryEnvironment(), buffers },
    { segmentBytes: 64 * MEBIBYTE },
    {
      journal: {
        ...SMALL.journal,
        limitBytes: 32 * MEBIBYTE,
        fileBytes: 16 * MEBIBYTE,
        stepBytes: 8 * MEBIBYTE,
        frameTargetBytes: 4 * MEBIBYTE,
      },
    },
  );
  /** As a request brings it: in memory of the pool, released in the turn of the append. */
  const arrive = async (partition: Partition, text: string, producer: Partial<NewBatch> = {}) => {
    const value = Buffer.alloc(VALUE_BYTES, text);
    const batch = encodeBatch({
      records: [{ key: null, value, headers: [], timestamp: storage.now }],
      ...producer,
    });
    const request = buffers.take(BEFORE_BATCH + batch.length);
    const records = request.subarray(BEFORE_BATCH);
    records.set(batch);
    const { frame } = partition.append(records, storage.now, { given: true });
    buffers.release(request);
    await durable([frame]);
  };
  /** All that is in memory leaves it, but for one batch more. */
  const letGo = async (partitions: Partitions, partition: Partition) => {
    await partitions.checkpoint();
    await arrive(partition, 'end');
    await partitions.checkpoint();
  };
  return { storage, buffers, arrive, letGo };
}

const textsOf = async (partition: Partition) =>
  (await readAll(partition)).map(({ value }) => value!.toString('latin1', 0, 3));

test('the memory of a batch is used again once its segment has it, unless a reader has it too', async () => {
  const { storage, buffers, arrive } = world();
  const { partitions, partition } = await storage.open();
  await arrive(partition, 'one');
  await arrive(partition, 'two');
  const [ofReader] = await read(partition, 1, 1, 'read_uncommitted');
  const seen = Buffer.from(ofReader!);
  assert.equal(buffers.freeBytes, 0);
  await partitions.checkpoint();
  await arrive(partition, 'six');
  await partitions.checkpoint(); // what was written by the one before leaves memory now
  assert.equal(partition.tail.firstOffset, 2);
  const size = buffers.freeBytes;
  assert.ok(size > VALUE_BYTES && size < 2 * VALUE_BYTES, `one of two is free: ${size}`);
  await arrive(partition, 'ten');
  assert.equal(buffers.freeBytes, 0, 'it was used again');
  assert.ok(ofReader!.equals(seen));
  assert.deepEqual(await textsOf(partition), ['one', 'two', 'six', 'ten']);
});

test('the memory of a batch is used again when its reader is done with it, too', async () => {
  const { storage, buffers, arrive, letGo } = world();
  const { partitions, partition } = await storage.open();
  await arrive(partition, 'one');
  const parts = await read(partition, 0, MEBIBYTE, 'read_uncommitted');
  await letGo(partitions, partition);
  assert.equal(partition.tail.firstOffset, 1);
  assert.equal(buffers.freeBytes, 0, 'the reader has it');
  partition.tail.doneWith(parts);
  assert.ok(buffers.freeBytes > VALUE_BYTES);
});

test('aborted records that a reader does not get to see are released for it', async () => {
  const { storage, buffers, arrive, letGo } = world();
  const { partitions, partition } = await storage.open();
  await arrive(partition, 'one');
  await arrive(partition, 'two', ABORTED);
  await partitions.commit([{ partition, bytes: encodeMarker(MARKER) }], storage.now).durable;
  const parts = await readCommitted(partition, 0, MEBIBYTE);
  assert.equal(parts.length, 2, 'a record, and the marker');
  await letGo(partitions, partition);
  const { freeBytes } = buffers;
  assert.ok(freeBytes > VALUE_BYTES && freeBytes < 2 * VALUE_BYTES, `what was aborted is free: ${freeBytes}`);
  partition.tail.doneWith(parts);
  assert.ok(buffers.freeBytes > 2 * VALUE_BYTES);
});

test('what is read from a segment lies in memory of the pool, too', async () => {
  const { storage, buffers, arrive, letGo } = world();
  const { partitions, partition } = await storage.open();
  await arrive(partition, 'one');
  await letGo(partitions, partition);
  const { freeBytes } = buffers;
  const parts = await read(partition, 0, MEBIBYTE, 'read_uncommitted');
  const seen = Buffer.from(parts[0]!);
  assert.ok(buffers.freeBytes <= freeBytes);
  partition.tail.doneWith(parts);
  assert.ok(buffers.freeBytes >= VALUE_BYTES, 'its reader is done with it');
  assert.ok(!parts[0]!.equals(seen), 'and whoever reads it now reads nonsense');
  const small = await read(partition, 0, 1, 'read_uncommitted');
  assert.ok(small[0]!.length > VALUE_BYTES, 'a batch larger than what was asked for comes whole');
  assert.ok(small[0]!.equals(seen.subarray(0, small[0]!.length)));
  const before = buffers.freeBytes;
  partition.tail.doneWith(small);
  assert.ok(buffers.freeBytes > before);
});

test('large batches are replayed from the journal, byte for byte', async () => {
  const { storage, arrive } = world();
  const first = await storage.open();
  for (const text of ['one', 'two', 'six']) await arrive(first.partition, text);
  await first.partitions.abandon();
  const second = await storage.open();
  assert.deepEqual(await textsOf(second.partition), ['one', 'two', 'six']);
});

test('more small batches than one turn should write are all in their segment after a checkpoint, in their order', async () => {
  const { storage } = world();
  const { partitions, partition } = await storage.open();
  const count = 17_000;
  for (let n = 0; n < count; ) {
    let last: ReturnType<Partition['append']> | undefined;
    for (const end = Math.min(count, n + 1_000); n < end; n++) {
      const records = encodeBatch({
        records: [{ key: null, value: Buffer.from(String(n)), headers: [], timestamp: storage.now }],
      });
      last = partition.append(records, storage.now);
    }
    await durable([last!.frame]);
  }
  await partitions.checkpoint();
  assert.deepEqual(
    [partition.tail.unwrittenBytes, partition.log.logEndOffset, partition.logEndOffset],
    [0, count, count],
  );
  await partitions.close();
  const again = await storage.open();
  assert.equal(again.partition.tail.bytes, 0);
  const values = (await readAll(again.partition)).map(({ value }) => value!.toString());
  assert.deepEqual(
    values,
    Array.from({ length: count }, (_, n) => String(n)),
  );
  await again.partitions.close();
});
