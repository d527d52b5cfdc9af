/**
 * The form that values have in state and in repartition topics: JSON that people and tools can read, plus what JSON has not.
 *
 *   bytes        as they are, behind a 0x00
 *   undefined    nothing at all
 *   else         JSON; {"$bigint":"7"} {"$bytes":"AA=="} {"$date":"..."} {"$number":"NaN"} {"$json":"..."}; a key of the user that begins with $ gets one more
 *
 *   J1  decode(encode(x)) is x for JSON values, bigint, Date, Buffer, undefined at the top, NaN, infinities, -0 and LosslessJson
 *   J2  what cannot come back (functions, symbols, instances of classes, circles) is refused, never silently changed
 */
import { LosslessJson } from '../lossless-json.ts';
import type { Codec } from './overlay.ts';

const BYTES = 0;
const NOTHING = Buffer.alloc(0);

/** The value has no form in state. The message says where it lies. */
export class NotStorable extends Error {
  override readonly name = 'NotStorable';
}

export const jsonCodec: Codec<unknown> = {
  encode(value) {
    if (value instanceof Uint8Array) return Buffer.concat([Buffer.of(BYTES), value]);
    if (value === undefined) return NOTHING;
    return Buffer.from(jsonText(value));
  },
  decode(bytes) {
    if (bytes.length === 0) return undefined;
    if (bytes[0] === BYTES) return bytes.subarray(1);
    const text = bytes.toString();
    const value: unknown = JSON.parse(text);
    return text.includes('"$') ? fromJson(value) : value;
  },
};

/** Of what is not undefined; `path` says where it lies, for the error. */
export function jsonText(value: unknown, path = 'value'): string {
  return JSON.stringify(isPlain(value) ? value : toJson(value, path));
}

/** Most values need no translation: seen without a copy. */
export function isPlain(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every(isPlain);
  if (!isRecord(value)) return false;
  for (const key of Object.keys(value)) if (key.startsWith('$') || !isPlain(value[key])) return false;
  return true;
}

function isRecord(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function toJson(value: unknown, path: string): unknown {
  switch (typeof value) {
    case 'bigint':
      return { $bigint: String(value) };
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : String(value) };
    case 'string':
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : objectToJson(value, path);
    default:
      throw new NotStorable(`${path} is a ${typeof value}: state holds data only`);
  }
}

function objectToJson(value: object, path: string): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof LosslessJson) return { $json: value.text };
  if (Array.isArray(value)) return value.map((one, n) => toJson(one, `${path}[${n}]`));
  if (!isRecord(value))
    throw new NotStorable(
      `${path} is a ${value.constructor.name}: state holds plain objects, arrays, text, numbers, bigints, dates and bytes`,
    );
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(
    entries.map(([key, one]) => [key.startsWith('$') ? `$${key}` : key, toJson(one, `${path}.${key}`)]),
  );
}

/** Of a tree that was just parsed and is nobody else's: what needs no translation stays as it is. */
function fromJson(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n++) value[n] = fromJson(value[n]);
    return value;
  }
  const fields = value as Record<string, unknown>;
  const names = Object.keys(fields);
  const [key = ''] = names;
  const text = fields[key];
  if (names.length === 1 && typeof text === 'string')
    switch (key) {
      case '$bigint':
        return BigInt(text);
      case '$number':
        return Number(text);
      case '$bytes':
        return Buffer.from(text, 'base64');
      case '$json':
        return LosslessJson.known(text);
      case '$date':
        return new Date(text);
    }
  if (names.some((name) => name.startsWith('$$')))
    return Object.fromEntries(
      names.map((name) => [name.startsWith('$$') ? name.slice(1) : name, fromJson(fields[name])]),
    );
  for (const name of names) fields[name] = fromJson(fields[name]);
  return fields;
}
