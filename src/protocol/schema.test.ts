import assert from 'node:assert/strict';
import test from 'node:test';
import { MalformedMessage, ZERO_UUID } from './bytes.ts';
import { KafkaError } from './errors.ts';
import type { ConsumerGroupHeartbeatResponse, FetchResponse, ProduceRequest } from './messages/index.ts';
import {
  array,
  bytes,
  type Infer,
  type Input,
  int8,
  int16,
  int32,
  int64,
  message,
  string,
  struct,
  uuid,
} from './schema.ts';

const sample = message(
  { name: 'Sample', versions: '0-3', flexible: '2+' },
  {
    old: int16({ versions: '0-1', default: -1, ignorable: true }),
    name: string({ nullable: '1+' }),
    strict: int32({ versions: '1+', default: 5 }),
    items: array({ id: uuid(), values: array(int8()) }, { nullable: '1+' }),
    late: string({ versions: '2+', nullable: '2+', tag: 1, default: null }),
    epoch: struct(
      { number: int32({ default: -1 }), end: int64({ default: -1 }) },
      { versions: '2+', tag: 0 },
    ),
    cursor: struct({ at: int32() }, { versions: '3+', nullable: '3+', default: null }),
  },
);
type Sample = Infer<typeof sample>;
const blank: Sample = {
  old: -1,
  name: '',
  strict: 5,
  items: [],
  late: null,
  epoch: { number: -1, end: -1 },
  cursor: null,
};
const hex = (version: number, value: Input<Sample>) => sample.encode(version, value).toString('hex');

// The types that are inferred; checked by the compiler.
type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(proof?: T) => proof;
holds<Eq<Sample['name'], string | null>>();
holds<Eq<Sample['strict'], number>>();
holds<Eq<Sample['items'], { id: string; values: number[] }[] | null>>();
holds<Eq<Sample['epoch'], { number: number; end: number }>>();
holds<Eq<Sample['cursor'], { at: number } | null>>();
type Topic = ProduceRequest['topicData'][number];
holds<Eq<ProduceRequest['transactionalId'], string | null>>();
holds<Eq<Topic['partitionData'][number]['records'], Buffer | null>>();
holds<Eq<FetchResponse['nodeEndpoints'][number]['rack'], string | null>>();
holds<
  Eq<NonNullable<ConsumerGroupHeartbeatResponse['assignment']>['topicPartitions'][number]['topicId'], string>
>();
holds<Eq<Input<ProduceRequest>['acks'], number | undefined>>();

test('a value without properties is written as its defaults, and read back with all of them in schema order', () => {
  for (const version of [0, 1, 2, 3]) {
    const decoded = sample.decode(version, sample.encode(version, {}));
    assert.deepEqual(decoded, blank);
    assert.deepEqual(Object.keys(decoded), Object.keys(blank));
  }
});

test('defaults are fresh: changing one decoded value does not change the next', () => {
  const first = sample.decode(0, sample.encode(0, {}));
  first.epoch.end = 9;
  first.items!.push({ id: ZERO_UUID, values: [] });
  assert.deepEqual(sample.decode(0, sample.encode(0, {})), blank);
});

test('the bytes are those of the protocol guide', () => {
  assert.equal(hex(0, { old: 7, name: 'ab' }), '0007 0002 6162 00000000'.replaceAll(' ', ''));
  assert.equal(
    hex(1, { old: 7, name: null, items: null }),
    '0007 ffff 00000005 ffffffff'.replaceAll(' ', ''),
  );
  const items = [{ id: '00112233445566778899aabbccddeeff', values: [1, -1] }];
  assert.equal(
    hex(3, { name: 'ab', items, cursor: { at: 1 } }),
    '03 6162 00000005 02 00112233445566778899aabbccddeeff 03 01ff 00 01 00000001 00 00'.replaceAll(' ', ''),
  );
});

test('tagged fields are written in the order of their tags, and only when they differ from their defaults', () => {
  const value = { late: 'x', epoch: { number: 1 } };
  const tail = '02 00 0d 00000001 ffffffffffffffff 00 01 02 02 78'.replaceAll(' ', '');
  assert.ok(hex(2, value).endsWith(tail), hex(2, value));
  assert.ok(hex(2, { late: null, epoch: { number: -1, end: -1 } }).endsWith('0100'));
  assert.deepEqual(sample.decode(2, sample.encode(2, value)), {
    ...blank,
    late: 'x',
    epoch: { number: 1, end: -1 },
  });
});

