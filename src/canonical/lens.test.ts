import assert from 'node:assert/strict';
import test from 'node:test';
import {
  CanonicalCheck,
  COMPLEMENT_HEADER,
  FORM_HEADER,
  HASH_HEADER,
  Lens,
  lens,
  parseDefinition,
  parseJsonDefinition,
  printJson,
  Refused,
} from './index.ts';
import { sha256 } from './lens.ts';

const PROPERTIES = `{ id: { type: string }, total: { type: number }, at: {}, tags: {}, name: {}, first: {}, last: {} }`;
const lensOf = async (steps: string, head = 'class: lens') =>
  new Lens(
    await parseDefinition(`canonical: t@1\n${head}\nsteps: ${steps}\nschema: { properties: ${PROPERTIES} }`),
  );

const text = (bytes: Uint8Array | null | undefined) => (bytes ? Buffer.from(bytes).toString() : bytes);

/** The canonical text and the complement; and it must come back. */
function there(lens: Lens, raw: string): [string, string | undefined] {
  const record = lens.toCanonical(Buffer.from(raw));
  const back = lens.toRaw(record);
  assert.equal(text(back.value), raw);
  assert.equal(back.isExact, true);
  assert.equal(lens.check(record), undefined);
  const headers = new Map(record.headers);
  return [text(record.value)!, text(headers.get(COMPLEMENT_HEADER)) ?? undefined];
}

