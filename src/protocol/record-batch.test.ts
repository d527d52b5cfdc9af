import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { KafkaError } from './errors.ts';
import { codecOf, COMPRESSIONS, forEachBatch, RecordBatch } from './record-batch.ts';
import { encodeBatch } from './record-builder.ts';
import { decodeRecords, validateRecords } from './record.ts';

const LIMIT = 1 << 22;
const nullableBytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)));
const records = fc.array(
  fc.record({
    key: nullableBytes,
    value: nullableBytes,
    timestamp: fc.integer({ min: 0, max: 2 ** 42 }),
    headers: fc.array(fc.tuple(fc.string({ maxLength: 10 }), nullableBytes), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 20 },
);

/** Written by hand from the format's description: one record, key "k", value "v", timestamp 5, at offset 7. */
const GOLDEN = Buffer.from(
  '0000000000000007' +
    '0000003b' +
    '00000003' +
    '02' +
    'aaaaaaaa' +
    '0000' +
    '00000000' +
    '0000000000000005' +
    '0000000000000005' +
    'ffffffffffffffff' +
    'ffff' +
    'ffffffff' +
    '00000001' +
    '10' +
    '00' +
    '00' +
    '00' +
    '02' +
    '6b' +
    '02' +
    '76' +
    '00',
  'hex',
);

test('a batch has the bytes that the format describes', () => {
  const bytes = encodeBatch({
    baseOffset: 7,
    leaderEpoch: 3,
    records: [{ key: Buffer.from('k'), value: Buffer.from('v'), headers: [], timestamp: 5 }],
  });
  const expected = Buffer.from(GOLDEN);
  bytes.copy(expected, 17, 17, 21); // the CRC is checked by the property below
  expected.writeInt32BE(expected.length - 12, 8);
  assert.equal(bytes.toString('hex'), expected.toString('hex'));
});

test('what goes into a batch comes out, with every compression', () => {
  for (const compression of COMPRESSIONS)
    fc.assert(
      fc.property(records, fc.nat(), (given, baseOffset) => {
        const batch = RecordBatch.at(encodeBatch({ records: given, compression, baseOffset }), 0);
        assert.equal(batch.compression, compression);
        assert.ok(batch.isCrcRight());
        const expected = given.map((record, index) => ({ ...record, offset: baseOffset + index }));
        assert.deepEqual(
          decodeRecords(batch, LIMIT),
          expected.map(({ offset, timestamp, key, value, headers }) => ({
            offset,
            timestamp,
            key,
            value,
            headers,
          })),
        );
      }),
      { numRuns: 60 },
    );
});

test('a damaged batch gives an error of the protocol and nothing else', () => {
  for (const compression of COMPRESSIONS)
    fc.assert(
      fc.property(
        records,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        (given, damage) => {
          const bytes = encodeBatch({ records: given, compression });
          for (const [at, value] of damage) bytes[at % bytes.length] = value;
          try {
            decodeRecords(RecordBatch.at(bytes, 0), LIMIT);
          } catch (error) {
            assert.ok(error instanceof KafkaError, String((error as Error).stack));
          }
        },
      ),
      { numRuns: 150 },
    );
});

test('a bomb is refused by its limit, not unpacked', () => {
  const value = Buffer.alloc(8 << 20);
  for (const compression of COMPRESSIONS) {
    if (compression === 'none') continue;
    const batch = RecordBatch.at(
      encodeBatch({ compression, records: [{ key: null, value, headers: [], timestamp: 0 }] }),
      0,
    );
    assert.throws(() => decodeRecords(batch, 1 << 20), /MESSAGE_TOO_LARGE/, compression);
  }
});

test('stamping offset and epoch leaves the checksum right, stamping the time renews it', () => {
  const bytes = encodeBatch({ records: [{ key: null, value: null, headers: [], timestamp: 1 }] });
  const batch = RecordBatch.at(bytes, 0);
  RecordBatch.stamp(bytes, 0, 2 ** 40, 9);
  assert.deepEqual([batch.baseOffset, batch.leaderEpoch], [2 ** 40, 9]);
  batch.check();
  batch.stampLogAppendTime(77);
  batch.check();
  assert.equal(batch.timestampType, 'LogAppendTime');
  assert.equal(decodeRecords(batch, LIMIT)[0]!.timestamp, 77);
});

test('sequences wrap after the largest int32', () => {
  const many = Array.from({ length: 3 }, () => ({ key: null, value: null, headers: [], timestamp: 1 }));
  const batch = RecordBatch.at(
    encodeBatch({ records: many, producerId: 1, producerEpoch: 0, baseSequence: 0x7ffffffe }),
    0,
  );
  assert.equal(batch.lastSequence, 0);
});

test('a compacted topic refuses a record without a key, and says which', () => {
  const batch = RecordBatch.at(
    encodeBatch({
      records: [
        { key: Buffer.from('a'), value: null, headers: [], timestamp: 1 },
        { key: null, value: null, headers: [], timestamp: 1 },
      ],
    }),
    0,
  );
  assert.throws(
    () => validateRecords(batch, { keyRequired: true, limitBytes: LIMIT }),
    /record 1 has no key/,
  );
});

test('batches back to back are walked, and a torn one is refused', () => {
  const one = encodeBatch({ records: [{ key: null, value: null, headers: [], timestamp: 1 }] });
  let count = 0;
  forEachBatch(Buffer.concat([one, one, one]), () => count++);
  assert.equal(count, 3);
  assert.throws(() => forEachBatch(Buffer.concat([one, one.subarray(0, 65)]), () => {}), /CORRUPT_MESSAGE/);
  assert.equal(codecOf(one), 0);
  assert.equal(codecOf(Buffer.alloc(5)), 0);
});
