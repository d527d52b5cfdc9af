/**
 * Schema: the canonical shape, in JSON Schema's words (2020-12), as few of them as mean the same everywhere. Two things differ on purpose:
 * objects are closed unless `additionalProperties: true`, and a word that is not known here is refused, never ignored.
 *
 *   type · properties · required · additionalProperties · items · enum · const · minimum · maximum · minLength ·
 *   maxLength · minItems · maxItems · format (date, date-time, local-date-time) · description · title · $schema
 *
 * No `pattern`: regular expressions mean different things in different languages. Lengths are counted in Unicode characters.
 */
import { readCanonical } from './calendar.ts';
import { compareDecimals, type Decimal, decimalOf, isInteger } from './decimal.ts';
import { isObject, type Json, JsonNumber, kindOf, sameJson } from './json.ts';
import type { Part } from './part.ts';
import { shortText } from './print-json.ts';
import type { Refusal } from './refused.ts';

export const TYPES = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'] as const;
export type SchemaType = (typeof TYPES)[number];
export const FORMATS = { date: 'date', 'date-time': 'timestamp', 'local-date-time': 'datetime' } as const;
export type SchemaFormat = keyof typeof FORMATS;

export interface Schema {
  readonly types?: readonly SchemaType[];
  readonly values?: readonly Json[];
  readonly minimum?: Decimal;
  readonly maximum?: Decimal;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly format?: SchemaFormat;
  readonly items?: Schema;
  readonly properties?: ReadonlyMap<string, Schema>;
  readonly required?: readonly string[];
  /** Takes properties that it does not name. */
  readonly isOpen?: boolean;
}

const WORDS = [
  ...[
    'type',
    'properties',
    'required',
    'additionalProperties',
    'items',
    'enum',
    'const',
    'minimum',
    'maximum',
  ],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'format', 'description', 'title', '$schema'],
];

export function readSchema(part: Part): Schema {
  part.members(WORDS);
  const count = (name: string) => part.find(name)?.count();
  const properties = part.find('properties')?.members();
  const required = part.find('required')?.items();
  for (const name of required ?? [])
    if (properties?.some(([key]) => key === name.value) !== true) name.fail('is not among the properties');
  const items = part.find('items');
  return compact({
    types: typesOf(part),
    values: valuesOf(part),
    minimum: boundOf(part.find('minimum')),
    maximum: boundOf(part.find('maximum')),
    minLength: count('minLength'),
    maxLength: count('maxLength'),
    minItems: count('minItems'),
    maxItems: count('maxItems'),
    format: part.find('format')?.oneOf(Object.keys(FORMATS) as SchemaFormat[]),
    items: items === undefined ? undefined : readSchema(items),
    properties: properties && new Map(properties.map(([key, property]) => [key, readSchema(property)])),
    required: required?.map((name) => name.text()),
    isOpen: part.find('additionalProperties')?.flag(),
  });
}

function typesOf(part: Part): SchemaType[] | undefined {
  const type = part.find('type');
  if (type === undefined) return undefined;
  return Array.isArray(type.value) ? type.items().map((item) => item.oneOf(TYPES)) : [type.oneOf(TYPES)];
}

function valuesOf(part: Part): Json[] | undefined {
  const constant = part.find('const');
  if (constant !== undefined) return [constant.value];
  return part
    .find('enum')
    ?.items()
    .map(({ value }) => value);
}

function boundOf(part: Part | undefined): Decimal | undefined {
  if (part === undefined) return undefined;
  return part.value instanceof JsonNumber ? decimalOf(part.value.text) : part.fail('must be a number');
}

/** exactOptionalPropertyTypes: what is not said is not there. */
function compact(schema: { [Name in keyof Schema]: Schema[Name] | undefined }): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined)) as Schema;
}

/** The first thing that does not fit; undefined: all does. */
export function misfit(schema: Schema, value: Json, field = ''): Refusal | undefined {
  const reason = misfitOf(schema, value);
  if (reason !== undefined) return { field, reason };
  if (Array.isArray(value)) return schema.items && misfitOfItems(schema.items, value, field);
  return isObject(value) ? misfitOfMembers(schema, value, field) : undefined;
}

function misfitOfItems(schema: Schema, items: readonly Json[], field: string): Refusal | undefined {
  for (const [index, item] of items.entries()) {
    const found = misfit(schema, item, `${field}[${index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function misfitOfMembers(
  schema: Schema,
  value: ReadonlyMap<string, Json>,
  field: string,
): Refusal | undefined {
  const inside = (key: string) => (field === '' ? key : `${field}.${key}`);
  for (const key of schema.required ?? [])
    if (!value.has(key)) return { field: inside(key), reason: 'is missing' };
  if (schema.properties === undefined && schema.isOpen !== false) return undefined;
  for (const [key, item] of value) {
    const property = schema.properties?.get(key);
    if (property === undefined) {
      if (schema.isOpen !== true) return { field: inside(key), reason: 'is no field of the canonical form' };
      continue;
    }
    const found = misfit(property, item, inside(key));
    if (found !== undefined) return found;
  }
  return undefined;
}

function misfitOf(schema: Schema, value: Json): string | undefined {
  if (schema.types !== undefined && !schema.types.some((type) => isOfType(type, value)))
    return `must be ${schema.types.join(' or ')}, not ${kindOf(value)}${value instanceof JsonNumber ? ` (${value.text})` : ''}`;
  if (schema.values !== undefined && !schema.values.some((one) => sameJson(one, value)))
    return `${shortText(value)} is none of ${schema.values.map(shortText).join(', ')}`;
  if (value instanceof JsonNumber) return misfitOfNumber(schema, value);
  if (typeof value === 'string') return misfitOfText(schema, value);
  if (Array.isArray(value)) return misfitOfCount(value.length, schema.minItems, schema.maxItems, 'items');
  return undefined;
}

function isOfType(type: SchemaType, value: Json): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'null':
      return value === null;
    case 'number':
      return value instanceof JsonNumber;
    case 'integer':
      return value instanceof JsonNumber && isInteger(decimalOf(value.text)!);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
  }
}

function misfitOfNumber({ minimum, maximum }: Schema, { text }: JsonNumber): string | undefined {
  if (minimum === undefined && maximum === undefined) return undefined;
  const value = decimalOf(text)!;
  if (minimum !== undefined && compareDecimals(value, minimum) < 0) return `${text} is below the minimum`;
  if (maximum !== undefined && compareDecimals(value, maximum) > 0) return `${text} is above the maximum`;
  return undefined;
}

function misfitOfText({ minLength, maxLength, format }: Schema, value: string): string | undefined {
  if (format !== undefined && readCanonical(FORMATS[format], value) === undefined)
    return `${shortText(value)} is not a canonical ${format}`;
  if (minLength === undefined && maxLength === undefined) return undefined;
  return misfitOfCount([...value].length, minLength, maxLength, 'characters');
}

function misfitOfCount(
  count: number,
  least: number | undefined,
  most: number | undefined,
  noun: string,
): string | undefined {
  if (least !== undefined && count < least) return `has ${count} ${noun}, at least ${least} are needed`;
  if (most !== undefined && count > most) return `has ${count} ${noun}, at most ${most} are allowed`;
  return undefined;
}
