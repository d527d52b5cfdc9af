import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeRecords, forEachBatch, type RecordBatch } from '../../protocol/index.ts';
import { PartitionRecords } from './batch-producer.ts';

const output = (value: string) => ({
  topic: 't',
  partition: 0,
  key: Buffer.from('k'),
  value: Buffer.from(value),
  headers: [{ key: 'h', value: null }],
  timestampMs: 7,
});
const batchIn = (bytes: Buffer) => {
  const found: RecordBatch[] = [];
  forEachBatch(bytes, (batch) => found.push(batch));
  assert.equal(found.length, 1);
  return found[0]!;
};

test('a batch that is sent again has the same bytes; for another epoch of the producer it has that epoch and its sequence', () => {
  const records = new PartitionRecords([output('a'), output('b')]);
  let taken = 0;
  const take = () => 40 + taken++;
  const known = { producerId: 9n, producerEpoch: 1, transactionalId: 't' };
  const first = records.bytes('9/1', known, take);
  assert.equal(records.bytes('9/1', known, take), first);
  assert.equal(taken, 1);
  const batch = batchIn(first);
  assert.deepEqual(
    [batch.producerId, batch.producerEpoch, batch.baseSequence, batch.isTransactional],
    [9, 1, 40, true],
  );
  assert.deepEqual(
    decodeRecords(batch, 1_000).map(({ key, value, headers, timestamp }) => [
      String(key),
      String(value),
      headers,
      timestamp,
    ]),
    ['a', 'b'].map((value) => ['k', value, [['h', null]], 7]),
  );
  const next = batchIn(records.bytes('9/2', { producerId: 9n, producerEpoch: 2 }, take));
  assert.deepEqual([next.producerEpoch, next.baseSequence, next.isTransactional], [2, 41, false]);
});