const refusal = (lens: Lens, raw: string) => {
  try {
    lens.toCanonical(Buffer.from(raw));
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
  return undefined;
};

test('each step converts, and needs no complement for what is written as usual', async () => {
  for (const [steps, raw, canonical] of [
    ['[rename: { no: id }]', '{"no":"a"}', '{"id":"a"}'],
    ['[move: { from: order.no, to: id }]', '{"order":{"no":"a"}}', '{"id":"a"}'],
    ['[move: { from: id, to: at.where.id }]', '{"id":"a"}', '{"at":{"where":{"id":"a"}}}'],
    ['[cast: { field: total, from: text, to: number }]', '{"total":"12.5"}', '{"total":12.5}'],
    [
      "[cast: { field: total, from: text, to: number, scale: 2, point: ',' }]",
      '{"total":"12,50"}',
      '{"total":12.5}',
    ],
    ['[cast: { field: total, from: text, to: integer, pad: 4 }]', '{"total":"0905"}', '{"total":905}'],
    ['[cast: { field: id, from: number, to: text }]', '{"id":7}', '{"id":"7"}'],
    [
      '[cast: { field: at, from: text, to: date, format: M/D/YYYY }]',
      '{"at":"1/31/2001"}',
      '{"at":"2001-01-31"}',
    ],
    [
      '[cast: { field: at, from: text, to: datetime, format: DD.MM.YYYY HH:mm }]',
      '{"at":"31.01.2001 09:05"}',
      '{"at":"2001-01-31T09:05:00"}',
    ],
    [
      "[cast: { field: at, from: text, to: timestamp, format: 'YYYY-MM-DD HH:mm:ss.SSS', offset: '+01:00' }]",
      '{"at":"2001-01-01 00:30:00.250"}',
      '{"at":"2000-12-31T23:30:00.25Z"}',
    ],
    [
      '[cast: { field: at, from: epoch-ms, to: timestamp }]',
      '{"at":981012900000}',
      '{"at":"2001-02-01T07:35:00Z"}',
    ],
    ['[unit: { field: total, from: g, to: kg }]', '{"total":1500}', '{"total":1.5}'],
    ['[unit: { field: total, from: mi, to: km }]', '{"total":2176}', '{"total":3501.932544}'],
    ['[unit: { field: total, from: C, to: F }]', '{"total":-40}', '{"total":-40}'],
    ['[unit: { field: total, factor: 0.01 }]', '{"total":9007199254740993}', '{"total":90071992547409.93}'],
    ["[enum: { field: at, map: { N: new, '': null } }]", '{"at":""}', '{"at":null}'],
    ['[enum: { field: at, map: [[1, true], [0, false]] }]', '{"at":1}', '{"at":true}'],
    ['[default: { field: at, value: EUR }]', '{}', '{"at":"EUR"}'],
    [
      "[split: { field: name, by: ' ', into: [first, last] }]",
      '{"name":"Ada M King"}',
      '{"first":"Ada","last":"M King"}',
    ],
    ['[join: { fields: [first, last], by: T, into: at }]', '{"first":"a","last":"bT"}', '{"at":"aTbT"}'],
    ['[wrap: { field: tags, in: list }]', '{"tags":"a"}', '{"tags":["a"]}'],
    ['[wrap: { field: total, as: value }]', '{"total":1}', null],
    [
      '[each: { field: tags, steps: [rename: { a: b }] }]',
      '{"tags":[{"a":1},{"c":2}]}',
      '{"tags":[{"b":1},{"c":2}]}',
    ],
  ] as const) {
    const lens = await lensOf(steps);
    if (canonical === null) assert.match(refusal(lens, raw)!, /total: must be number, not an object/);
    else assert.deepEqual(there(lens, raw), [canonical, undefined], steps);
  }
});

test('what is written otherwise, or has no room, is kept in the complement', async () => {
  const cast = await lensOf('[cast: { field: total, from: text, to: number }]');
  assert.deepEqual(there(cast, '{"total":"1.10"}'), ['{"total":1.1}', '{"rest":{"1":"1.10"}}']);
  assert.deepEqual(there(cast, '{"total":"+1E1"}'), ['{"total":10}', '{"rest":{"1":"+1E1"}}']);
  const several = await lensOf('[enum: { field: at, map: { N: new, n: new, old: null }, others: keep }]');
  assert.deepEqual(there(several, '{"at":"N"}'), ['{"at":"new"}', undefined]);
  assert.deepEqual(there(several, '{"at":"n"}'), ['{"at":"new"}', '{"rest":{"1":"n"}}']);
  assert.deepEqual(there(several, '{"at":"new"}'), ['{"at":"new"}', '{"rest":{"1":"new"}}']);
  assert.deepEqual(there(several, '{"at":null}'), ['{"at":null}', '{"rest":{"1":null}}']);
  const withDefault = await lensOf('[default: { field: at, value: EUR }]');
  assert.deepEqual(there(withDefault, '{"at":"EUR"}'), ['{"at":"EUR"}', '{"rest":{"1":"EUR"}}']);
  assert.deepEqual(there(withDefault, '{"at":null}'), ['{"at":null}', undefined]);
  const drop = await lensOf('[drop: { fields: [x, at.y] }]');
  assert.deepEqual(there(drop, '{"at":{"y":1},"x":[1.10]}'), [
    '{}',
    '{"rest":{"1":{"at":{"y":1},"x":[1.1]}},"text":{"tokens":[[12,"1.10"]]}}',
  ]);
  const others = await lensOf('[drop: { others: true }]');
  assert.deepEqual(there(others, '{"id":"a","z":null}'), ['{"id":"a"}', '{"rest":{"1":{"z":null}}}']);
});

test('order, spelling, white space and keys that come twice survive', async () => {
  const plain = await lensOf('[]');
  assert.equal(there(plain, '{"total":1.10,"id":"a"}')[0], '{"id":"a","total":1.1}');
  assert.equal(there(plain, ' {\n"id" : "\\u0061",\t"total":1E0}\r\n')[0], '{"id":"a","total":1}');
  assert.equal(
    there(plain, '{"total":1,"id":"x","total":9007199254740993}')[0],
    '{"id":"x","total":9007199254740993}',
  );
  assert.deepEqual(
    there(
      await lensOf('[]', 'class: iso\norder: [total, id]\nlayout: spaced-ascii'),
      '{"total": 1, "id": "\\u00e9"}',
    ),
    ['{"id":"é","total":1}', undefined],
  );
});

test('a class is kept: what would need a complement is refused by iso and injection', async () => {
  const iso = await lensOf('[rename: { no: id }]', 'class: iso');
  assert.match(
    refusal(iso, '{"no": "a"}')!,
    /its text is not laid out as 'layout' says: that needs 'class: lens'/,
  );
  assert.match(refusal(iso, '{"total":1,"no":"a"}')!, /its keys do not stand as 'order' says/);
  assert.match(
    refusal(
      await lensOf('[cast: { field: total, from: text, to: number }]', 'class: iso'),
      '{"total":"1.0"}',
    )!,
    /no room/,
  );
  const lossy = await lensOf(
    '[drop: { fields: [card], home: none }]',
    'class: lossy\nlossy: card numbers must not be kept',
  );
  const record = lossy.toCanonical(Buffer.from('{"card":1, "id":"a"}'));
  assert.equal(text(record.value), '{"id":"a"}');
  assert.throws(() => lossy.toRaw(record), /t@1 is lossy: card numbers must not be kept/);
});

test('a record that has no way to the canonical form is refused with field, reason and step', async () => {
  const refused = async (steps: string, raw: string) => refusal(await lensOf(steps), raw);
  assert.equal(
    await refused('[cast: { field: total, from: text, to: number }]', '{"total":"12,5"}'),
    'step 1 (cast total): total: "12,5" is not a number',
  );
  assert.match(
    (await refused('[rename: { no: id }]', '{"no":1,"id":2}'))!,
    /id: is there already, and no becomes it/,
  );
  assert.match(
    (await refused('[rename: { no: id }]', '{"id":"2"}'))!,
    /id: is there already, and no would become it/,
  );
  assert.match(
    (await refused('[cast: { field: at, from: text, to: date, format: YYYYMMDD }]', '{"at":"20010229"}'))!,
    /is not a date/,
  );
  assert.match(
    (await refused('[enum: { field: at, map: { N: new } }]', '{"at":"Q"}'))!,
    /at: "Q" is none of "N"/,
  );
  assert.match(
    (await refused("[split: { field: name, by: ' ', into: [first, last] }]", '{"name":"Ada"}'))!,
    /has not 2 parts/,
  );
  assert.match(
    (await refused('[each: { field: tags, steps: [rename: { a: b }] }]', '{"tags":[{},1]}'))!,
    /step 1 \(each tags\): tags\[1\]: must be an object, not a number/,
  );
  assert.equal(await refused('[]', '{"who":1}'), 'who: is no field of the canonical form');
  assert.match((await refused('[]', '[]'))!, /must be an object, not an array/);
  const plain = await lensOf('[]');
  assert.throws(() => plain.toCanonical(Buffer.from([0x7b, 0xff])), /is not UTF-8/);
  assert.throws(() => plain.toCanonical(Buffer.from('{}'), [[HASH_HEADER, null]]), /which is ours/);
  assert.match(
    refusal(plain, `{"at":"${'\\u0061'.repeat(9_000)}"}`)!,
    /complement has \d+ bytes, at most 32768/,
  );
});

test('what is canonical stays as it is, and a tombstone is', async () => {
  const lens = await lensOf('[unit: { field: total, from: g, to: kg }]');
  const record = lens.toCanonical(Buffer.from('{"total":1500}'), [['trace', Buffer.from('x')]]);
  assert.equal(lens.toCanonical(record.value, record.headers).value, record.value);
  assert.deepEqual(new Map(record.headers).get(HASH_HEADER), sha256(Buffer.from('{"total":1500}')));
  assert.deepEqual(lens.toRaw(record).headers, [['trace', Buffer.from('x')]]);
  const tombstone = lens.toCanonical(null);
  assert.deepEqual(tombstone, { value: null, headers: [[FORM_HEADER, Buffer.from('t@1')]] });
  assert.equal(lens.check(tombstone), undefined);
  assert.equal(lens.toRaw(tombstone).value, null);
  const liar = { value: Buffer.from('{"total": 1}'), headers: tombstone.headers };
  assert.throws(() => lens.toCanonical(liar.value, liar.headers), /not in canonical form at byte 9/);
});

test('after an edit the way back goes by what is there now', async () => {
  const lens = await lensOf('[enum: { field: at, map: { N: new, n: new, P: paid } }, drop: { fields: [x] }]');
  const record = lens.toCanonical(Buffer.from('{ "at":"n","x":1.0 }'));
  const edited = { value: Buffer.from('{"at":"paid"}'), headers: record.headers };
  const back = lens.toRaw(edited);
  assert.equal(text(back.value), '{"at":"P","x":1}');
  assert.equal(back.isExact, false);
  assert.equal(text(lens.toCanonical(back.value).value), '{"at":"paid"}');
});

test('the broker asks only whether a record is canonical, and is told the field', async () => {
  const definition = await parseDefinition(`
canonical: order@1
class: iso
schema:
  required: [id]
  properties:
    id: { type: string, minLength: 1, maxLength: 3 }
    total: { type: number, minimum: 0, maximum: 1e20 }
    count: { type: integer }
    state: { enum: [new, paid, null] }
    on: { type: [string, 'null'], format: date }
    at: { format: date-time }
    lines: { type: array, minItems: 1, items: { properties: { sku: { type: string } } } }
    any: { type: object }
    open: { additionalProperties: true, properties: { a: { type: string } } }`);
  const check = new CanonicalCheck(definition);
  const at = (value: string, form: string | undefined = 'order@1') => check.check(Buffer.from(value), form);
  assert.equal(
    at('{"any":{"x":1},"id":"a","lines":[{"sku":"s"}],"on":null,"open":{"a":"b","z":1},"total":0}'),
    undefined,
  );
  for (const [value, field, reason] of [
    ['{}', 'id', /is missing/],
    ['{"id":1}', 'id', /must be string, not a number/],
    ['{"id":""}', 'id', /has 0 characters, at least 1/],
    ['{"id":"😀😀😀","total":-1}', 'total', /-1 is below the minimum/],
    ['{"id":"a","total":100000000000000000001}', 'total', /above the maximum/],
    ['{"count":1.5,"id":"a"}', 'count', /must be integer, not a number \(1.5\)/],
    ['{"id":"a","state":"old"}', 'state', /"old" is none of "new", "paid", null/],
    ['{"id":"a","on":"2001-02-29"}', 'on', /is not a canonical date/],
    ['{"at":"2001-01-01T00:00:00.50Z","id":"a"}', 'at', /is not a canonical date-time/],
    ['{"id":"a","lines":[]}', 'lines', /has 0 items/],
    ['{"id":"a","lines":[{"sku":"s"},{"sky":1}]}', 'lines[1].sky', /is no field/],
    ['{"id":"a","open":{"a":1}}', 'open.a', /must be string/],
    ['{"id":"a" }', '', /canonical form at byte 9/],
    ['{"total":1,"id":"a"}', '', /canonical form at byte 2/],
    ['{"id":"a","total":1.0}', '', /canonical form at byte 19/],
    ['{"id":"a","id":"a"}', '', /canonical form/],
    ['"a"', '', /must be an object/],
    ['{', '', /not JSON at byte 1/],
  ] as const) {
    const found = at(value);
    assert.equal(found?.field, field, value);
    assert.match(found.reason, reason, value);
  }
  assert.match(
    check.check(Buffer.from('{"id":"a"}'), undefined)!.reason,
    /has no header gregor-canonical: send it through a producer/,
  );
  assert.match(at('{"id":"a"}', 'order@2')!.reason, /is 'order@2', not order@1/);
});

test('dialects share one form, and every record says which it came from', async () => {
  const definition = await parseDefinition(`
canonical: flight@1
dialects:
  ops: { class: iso, steps: [{ rename: { ORIGIN: from } }] }
  web: { class: iso, steps: [{ move: { from: leg.from, to: from } }] }
schema: { properties: { from: { type: string } } }`);
  const [ops, web] = [new Lens(definition, 'ops'), new Lens(definition, 'web')];
  const [left, right] = [
    ops.toCanonical(Buffer.from('{"ORIGIN":"LAS"}')),
    web.toCanonical(Buffer.from('{"leg":{"from":"LAS"}}')),
  ];
  assert.deepEqual(left.value, right.value);
  assert.equal(text(left.headers[0]![1]), 'flight@1/ops');
  assert.equal(ops.check(right), undefined);
  assert.throws(() => ops.toRaw(right), /is 'flight@1\/web', not flight@1\/ops/);
  assert.throws(() => new Lens(definition), /has dialects; say which: flight@1\/ops, flight@1\/web/);
  assert.throws(() => new Lens(definition, 'sea'), /has no dialect 'sea'; it has ops, web/);
});

test('YAML, JSON and a program give the same definition', async () => {
  const yaml = await parseDefinition(`
canonical: order@1
class: lens
order: [no, total]
steps:
  - rename: { no: id }
  - enum: { field: state, map: { N: new, no: old, 1: one } }
  - unit: { field: total, factor: 0.010 }
schema: { properties: { id: {}, state: {}, total: { minimum: 9007199254740993 } } }`);
  const json = parseJsonDefinition(printJson(yaml.document));
  const built = lens('order@1', {
    class: 'lens',
    order: ['no', 'total'],
    schema: { properties: { id: {}, state: {}, total: { minimum: 9007199254740993n } } },
  })
    .rename({ no: 'id' })
    .enum({ field: 'state', map: { N: 'new', no: 'old', 1: 'one' } })
    .unit({ field: 'total', factor: 0.01 })
    .definition();
  assert.equal(printJson(yaml.document), printJson(json.document));
  assert.equal(printJson(yaml.document), printJson(built.document));
});

test('a definition that is wrong says in which line and what to do', async () => {
  const schema = 'schema: { properties: {} }';
  for (const [definition, message] of [
    [
      `canonical: order\n${schema}\nclass: iso`,
      'f:1: canonical: must be a name and a version, such as order@1',
    ],
    [`canonical: a@1\n${schema}\nclas: iso`, /f:3: clas: is not known here; known are canonical,/],
    [
      `canonical: a@1\n${schema}\nclass: iso\nsteps:\n  - rename: { a: b }\n  - drop: { fields: [a] }`,
      /f:6: steps\[1\].drop: drop a is of class lens: it cannot keep the promise 'class: iso'/,
    ],
    [`canonical: a@1\n${schema}\nclass: lossy`, /needs a reason/],
    [
      `canonical: a@1\n${schema}\nclass: lens\nsteps:\n  - unit: { field: a, from: min, to: h }`,
      /f:5: steps\[0\].unit: most results would have no end/,
    ],
    [
      `canonical: a@1\n${schema}\nclass: lens\nsteps:\n  - unit: { field: a, from: m, to: kg }`,
      /from is a length and to a mass/,
    ],
    [
      `canonical: a@1\n${schema}\nclass: lens\nsteps:\n  - cast: { field: a, from: text, to: timestamp, format: YYYY-MM-DD HH:mm }`,
      /say 'offset: Z'/,
    ],
    [
      `canonical: a@1\n${schema}\nclass: lens\nsteps:\n  - cast: { field: a, from: text, to: date, format: MM/YYYY }`,
      /has no DD/,
    ],
    [
      `canonical: a@1\n${schema}\nclass: lens\nsteps:\n  - cast: { field: a, from: number, to: date }`,
      /no cast from number to date/,
    ],
    [
      `canonical: a@1\n${schema}\nclass: lens\nsteps:\n  - rename: { a: b }\n    drop: { others: true }`,
      /must name one step/,
    ],
    [
      `canonical: a@1\nclass: iso\nschema: { properties: { a: { pattern: x } } }`,
      /f:3: schema.properties.a.pattern: is not known here/,
    ],
    [
      `canonical: a@1\nclass: iso\nschema: { properties: { a: { minimum: 0x10 } } }`,
      /f:3: .*write 0x10 as JSON writes numbers/,
    ],
    [`canonical: a@1\nclass: iso\nschema: {}`, /f:3: schema: needs 'properties'/],
    ['a: [', /^f:1: /],
    [
      '{"canonical":"a@1",\n"class":"iso",\n"schema":{"properties":{"a":{"type":"text"}}}}',
      /f:3: schema.properties.a.type: "text" is none of string/,
    ],
    ['{"a":1,"a":2}', /f: a key is there twice/],
  ] as const)
    await assert.rejects(parseDefinition(definition, 'f'), { message }, definition);
});
