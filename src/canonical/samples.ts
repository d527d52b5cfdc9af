/** Samples: canonical values that a schema allows, for property tests. fast-check makes them, and makes them small again. */
import type { Arbitrary } from 'fast-check';
import { INSTANT_MAX, INSTANT_MIN, writeCanonical } from './calendar.ts';
import { decimalText } from './decimal.ts';
import { type Json, JsonNumber, type JsonObject } from './json.ts';
import { FORMATS, misfit, type Schema, type SchemaType } from './schema.ts';

type FastCheck = typeof import('fast-check');

const ITEMS_MAX = 4;
const TEXT_MAX = 12;
const WIDE = 1_000_000_000;
/** Texts and numbers that have broken something before. */
const TEXTS = ['', ' a', 'é', '😀', 'a b', '"\\', '7', '12.5', '-3', 'NA', 'null', '2001-02-03'];
const NUMBERS = [
  '0',
  '-1',
  '1.1',
  '0.001',
  '12.5',
  '-2.25',
  '100000',
  '9007199254740993',
  '0.1234567890123456789',
];

export function samplesOf(fc: FastCheck, schema: Schema): Arbitrary<Json> {
  if (schema.values !== undefined) return fc.constantFrom(...schema.values);
  const types = schema.types ?? (schema.properties === undefined ? ['string', 'integer'] : ['object']);
  return fc
    .oneof(...types.map((type) => samplesOfType(fc, schema, type)))
    .filter((value) => misfit(schema, value) === undefined);
}

function samplesOfType(fc: FastCheck, schema: Schema, type: SchemaType): Arbitrary<Json> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'string':
      return textSamples(fc, schema);
    case 'integer':
    case 'number':
      return numberSamples(fc, schema, type === 'integer' ? 0 : 3);
    case 'array':
      return fc.array(schema.items === undefined ? fc.constant(null) : samplesOf(fc, schema.items), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? ITEMS_MAX, ITEMS_MAX)),
      });
    case 'object':
      return objectSamples(fc, schema);
  }
}

function textSamples(
  fc: FastCheck,
  { format, minLength = 0, maxLength = TEXT_MAX }: Schema,
): Arbitrary<Json> {
  if (format !== undefined)
    return fc
      .integer({ min: INSTANT_MIN, max: INSTANT_MAX })
      .chain((instant) => fc.constantFrom(instant, instant - (instant % 1000), instant - (instant % 60_000)))
      .map((instant) => writeCanonical(FORMATS[format], Math.max(instant, INSTANT_MIN)));
  const random = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, TEXT_MAX)) });
  const known = TEXTS.filter((text) => [...text].length >= minLength && [...text].length <= maxLength);
  return known.length === 0 ? random : fc.oneof(random, fc.constantFrom(...known));
}

/** Whole numbers, and such with up to `scale` digits behind the point. */
function numberSamples(fc: FastCheck, schema: Schema, scale: number): Arbitrary<Json> {
  const least = schema.minimum === undefined ? -WIDE : Number(decimalText(schema.minimum));
  const most = schema.maximum === undefined ? Math.max(WIDE, least) : Number(decimalText(schema.maximum));
  const from = Math.ceil(Math.max(Math.min(least, most), -Number.MAX_SAFE_INTEGER));
  const to = Math.floor(Math.min(most, Number.MAX_SAFE_INTEGER));
  const whole = fc.integer({ min: Math.min(from, to), max: Math.max(from, to) });
  const numbers = fc
    .tuple(whole, fc.nat({ max: 10 ** scale - 1 }), fc.nat({ max: scale }))
    .map(([units, fraction, digits]) =>
      JsonNumber.of(digits === 0 ? units : `${units}.${String(fraction).padStart(scale, '0')}`),
    );
  const known = NUMBERS.map((text) => JsonNumber.of(text)).filter(
    (number) => misfit(schema, number) === undefined,
  );
  return known.length === 0 ? numbers : fc.oneof(numbers, fc.constantFrom(...known));
}

function objectSamples(fc: FastCheck, { properties = new Map(), required = [] }: Schema): Arbitrary<Json> {
  const members = [...properties].map(([key, property]) => {
    const value = samplesOf(fc, property);
    return fc.tuple(fc.constant(key), required.includes(key) ? value : fc.option(value, { nil: undefined }));
  });
  return fc
    .tuple(...members)
    .map(
      (all): JsonObject => new Map(all.filter((member): member is [string, Json] => member[1] !== undefined)),
    );
}
