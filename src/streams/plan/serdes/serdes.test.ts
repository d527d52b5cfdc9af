import assert from 'node:assert/strict';
import test from 'node:test';
import { type } from 'arktype';
import fc from 'fast-check';
import * as v from 'valibot';
import { z } from 'zod';
import { LosslessJson } from '../../lossless-json.ts';
import { PlanError } from '../../plan-error.ts';
import { headerText } from '../../record.ts';
import { type Serde, serde } from '../serde.ts';
import { pipeline } from '../start.ts';
import { topic } from '../topic.ts';

/** Through a repartition, and held in state over a crash. */
function carried<T>(format: Serde<T>, ...values: readonly (string | Buffer)[]) {
  const driver = pipeline('p')
    .from(topic('in', { value: format }))
    .keyBy(() => 'k', { as: 'k' })
    .reorder({ by: 'event-time' })
    .to(topic('out', { key: serde.text, value: format }))
    .test();
  driver.write('in', ...values.map((value, n) => ({ value: Buffer.from(value), timestampMs: n })));
  driver.crash();
  driver.advance('60s');
  return {
    values: driver.read('out').map(({ value }) => value!),
    dead: driver
      .read('dlq.p')
      .map(({ headers }) =>
        ['reason', 'message'].map((name) => headerText(headers, `__streams.errors.${name}`)).join(': '),
      ),
  };
}

const space = fc.constantFrom('', ' ', '\n\t');
const number = fc.constantFrom('9007199254740993', '1.10', '-0', '1E5', '1e308', '0.1e-2');
const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    number,
    fc.string().map((one) => JSON.stringify(one)),
    fc.constantFrom('null', 'true', '"\\u0041\\/"'),
    fc.tuple(fc.array(tie('value')), space).map(([items, gap]) => `[${gap}${items.join(`,${gap}`)}]`),
    fc
      .tuple(fc.array(fc.tuple(fc.constantFrom('a', '10', '9', '__proto__', '$bigint'), tie('value'))), space)
      .map(([members, gap]) => `{${gap}${members.map(([key, one]) => `"${key}"${gap}:${one}`).join(',')}}`),
  ),
})).value;

test('lossless JSON comes out byte for byte, through topics and state: digits, repeated keys, their order, white space', () => {
  fc.assert(
    fc.property(fc.array(jsonText, { maxLength: 4 }), (texts) => {
      const { values, dead } = carried(serde.lossless, ...texts);
      assert.deepEqual(values.map(String), texts);
      assert.deepEqual(dead, []);
    }),
    { numRuns: 100 },
  );
});

test('lossless JSON can be looked into, changed, and told apart by what it says', () => {
  const json = LosslessJson.parse('{"id": 9007199254740993, "lines": [{"n": 1.10}], "id": 9007199254740995}');
  assert.deepEqual(
    ['id', 'lines.0.n', 'lines.1.n', 'id.x'].map(
      (path) => (json.get(path) as { text?: string } | undefined)?.text,
    ),
    ['9007199254740995', '1.1', undefined, undefined],
  );
  const changed = new Map(json.tree as Map<string, never>);
  assert.equal(LosslessJson.of(changed).text, '{"lines":[{"n":1.1}],"id":9007199254740995}');
  const driver = pipeline('p')
    .from(topic('in', { value: serde.lossless }))
    .dedupe({ by: { field: 'id' }, window: { count: 9 } })
    .to(topic('out', { value: serde.lossless }))
    .test();
  const texts = [
    '{"id":1,"a":1}',
    '{ "a": 1.0, "id": 1 }',
    '{"id":1,"a":2}',
    '{"id":9007199254740993}',
    '{"id":9007199254740992}',
  ];
  driver.write('in', ...texts.map((value) => ({ value })));
  assert.deepEqual(
    driver.read('out').map(({ value }) => String(value)),
    [texts[0], texts[3], texts[4]],
  );
  assert.equal(driver.counts.get('dedupe: dropped: duplicate'), 1);
  assert.equal(driver.counts.get('dedupe: dead letter, conflict'), 1);
});

