import assert from 'node:assert/strict';
import test from 'node:test';
import { ByteReader, ByteWriter, MalformedMessage } from './bytes.ts';

type Write = (writer: ByteWriter) => void;
const written = (write: Write) => {
  const writer = new ByteWriter(1);
  write(writer);
  return writer.toBuffer();
};
const reader = (hex: string) => new ByteReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

test('integers are big endian, and their extremes survive', () => {
  const write: Write = (w) => {
    w.int8(-128);
    w.int16(-32768);
    w.uint16(65535);
    w.int32(-(2 ** 31));
    w.uint32(2 ** 32 - 1);
    w.int64(-Number.MAX_SAFE_INTEGER);
    w.int64(Number.MAX_SAFE_INTEGER);
    w.int64(-1);
    w.float64(-0.5);
    w.boolean(true);
  };
  const buffer = written(write);
  assert.equal(
    buffer.toString('hex'),
    '80 8000 ffff 80000000 ffffffff ffe0000000000001 001fffffffffffff ffffffffffffffff bfe0000000000000 01'.replaceAll(
      ' ',
      '',
    ),
  );
  const r = new ByteReader(buffer);
  assert.deepEqual(
    [r.int8(), r.int16(), r.uint16(), r.int32(), r.uint32()],
    [-128, -32768, 65535, -(2 ** 31), 2 ** 32 - 1],
  );
  assert.deepEqual(
    [r.int64(), r.int64(), r.int64()],
    [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, -1],
  );
  assert.deepEqual([r.float64(), r.boolean(), r.remaining], [-0.5, true, 0]);
});

test('an int64 beyond ±2^53 is refused, or clamped where the schema says so', () => {
  for (const hex of ['0020000000000000', '7fffffffffffffff', 'ffe0000000000000', '8000000000000000']) {
    assert.throws(() => reader(hex).int64(), MalformedMessage, hex);
    const sign = hex < '8' ? 1 : -1;
    assert.equal(reader(hex).int64Clamped(), sign * Number.MAX_SAFE_INTEGER, hex);
  }
  assert.equal(reader('fffffffffffffffe').int64Clamped(), -2);
  assert.equal(written((w) => w.int64Clamped(Number.MAX_SAFE_INTEGER)).toString('hex'), '7fffffffffffffff');
  assert.equal(written((w) => w.int64Clamped(-Number.MAX_SAFE_INTEGER)).toString('hex'), '8000000000000000');
  assert.equal(written((w) => w.int64Clamped(7)).toString('hex'), '0000000000000007');
});

test('varints of all lengths come back as they went', () => {
  for (let bits = 0; bits <= 32; bits++)
    for (const value of [2 ** bits - 1, Math.min(2 ** bits, 2 ** 32 - 1)])
      assert.equal(new ByteReader(written((w) => w.uvarint(value))).uvarint(), value);
  for (const value of [0, -1, 1, 63, -64, 64, 2 ** 31 - 1, -(2 ** 31)])
    assert.equal(new ByteReader(written((w) => w.varint(value))).varint(), value);
  for (let bits = 0; bits <= 53; bits++)
    for (const value of [2 ** bits - 1, -(2 ** bits) + 1, Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)])
      assert.equal(new ByteReader(written((w) => w.varlong(value))).varlong(), value, `${value}`);
  assert.equal(written((w) => w.varlong(-1)).toString('hex'), '01');
  assert.equal(written((w) => w.varlong(300)).toString('hex'), 'd804');
});

test('varints that never end, or hold more than their type, are malformed', () => {
  assert.equal(reader('ffffffff0f').uvarint(), 2 ** 32 - 1);
  for (const hex of ['ffffffff1f', 'ffffffff8f01', '808080808001', 'ff', ''])
    assert.throws(() => reader(hex).uvarint(), MalformedMessage, hex);
  for (const hex of ['ffffffffffffffffff01', 'ffffffffffffffffffff01', 'ffff'])
    assert.throws(() => reader(hex).varlong(), MalformedMessage, hex);
});

