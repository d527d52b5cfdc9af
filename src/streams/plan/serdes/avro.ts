/**
 * Avro, by avsc, with a given schema: the bytes of one value, without a container or a registry's prefix.
 *
 *   A1  values are plain objects, so they can be kept in state and sent over repartition topics
 *   A2  a long beyond 2^53 is refused, not rounded, unless `longs: 'bigint'`
 *   A3  writing loses nothing unseen: a field that the schema has not is refused
 */
import { inspect } from 'node:util';
import type * as Avsc from 'avsc';
import { PlanError } from '../../plan-error.ts';
import type { Serde } from '../serde.ts';
import { present } from './bytes.ts';
import { library } from './library.ts';

export interface AvroOptions {
  /** How 64-bit numbers are held. Default number. */
  readonly longs?: 'number' | 'bigint';
}

/** JavaScript does not keep it as a field like others. */
const PROTO = '__proto__';

/** `schema`: as JSON text or as an object. */
export function avro<T = unknown>(schema: string | object, { longs = 'number' }: AvroOptions = {}): Serde<T> {
  const type = typeOf(schema, longs, library<typeof Avsc>('avsc'));
  return {
    name: `avro ${type.name ?? type.typeName}`,
    parse(bytes) {
      const given = present(bytes);
      const value: unknown = type.fromBuffer(given);
      if (given.includes(PROTO) && type.toBuffer(value).length !== given.length)
        throw new TypeError(`a key of a map is '${PROTO}', which would be lost`);
      return plain(value) as T;
    },
    serialise(value) {
      type.isValid(value, { noUndeclaredFields: true, errorHook: refuse });
      return type.toBuffer(value);
    },
  };
}

function typeOf(schema: string | object, longs: 'number' | 'bigint', avsc: typeof Avsc): Avsc.Type {
  try {
    const parsed = (typeof schema === 'string' ? JSON.parse(schema) : schema) as Avsc.Schema;
    checkNames(parsed);
    const registry = Object.assign(
      Object.create(null) as Record<string, Avsc.Type>,
      longs === 'bigint' ? { long: bigLongs(avsc) } : {},
    );
    return avsc.Type.forSchema(parsed, { registry, omitRecordMethods: true });
  } catch (error) {
    if (!(error instanceof Error) || error instanceof PlanError) throw error;
    throw new PlanError(`serde.avro: that is no schema of Avro: ${error.message}`);
  }
}

/** avsc refuses all other names that are none. */
function checkNames(schema: unknown): void {
  if (schema === null || typeof schema !== 'object') return;
  for (const [key, part] of Object.entries(schema)) {
    if (key === 'name' && part === PROTO) throw new PlanError(`serde.avro: nothing can be called '${PROTO}'`);
    checkNames(part);
  }
}

function bigLongs(avsc: typeof Avsc): Avsc.Type {
  return avsc.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer(long: bigint) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(long);
      return bytes;
    },
    fromJSON: BigInt,
    toJSON: Number,
    isValid: (long: unknown) => typeof long === 'bigint' && BigInt.asIntN(64, long) === long,
    compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
  });
}

function refuse(path: string[], value: unknown, type: Avsc.Type): never {
  const place = path.join('.') || 'the value';
  if (type.typeName === 'record' && value !== null && typeof value === 'object') {
    const fields = new Set((type as Avsc.types.RecordType).fields.map(({ name }) => name));
    const other = Object.keys(value).find((name) => !fields.has(name));
    if (other !== undefined)
      throw new TypeError(`${place}: ${type.name} has no field '${other}': it would be lost`);
  }
  throw new TypeError(`${place}: ${inspect(value, { depth: 0 })} is no ${type.name ?? type.typeName}`);
}

/** Records come as instances of classes that avsc makes. */
function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array || value instanceof Date)
    return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}