test('CSV: rows come back as they were; what is no row of these columns is refused', () => {
  const format = serde.csv({ columns: ['id', 'note', '__proto__'], delimiter: ';' });
  const row = fc.tuple(
    fc.string(),
    fc.string({ unit: fc.constantFrom('"', ';', '\n', '\r', ' ', 'ä', 'x') }),
    fc.string(),
  );
  fc.assert(
    fc.property(row, ([id, note, other]) => {
      const value = Object.fromEntries([
        ['id', id],
        ['note', note],
        ['__proto__', other],
      ]) as never;
      assert.deepEqual(Object.entries(format.parse(format.serialise(value))), Object.entries(value));
    }),
  );
  const bad = ['a;b', 'a;b;c;d', 'a;"b;c', 'a;b;c\nd;e;f', ''];
  assert.deepEqual(carried(serde.csv({ columns: ['a', 'b', 'c'], delimiter: ';' }), ...bad, 'x;"y;";z'), {
    values: [Buffer.from('x;"y;";z')],
    dead: [
      'unreadable: the row has 2 fields; there are 3 columns',
      'unreadable: the row has 4 fields; there are 3 columns',
      'unreadable: Quote Not Closed: the parsing is finished with an opening quote at line 1',
      'unreadable: a value is one row, this one has 2',
      'unreadable: a value is one row, this one has 0',
    ],
  });
  const { serialise } = serde.csv({ columns: ['a'] }) as Serde<unknown>;
  assert.equal(String(serialise({ a: 7n })), '7');
  assert.equal(String(serialise({ a: false })), 'false');
  assert.throws(() => serialise({ a: 1, b: 2 }), /'b' is no column \(a\): it would be lost/);
  assert.throws(() => serialise({ a: {} }), /a is of type object: a field of CSV is text/);
  assert.throws(() => serde.csv({ columns: ['a', 'a'] }), PlanError);
  assert.throws(() => serde.csv({ columns: ['a'], delimiter: ',,' }), PlanError);
});

const ORDER = {
  type: 'record',
  name: 'constructor',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'n', type: 'long' },
    { name: 'toString', type: ['null', 'bytes'], default: null },
    {
      name: 'lines',
      type: {
        type: 'array',
        items: { type: 'record', name: 'Line', fields: [{ name: 'price', type: 'double' }] },
      },
    },
    { name: 'tags', type: { type: 'map', values: 'int' } },
  ],
};

test('Avro: values come back as they were, also out of state, whatever their fields are called; what does not fit is refused with its place', () => {
  const format = serde.avro(JSON.stringify(ORDER), { longs: 'bigint' });
  const plainObjects = { noNullPrototype: true } as const;
  const order = fc.record(
    {
      id: fc.string(),
      n: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      toString: fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
      lines: fc.array(fc.record({ price: fc.double({ noNaN: true }) }, { noNullPrototype: true })),
      tags: fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        fc.integer({ min: 0, max: 9 }),
        { noNullPrototype: true },
      ),
    },
    plainObjects,
  );
  fc.assert(
    fc.property(order, (value) => {
      const bytes = format.serialise(value)!;
      assert.deepEqual(format.parse(bytes), value);
      assert.deepEqual(carried(format, bytes), { values: [bytes], dead: [] });
    }),
    { numRuns: 60 },
  );
  const good = { id: 'a', n: 1n, toString: null, lines: [], tags: {} };
  const bytes = format.serialise(good)!;
  const { values, dead } = carried(format, bytes.subarray(0, 2), Buffer.concat([bytes, Buffer.of(0)]), bytes);
  assert.deepEqual(values, [bytes]);
  assert.deepEqual(dead, ['unreadable: truncated buffer', 'unreadable: trailing data']);
  assert.throws(
    () => format.serialise({ ...good, lines: [{ price: 'x' }] }),
    /lines\.0\.price: 'x' is no double/,
  );
  assert.throws(
    () => format.serialise({ ...good, more: 1 }),
    /constructor has no field 'more': it would be lost/i,
  );
  const map = serde.avro({ type: 'map', values: 'int' });
  assert.throws(
    () => map.parse(map.serialise(JSON.parse('{"__proto__":3}'))),
    /a key of a map is '__proto__'/,
  );
  const rounded = serde.avro('"long"');
  assert.throws(
    () => rounded.parse(serde.avro('"long"', { longs: 'bigint' }).serialise(2n ** 60n)),
    /precision loss/,
  );
});

test('a schema that is none, or has names that are none, is refused when the plan is made', () => {
  for (const name of ['__proto__', 'a b', 'x;process.exit()', '1a', ''])
    assert.throws(
      () => serde.avro({ type: 'record', name: 'R', fields: [{ name, type: 'int' }] }),
      PlanError,
    );
  assert.throws(() => serde.avro('{'), /serde\.avro: that is no schema of Avro/);
  assert.throws(() => serde.avro({ type: 'nothing' }), PlanError);
  for (const name of ['__proto__', 'a-b', 'x;process.exit()', '1a', ''])
    assert.throws(
      () => serde.protobuf(`syntax = "proto3"; message M { string ${name} = 1; }`, 'M'),
      PlanError,
      name,
    );
  assert.throws(
    () => serde.protobuf('syntax = "proto3"; message M {}', 'N'),
    /serde\.protobuf: N: no such type/,
  );
});

