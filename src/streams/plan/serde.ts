/**
 * Serde: how bytes of a topic become values and values bytes. What `parse` throws sends the record to the dead letter topic.
 *
 * A schema in `json` is any Standard Schema (zod, valibot, arktype, …): what it makes of the value is what flows on.
 */
import { jsonCodec } from '../store/json-codec.ts';

export interface Serde<T> {
  readonly name: string;
  parse(bytes: Buffer | null): T;
  serialise(value: T): Buffer | null;
}

/** The part of https://standardschema.dev that is used; its answer must come at once. */
export interface StandardSchema<T> {
  readonly '~standard': {
    readonly validate: (value: unknown) => SchemaAnswer<T> | PromiseLike<SchemaAnswer<T>>;
  };
}

type SchemaAnswer<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const raw: Serde<Buffer | null> = {
  name: 'raw',
  parse: (bytes) => bytes,
  serialise(value) {
    if (value !== null && !(value instanceof Uint8Array))
      throw new TypeError(
        `a raw topic takes bytes, not ${typeof value}: give the topic a serde, topic(name, { value: serde.json() })`,
      );
    return value;
  },
};

const text: Serde<string> = {
  name: 'text',
  parse: (bytes) => strictUtf8.decode(present(bytes)),
  serialise: (value) => Buffer.from(value),
};
/** Bytes that are no UTF-8 are refused; by replacing them two keys could become one. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function json<T = unknown>(schema?: StandardSchema<T>): Serde<T> {
  return {
    name: 'json',
    parse(bytes) {
      const value: unknown = JSON.parse(text.parse(bytes));
      return schema === undefined ? (value as T) : checked(schema, value);
    },
    serialise(value) {
      const written = JSON.stringify(value);
      if (written === undefined) throw new TypeError(`${typeof value} has no form in JSON`);
      return Buffer.from(written);
    },
  };
}

/** Also for records without a value (or key): those are null. */
function nullable<T>(serde: Serde<T>): Serde<T | null> {
  return {
    name: `nullable ${serde.name}`,
    parse: (bytes) => (bytes === null ? null : serde.parse(bytes)),
    serialise: (value) => (value === null ? null : serde.serialise(value)),
  };
}

/** Between a pipeline's own steps: values as they are kept in state (store/json-codec.ts). */
export const hopSerde: Serde<unknown> = {
  name: 'internal',
  parse: (bytes) => jsonCodec.decode(present(bytes)),
  serialise: (value) => jsonCodec.encode(value),
};

export const serde = Object.freeze({ raw, text, json, nullable });

function present(bytes: Buffer | null): Buffer {
  if (bytes === null)
    throw new TypeError('there is none (null); serde.nullable(…) lets such records through');
  return bytes;
}

function checked<T>(schema: StandardSchema<T>, value: unknown): T {
  const answer = schema['~standard'].validate(value);
  if ('then' in answer)
    throw new TypeError('the schema answers later; a pipeline needs one that answers at once');
  if (answer.issues === undefined) return answer.value;
  throw new TypeError(answer.issues.map(issueText).join('; '));
}

function issueText({ message, path = [] }: SchemaIssue): string {
  const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return place === '' ? message : `${place}: ${message}`;
}