test('null and empty are two things, in both kinds of lengths', () => {
  const write: Write = (w) => {
    w.nullableString(null);
    w.string('');
    w.compactNullableString(null);
    w.compactString('é');
    w.nullableBytes(null);
    w.compactNullableBytes(Buffer.alloc(0));
  };
  const buffer = written(write);
  assert.equal(buffer.toString('hex'), 'ffff 0000 00 03c3a9 ffffffff 01'.replaceAll(' ', ''));
  const r = new ByteReader(buffer);
  assert.deepEqual(
    [r.nullableString(), r.nullableString(), r.compactNullableString(), r.compactString()],
    [null, '', null, 'é'],
  );
  assert.equal(r.nullableBytes(), null);
  assert.equal(r.compactNullableBytes()!.length, 0);
});

test('lengths that are negative, or longer than what is there, are malformed', () => {
  const wrong: [hex: string, read: (r: ByteReader) => unknown][] = [
    ['ffff', (r) => r.string()],
    ['fffe', (r) => r.nullableString()],
    ['0002 61', (r) => r.string()],
    ['00', (r) => r.compactString()],
    ['03 61', (r) => r.compactString()],
    ['ffffffff0f', (r) => r.compactNullableString()],
    ['fffffffe', (r) => r.nullableBytes()],
    ['7fffffff', (r) => r.bytes()],
    ['ffffffff0f', (r) => r.compactBytes()],
    ['fffffffe', (r) => r.arrayLength(1)],
    ['7fffffff', (r) => r.arrayLength(1)],
    ['00000002 000000', (r) => r.arrayLength(2)],
    ['ffffffff0f', (r) => r.compactArrayLength(1)],
    ['00', (r) => r.int16()],
    ['000000', (r) => r.int32()],
    ['00000000000000', (r) => r.int64()],
    ['00', (r) => r.uuid()],
  ];
  for (const [hex, read] of wrong) assert.throws(() => read(reader(hex)), MalformedMessage, hex);
});

test('bytes that were read are a view of the frame, not a copy', () => {
  const frame = Buffer.from('0000000161', 'hex');
  const view = new ByteReader(frame).bytes();
  frame[4] = 0x62;
  assert.equal(view.toString(), 'b');
});

test('a reader keeps to its part of a buffer', () => {
  const r = new ByteReader(Buffer.from('0001020304', 'hex'), 1, 3);
  assert.equal(r.int16(), 0x0102);
  assert.throws(() => r.int8(), MalformedMessage);
});

test('a writer refuses what its type cannot hold', () => {
  const wrong: Write[] = [
    (w) => w.int8(128),
    (w) => w.int16(-32769),
    (w) => w.uint16(-1),
    (w) => w.int32(2 ** 31),
    (w) => w.uint32(-1),
    (w) => w.int64(2 ** 53),
    (w) => w.int64(0.5),
    (w) => w.int32(Number.NaN),
    (w) => w.int32(null as never),
    (w) => w.int64('1' as never),
    (w) => w.boolean(1 as never),
    (w) => w.uvarint(2 ** 32),
    (w) => w.uuid('0'.repeat(31)),
    (w) => w.uuid('x'.repeat(32)),
    (w) => w.string('x'.repeat(32768)),
    (w) => w.string(null as never),
    (w) => w.raw('text' as never),
  ];
  for (const write of wrong) assert.throws(() => written(write), RangeError, write.toString());
});

test('large values become parts of their own, and the whole is the same', () => {
  const large = Buffer.alloc(100, 7);
  const write: Write = (w) => {
    w.int32(0);
    w.bytes(large);
    w.bytes(Buffer.from('small'));
    w.bytes(large);
    w.fillSize();
  };
  const writer = new ByteWriter(1, 100);
  write(writer);
  const parts = writer.toParts();
  assert.equal(parts[1]!.buffer, large.buffer);
  assert.deepEqual(Buffer.concat(parts), written(write));
  assert.equal(writer.length, Buffer.concat(parts).length);
  assert.equal(parts[0]!.readInt32BE(0), writer.length - 4);
});

test('B5: of one message no more array elements are read than are allowed, over all its arrays', () => {
  const r = reader('00000003 010203 00000002 0102');
  r.elementsMax = 4;
  assert.equal(r.arrayLength(1), 3);
  r.skip(3);
  assert.throws(() => r.arrayLength(1), MalformedMessage);
});
