import assert from 'node:assert/strict';
import test from 'node:test';
import { type HandConversion, JsonNumber, Lens, lens, parseDefinition, testLaws } from './index.ts';

const RUN = { runs: 300, seed: 7 };

test('the laws hold for a definition with every kind of step', async () => {
  const definition = await parseDefinition(`
canonical: order@1
class: lens
layout: spaced-ascii
order: [no, total]
steps:
  - rename: { no: id }
  - move: { from: ship.weight, to: weight }
  - cast: { field: total, from: text, to: number, scale: 2, point: ',' }
  - cast: { field: on, from: text, format: D.M.YYYY, to: date }
  - unit: { field: weight, from: mi, to: km }
  - enum: { field: state, map: { N: new, n: new, P: paid, NA: null }, others: keep }
  - default: { field: currency, value: EUR }
  - wrap: { field: tags, in: list }
  - each: { field: lines, steps: [ { rename: { s: sku } }, { default: { field: count, value: 1 } } ] }
  - split: { field: name, by: ' ', into: [first, last] }
  - drop: { fields: [trace, debug.level] }
examples:
  - '{"no": "a", "total": "1,50", "name": "Ada King", "tags": "x"}'
schema:
  required: [id, currency]
  properties:
    id: { type: string }
    total: { type: number }
    on: { type: [string, 'null'], format: date }
    weight: { type: number, minimum: 0 }
    state: { enum: [new, paid, old, null] }
    currency: { type: string }
    tags: { type: array, maxItems: 1, items: { type: string } }
    lines: { type: array, items: { required: [count], properties: { sku: { type: string }, count: { type: integer } } } }
    first: { type: string }
    last: { type: string }`);
  const report = await testLaws(new Lens(definition), RUN);
  assert.equal(report.violation, undefined);
  assert.equal(report.generated, 300);
  assert.ok(report.withoutRaw > 0 && report.withoutRaw < 300, `${report.withoutRaw} have no raw form`);
});

const text = (value: unknown) => value as string;
const number = (value: unknown) => Number((value as JsonNumber).text);

/** Inverses that are wrong, each in the way in which people get them wrong. */
const WRONG: Readonly<Record<string, { type: string; conversion: HandConversion; format?: string }>> = {
  'multiplies where it should divide': {
    type: 'integer',
    conversion: {
      class: 'iso',
      get: (v) => JsonNumber.of(number(v) * 60),
      put: (v) => JsonNumber.of(number(v) * 60),
    },
  },
  'forgets what trimming took': {
    type: 'string',
    conversion: { class: 'lens', get: (v) => text(v).trim(), put: (v) => v },
  },
  'swaps day and month, which half of the days do not show': {
    type: 'string',
    format: 'date',
    conversion: {
      class: 'iso',
      get: (v) => text(v).replace(/^(..).(..).(....)$/, '$3-$1-$2'),
      put: (v) => text(v).replace(/^(....)-(..)-(..)$/, '$3/$2/$1'),
    },
  },
  'loses the sign': {
    type: 'integer',
    conversion: {
      class: 'iso',
      get: (v) => JsonNumber.of(-number(v)),
      put: (v) => JsonNumber.of(-Math.abs(number(v))),
    },
  },
  'goes through a double': {
    type: 'number',
    conversion: { class: 'iso', get: (v) => v, put: (v) => JsonNumber.of(number(v)) },
  },
};

for (const [name, { type, format, conversion }] of Object.entries(WRONG))
  test(`a wrong inverse is found: it ${name}`, async () => {
    const schema = { required: ['x'], properties: { x: { type, format } } };
    const broken = lens('w@1', { class: conversion.class, schema }).convert('x', conversion).definition();
    const { violation } = await testLaws(new Lens(broken), RUN);
    assert.ok(violation !== undefined);
    assert.equal(violation.law, 'L4');
  });

test('what is not the same the second time is found by L5', async () => {
  let count = 0;
  const once = lens('w@1', {
    class: 'lens',
    schema: { properties: { x: { type: 'integer' } } },
    examples: ['{"x":1}'],
  })
    .convert('x', { class: 'lens', get: () => JsonNumber.of(Math.floor(count++ / 2)), put: (v) => v })
    .definition();
  assert.equal((await testLaws(new Lens(once), RUN)).violation?.law, 'L5');
});

test('an example that is refused is reported with its reason', async () => {
  const definition = lens('w@1', {
    class: 'iso',
    schema: { properties: { x: { type: 'integer' } } },
    examples: ['{"x":"1"}'],
  });
  const { violation } = await testLaws(new Lens(definition.definition()), RUN);
  assert.deepEqual(violation, {
    law: undefined,
    record: '{"x":"1"}',
    reason: 'x: must be integer, not a string',
  });
});
