import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compareDecimals, decimalOf, normalNumber } from './decimal.ts';
import { jsonOf } from './json.ts';
import { KeyOrder, orderOf, putInOrder } from './key-order.ts';
import { layoutOf, withLayout } from './layout.ts';
import { DEPTH_MAX, parseJson } from './parse-json.ts';
import { printJson, STYLES, type StyleName } from './print-json.ts';

const canonical = (text: string) => printJson(parseJson(text).value);

test('a double has the text that ECMAScript gives it, which is that of RFC 8785', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      assert.equal(
        normalNumber(number.toPrecision(17).replace('+', '')),
        normalNumber(number.toPrecision(17)),
      );
      assert.equal(normalNumber(String(number)), JSON.stringify(number));
    }),
  );
});

test('no digit of a number is lost, and every spelling of it becomes the same', () => {
  assert.equal(canonical('9007199254740993'), '9007199254740993');
  assert.equal(canonical('0.1234567890123456789012345'), '0.1234567890123456789012345');
  for (const text of ['1.10', '1.1', '11e-1', '110E-2', '0.00011e4']) assert.equal(canonical(text), '1.1');
  assert.equal(canonical('-0'), '0');
  assert.equal(canonical('1e999'), '1e+999');
  assert.equal(canonical('123456789012345678901234567890'), '1.2345678901234567890123456789e+29');
  assert.throws(() => canonical('1e1000000'), /exponent beyond ±999999/);
});

test('decimals are compared by what they are', () => {
  const sorted = ['-1e5', '-2', '-1.5', '0', '1e-9', '0.5', '0.50001', '2', '10', '1e300'];
  for (const [left, text] of sorted.entries())
    for (const [right, other] of sorted.entries())
      assert.equal(
        Math.sign(compareDecimals(decimalOf(text)!, decimalOf(other)!)),
        Math.sign(left - right),
        `${text} and ${other}`,
      );
});

test('keys are sorted by UTF-16 code units, also those that look like numbers', () => {
  assert.equal(canonical('{"10":1,"9":2,"\\ufb33":3,"😀":4,"":5}'), '{"":5,"10":1,"9":2,"😀":4,"\ufb33":3}');
});

test('of members with the same key the last one counts', () => {
  const { value, superseded } = parseJson('{"a":1,"b":{"c":1,"c":2},"a":{"x":[]},"a":3}');
  assert.equal(printJson(value, STYLES.compact), '{"b":{"c":2},"a":3}');
  assert.deepEqual(superseded, [
    { start: 1, end: 5 },
    { start: 8, end: 12 },
    { start: 17, end: 26 },
  ]);
});

test('what is no JSON is refused with the byte where it goes wrong', () => {
  for (const [text, reason] of [
    ['', /byte 0: the text ends early/],
    ['{"é":01}', /byte 7: expected ',' or '}'/],
    ['{"a":1,}', /byte 7: expected a key/],
    ['[1 2]', /byte 3: expected ',' or ']'/],
    ['"a', /byte 2: a string does not end/],
    ['"\t"', /byte 1: a control character/],
    ['"\\x"', /byte 1: an escape/],
    ['nul', /byte 0: expected a value/],
    ['1 1', /byte 2: something follows/],
    ['\ufeff1', /byte 0: expected a value/],
    ['['.repeat(DEPTH_MAX + 1), /nested deeper than 128/],
  ] as const)
    assert.throws(() => parseJson(text), reason, text);
});

/** JSON texts with white space, spellings, escapes and keys that come twice. */
const space = fc.constantFrom('', '', '', ' ', '\n  ', '\t');
const literal = fc.oneof(
  fc.constantFrom('null', 'true', '1.10', '1E5', '-0', '0.5', '9007199254740993', '1e400'),
  fc.constantFrom(
    '"\\u00e9"',
    '"é"',
    '"\\/"',
    '"/"',
    '"\\ud800"',
    '"😀"',
    '"\\ud83d\\ude00"',
    '"a\\"b"',
    '"x: {,"',
  ),
);
const spaced = (text: fc.Arbitrary<string>) =>
  fc.tuple(space, text, space).map(([before, inner, after]) => before + inner + after);
const { text: jsonText } = fc.letrec<{ text: string; object: string; array: string }>((tie) => ({
  text: spaced(fc.oneof({ maxDepth: 4 }, literal, tie('object'), tie('array'))),
  object: fc
    .array(fc.tuple(spaced(fc.constantFrom('"a"', '"b"', '"\\u0061"', '"10"', '"9"')), tie('text')), {
      maxLength: 5,
    })
    .map((members) => `{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`),
  array: fc.array(tie('text'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
}));

test('a text is its tree, its key order and its layout, in every style that may be expected', () => {
  const style = fc.constantFrom(...(Object.keys(STYLES) as StyleName[]));
  fc.assert(
    fc.property(jsonText, style, (text, expected) => {
      const { value, superseded } = parseJson(text);
      const ranks = new KeyOrder(['b', 'a', 'b.a', 'a[].b']);
      const order = orderOf(value, ranks);
      const layout = layoutOf(text, value, superseded, expected);
      const again = parseJson(printJson(value)).value; // nothing but what the canonical form keeps
      putInOrder(again, ranks, order);
      assert.equal(
        layout === undefined ? printJson(again, STYLES[expected]) : withLayout(again, layout, expected),
        text,
      );
    }),
    { numRuns: 400 },
  );
});

test('the texts of JSON.stringify and of json.dumps need no layout', () => {
  const value = { b: [1, { c: 'é' }], a: null };
  assert.equal(layoutOf(JSON.stringify(value), jsonOf(value), [], 'compact'), undefined);
  const dumped = '{"b": [1, {"c": "\\u00e9"}], "a": null}';
  assert.equal(layoutOf(dumped, jsonOf(value), [], 'spaced-ascii'), undefined);
  assert.equal(printJson(layoutOf(dumped, jsonOf(value), [], 'compact')!), '{"style":"spaced-ascii"}');
});