test('Protocol Buffers: values come back as they were, also out of state; what does not fit is refused with its place', () => {
  const format = serde.protobuf(
    `syntax = "proto3"; package shop;
     message Order { string constructor = 1; int64 n = 2; repeated Line lines = 3; State state = 4; bytes raw = 5; map<string, Line> by_name = 6; }
     message Line { double price = 1; }
     enum State { NEW = 0; PAID = 1; }`,
    'shop.Order',
  );
  const line = fc.record({ price: fc.double({ noNaN: true }) }, { noNullPrototype: true });
  const order = fc.record(
    {
      constructor: fc.string(),
      n: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      lines: fc.array(line),
      state: fc.constantFrom('NEW', 'PAID'),
      raw: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      by_name: fc.dictionary(fc.string(), line, { noNullPrototype: true }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(order, (value) => {
      const bytes = format.serialise(value)!;
      assert.deepEqual(format.parse(bytes), value);
      assert.deepEqual(carried(format, bytes), { values: [bytes], dead: [] });
    }),
    { numRuns: 60 },
  );
  assert.throws(
    () => format.serialise({ lines: [{ prize: 1 }] }),
    /lines\.0\.prize: Line has no such field: it would be lost/,
  );
  assert.throws(
    () => format.serialise({ by_name: { a: { x: 1 } } }),
    /by_name\.a\.x: Line has no such field/,
  );
  assert.throws(() => format.serialise({ lines: [7] }), /lines\.0\.: 7 is no Line|Line/);
  const { dead } = carried(format, Buffer.from('ffffffffff', 'hex'));
  assert.equal(dead.length, 1);
  assert.match(dead[0]!, /^unreadable: /);
});

const schemas = {
  zod: serde.json({ schema: z.object({ id: z.string(), lines: z.array(z.object({ n: z.number() })) }) }),
  valibot: serde.json({ schema: v.object({ id: v.string(), lines: v.array(v.object({ n: v.number() })) }) }),
  arktype: serde.json({ schema: type({ id: 'string', lines: type({ n: 'number' }).array() }) }),
};

for (const [library, format] of Object.entries(schemas))
  test(`a schema of ${library} says what the values are: to the compiler, and to every record`, () => {
    const driver = pipeline('p')
      .from(topic('in', { value: format }))
      .map((r) => ({ id: r.value.id.toUpperCase(), lines: r.value.lines.map(({ n }) => ({ n: n + 1 })) }))
      .to(topic('out', { value: format }))
      .test();
    driver.write(
      'in',
      { value: { id: 'a', lines: [{ n: 1 }] } },
      { value: { id: 'b', lines: [{ n: '1' }] } },
      { value: '{' },
    );
    assert.deepEqual(driver.values('out'), [{ id: 'A', lines: [{ n: 2 }] }]);
    const [wrong, broken] = driver
      .read('dlq.p')
      .map(({ headers }) =>
        ['reason', 'message'].map((name) => headerText(headers, `__streams.errors.${name}`)),
      );
    assert.equal(wrong![0], 'invalid');
    assert.match(wrong![1]!, /^lines\.0\.n: /);
    assert.equal(broken![0], 'unreadable');
  });

test('what is written is held to the schema too, and a schema that answers later is refused', () => {
  const positive = z.object({ n: z.number().min(0) });
  const write = (check: 'reads' | 'both') => {
    const driver = pipeline('p')
      .from(topic('in', { value: serde.json<{ n: number }>() }))
      .to(topic('out', { value: serde.json({ schema: positive, check }) }))
      .test();
    driver.write('in', { value: { n: -1 } }, { value: { n: 1 } });
    return driver.values('out').length;
  };
  assert.equal(write('both'), 1);
  assert.equal(write('reads'), 2);
  const later = serde.json({
    schema: v.pipeAsync(
      v.string(),
      v.checkAsync(async () => true),
    ),
  });
  assert.throws(() => later.parse(Buffer.from('"a"')), /answers later: take its asynchronous checks out/);
});

test('a key or value that must be text and is none is told as that', () => {
  const driver = pipeline('p')
    .from(topic('in', { value: serde.json<{ id: string }>() }))
    .keyBy((r) => r.value.id)
    .dedupe({ window: { count: 9 } })
    .to(topic('out', { key: serde.text, value: serde.json() }))
    .test();
  driver.write('in', { value: {} }, { value: { id: null } }, { value: { id: 7 } }, { value: { id: [7] } });
  assert.deepEqual(
    driver.read('dlq.p').map(({ headers }) => headerText(headers, '__streams.errors.message')),
    ['undefined', 'null', 'of type number', 'of type object'].map(
      (what) => `a key or value that must be text is ${what}: make it text, or say another serde`,
    ),
  );
  assert.deepEqual(driver.read('out'), []);
});