test('tags that are not known are skipped', () => {
  const buffer = Buffer.concat([
    sample.encode(2, {}).subarray(0, -1),
    Buffer.from('020102027863030a0b0c', 'hex'),
  ]);
  assert.deepEqual(sample.decode(2, buffer), { ...blank, late: 'x' });
});

test('a tagged field that is not as long as it says is malformed', () => {
  const untagged = sample.encode(2, {}).subarray(0, -1);
  for (const tags of ['0101030278', '01010302786100', '01017f0278', '0163ffffffff0f'])
    assert.throws(
      () => sample.decode(2, Buffer.concat([untagged, Buffer.from(tags, 'hex')])),
      MalformedMessage,
      tags,
    );
});

test('bytes after the message are left alone', () => {
  const buffer = Buffer.concat([Buffer.from('ffff'), sample.encode(1, { strict: 6 }), Buffer.from('more')]);
  assert.equal(sample.decode(1, buffer, 4).strict, 6);
});

test('a property that the version lacks may be lost only when it is ignorable', () => {
  assert.doesNotThrow(() => sample.encode(2, { old: 3 }));
  assert.doesNotThrow(() => sample.encode(0, { strict: 5, cursor: null, epoch: {}, late: null }));
  for (const value of [
    { strict: 6 },
    { late: '' },
    { epoch: { end: 0 } },
    { cursor: {} },
  ] satisfies Input<Sample>[])
    assert.throws(
      () => sample.encode(0, value),
      (error) => error instanceof KafkaError && error.errorName === 'UNSUPPORTED_VERSION',
    );
});

test('null is refused where the version does not know it', () => {
  assert.throws(() => sample.encode(0, { name: null }), RangeError);
  assert.throws(() => sample.encode(0, { items: null }), RangeError);
  assert.throws(() => sample.decode(0, Buffer.from('0000ffff', 'hex')), MalformedMessage);
  assert.throws(() => sample.decode(0, Buffer.from('00000000ffffffff', 'hex')), MalformedMessage);
});

test('an array is not believed to be longer than the bytes that are left could hold', () => {
  // 17 bytes is the least for an item: 16 of the id, 1 for the length of its values.
  const head = '01 00000005'.replaceAll(' ', '');
  for (const length of ['ffffffff0f', '03'])
    assert.throws(
      () => sample.decode(2, Buffer.from(`${head}${length}${'00'.repeat(35)}`, 'hex')),
      /array of \d+ elements|message ends/,
    );
  assert.throws(
    () => sample.decode(2, Buffer.from(`${head}ffffffff07${'01'.repeat(64)}`, 'hex')),
    /array of 2147483646/,
  );
});

test('what is malformed says where: message, version, reason', () => {
  assert.throws(
    () => sample.decode(1, Buffer.from('00', 'hex')),
    /^MalformedMessage: Sample v1: 2 bytes wanted at 0/,
  );
});

test('a version that a message does not have is a bug of the caller', () => {
  for (const version of [-1, 4, 1.5])
    assert.throws(() => sample.encode(version, {}), { name: 'AssertionFailed' });
  assert.throws(() => sample.decode(4, Buffer.alloc(9)), { name: 'AssertionFailed' });
});

test('names that are not plain identifiers never become code', () => {
  for (const name of ['a b', "x'];", '__proto__', 'Upper'])
    assert.throws(
      () => message({ name: 'Bad', versions: '0', flexible: 'none' }, { [name]: int8() }).encode(0, {}),
      name === '__proto__' ? /./ : { name: 'AssertionFailed' },
    );
});

test('any Uint8Array can be written as bytes', () => {
  const holder = message(
    { name: 'Holder', versions: '0', flexible: '0+' },
    { data: bytes({ nullable: '0+' }) },
  );
  assert.deepEqual(
    holder.decode(0, holder.encode(0, { data: new Uint8Array([1, 2]) })).data,
    Buffer.from([1, 2]),
  );
});
