/** JSON as JavaScript reads it: quick, and it rounds numbers. Where every digit counts: lossless.ts. */
import type { Serde } from '../serde.ts';
import { text } from './bytes.ts';
import { type StandardSchema, validated } from './standard-schema.ts';

export interface JsonOptions<T> {
  /** zod, valibot, arktype, ...: what it makes of the value is what flows on. */
  readonly schema?: StandardSchema<T>;
  /** `both`: what is written must also be readable by the schema, or its record is dead-lettered. Default both. */
  readonly check?: 'reads' | 'both';
}

export function json<T = unknown>({ schema, check = 'both' }: JsonOptions<T> = {}): Serde<T> {
  return {
    name: schema === undefined ? 'json' : 'json with a schema',
    parse(bytes) {
      const value: unknown = JSON.parse(text.parse(bytes));
      return schema === undefined ? (value as T) : validated(schema, value);
    },
    serialise(value) {
      const written = JSON.stringify(value);
      if (written === undefined) throw new TypeError(`${typeof value} has no form in JSON`);
      if (schema !== undefined && check === 'both') validated(schema, JSON.parse(written));
      return Buffer.from(written);
    },
  };
}
