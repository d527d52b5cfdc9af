import assert from 'node:assert/strict';
import test from 'node:test';
import { jsonSchemaCheck } from './json-schema.ts';

const objection = (schema: object, value: unknown) =>
  jsonSchemaCheck(JSON.stringify(schema))({
    key: null,
    value: value === null ? null : value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value)),
    headers: [],
  });

const ORDER = {
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', pattern: '^o-\\d+$' },
    state: { enum: ['new', 'paid'] },
    at: { type: 'string', format: 'date-time' },
    lines: { type: 'array', items: { type: 'object', properties: { 'a/b': { type: 'integer' } } } },
  },
};

test('what fits passes, and so does a record without a value', () => {
  assert.equal(
    objection(ORDER, { id: 'o-1', state: 'new', at: '2026-11-28T10:00:00Z', lines: [{ 'a/b': 1 }] }),
    undefined,
  );
  assert.equal(objection(ORDER, null), undefined);
});

test('what does not fit is told by field and reason', () => {
  const cases: [unknown, string, RegExp][] = [
    [{}, '/id', /^is missing$/],
    [{ id: 'x' }, '/id', /^must match pattern/],
    [{ id: 'o-1', extra: 1 }, '/extra', /^is not in the schema$/],
    [{ id: 'o-1', state: 'old' }, '/state', /^must be one of \["new","paid"\]$/],
    [{ id: 'o-1', at: 'yesterday' }, '/at', /^must match format "date-time"$/],
    [{ id: 'o-1', lines: [{}, { 'a/b': 'x' }] }, '/lines/1/a~1b', /^must be integer$/],
    ['text', 'value', /^must be object$/],
    [Buffer.from('{"id":'), 'value', /^is not JSON: /],
    [Buffer.from([0x22, 0xff, 0x22]), 'value', /^is not UTF-8$/],
    [Buffer.from([0, 0, 0, 0, 7, 0x7b, 0x7d]), 'value', /schema registry/],
    [Buffer.alloc(0), 'value', /^is empty/],
  ];
  for (const [value, field, reason] of cases) {
    const found = objection(ORDER, value);
    assert.equal(found?.field, field, String(value));
    assert.match(found.reason, reason);
  }
});

test('every draft that is known has its own rules', () => {
  const items = (schema: object) => ({ ...schema, type: 'array' });
  const seven = items({
    $schema: 'http://json-schema.org/draft-07/schema#',
    items: [{ type: 'string' }],
    additionalItems: false,
  });
  const newest = items({ prefixItems: [{ type: 'string' }], items: false });
  for (const schema of [seven, newest]) {
    assert.equal(objection(schema, ['a']), undefined);
    assert.notEqual(objection(schema, ['a', 'b']), undefined);
  }
});

test('a schema that would check nothing, or not everywhere the same, is refused', () => {
  const refused: [object, RegExp][] = [
    [{ type: 'objekt' }, /type/],
    [{ requierd: ['a'] }, /unknown keyword: "requierd"/],
    [{ $ref: 'https://example.com/order.json' }, /example\.com/],
    [{ $schema: 'http://json-schema.org/draft-04/schema#' }, /drafts 7, 2019-09 and 2020-12/],
    [{ type: 'string', pattern: '(a)\\1' }, /escape|\\\\1/],
    [{ type: 'string', format: 'shoe-size' }, /unknown format "shoe-size"/],
  ];
  for (const [schema, reason] of refused)
    assert.throws(() => jsonSchemaCheck(JSON.stringify(schema)), reason, JSON.stringify(schema));
});

test('patterns are matched in linear time, each by its own expression', () => {
  const schema = {
    properties: { a: { type: 'string', pattern: '^(a+)+$' }, b: { type: 'string', pattern: '^b$' } },
  };
  const before = performance.now();
  assert.equal(objection(schema, { a: `${'a'.repeat(50_000)}!` })?.field, '/a');
  assert.ok(performance.now() - before < 2000);
  assert.equal(objection(schema, { a: 'a', b: 'b' }), undefined);
  assert.equal(objection(schema, { a: 'a', b: 'a' })?.field, '/b');
});

test('a value that is nested beyond the stack is refused, not a crash', () => {
  const deep = Buffer.from('['.repeat(200_000) + ']'.repeat(200_000));
  const tree = { $id: 'tree', type: 'array', items: { $ref: 'tree' } };
  assert.match(objection(tree, deep)?.reason ?? '', /nested|JSON/);
});
