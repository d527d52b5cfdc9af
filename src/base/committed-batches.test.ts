import assert from 'node:assert/strict';
import test from 'node:test';
import { committedBatches } from './committed-batches.ts';

const TRANSACTIONAL = 0x10;
const MARKER = 0x30;
const ABORT = Buffer.from([0, 0, 0, 0]);
const COMMIT = Buffer.from([0, 0, 0, 1]);

const batch = (firstOffset: number, attributes: number, producerId: number, keys: (string | Buffer)[]) => ({
  firstOffset: BigInt(firstOffset),
  lastOffsetDelta: keys.length - 1,
  attributes,
  producerId: BigInt(producerId),
  records: keys.map((key) => ({ key: Buffer.from(key) })),
});
const shown = (batches: ReturnType<typeof batch>[], aborted: [producer: number, first: number][] = []) =>
  [
    ...committedBatches(
      batches,
      aborted.map(([producerId, firstOffset]) => ({
        producerId: BigInt(producerId),
        firstOffset: BigInt(firstOffset),
      })),
    ),
  ].map(({ records }) => String(records[0]!.key));

test('a transaction is left out from its first offset to its marker; the next one of the same producer is not', () => {
  const batches = [
    batch(0, TRANSACTIONAL, 9, ['aborted']),
    batch(1, 0, -1, ['plain']),
    batch(2, 0, 9, ['not in a transaction']),
    batch(3, TRANSACTIONAL, 8, ['of another']),
    batch(4, MARKER, 9, [ABORT]),
    batch(5, TRANSACTIONAL, 9, ['committed']),
    batch(6, MARKER, 9, [COMMIT]),
    batch(7, TRANSACTIONAL, 9, ['aborted too']),
  ];
  const listed: [number, number][] = [
    [9, 7],
    [9, 0],
  ];
  assert.deepEqual(shown(batches, listed), ['plain', 'not in a transaction', 'of another', 'committed']);
});

test('the first batch may begin before its transaction was listed, and end in it', () => {
  assert.deepEqual(shown([batch(3, TRANSACTIONAL, 9, ['a', 'b'])], [[9, 4]]), []);
  assert.deepEqual(shown([batch(3, TRANSACTIONAL, 9, ['a', 'b'])], [[9, 5]]), ['a']);
  assert.deepEqual(
    shown([batch(3, MARKER, 9, [Buffer.of(0)]), batch(4, TRANSACTIONAL, 9, ['a'])], [[9, 0]]),
    [],
  );
});
