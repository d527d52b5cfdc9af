/**
 * RecordType: a kind of record of a coordinator's topic: its key, its value, and how both are told apart.
 *
 *   key     type int16 · fields (a key has one version only)
 *   value   version int16 · fields; no value at all: forget the key
 *
 * Several kinds share a topic; a table of them decodes what the topic holds.
 */
import { ByteReader, ByteWriter, MalformedMessage } from '../bytes.ts';
import type { Input, Message } from '../schema.ts';

export interface RecordType<N extends string, K, V> {
  readonly name: N;
  readonly number: number;
  readonly key: Message<K>;
  readonly value: Message<V>;
  encodeKey(key: Input<K>): Buffer;
  /** In the newest version, unless told otherwise. */
  encodeValue(value: Input<V>, version?: number): Buffer;
}

/** A decoded record of one of several types, told apart by `type`. */
export type RecordOf<T> =
  T extends RecordType<infer N, infer K, infer V>
    ? { readonly type: N; readonly key: K; readonly value: V | null }
    : never;

export function recordType<const N extends string, K, V>(
  name: N,
  number: number,
  key: Message<K>,
  value: Message<V>,
): RecordType<N, K, V> {
  return {
    name,
    number,
    key,
    value,
    encodeKey: (input) => prefixed(number, key, key.versionMin, input),
    encodeValue: (input, version = value.versionMax) => prefixed(version, value, version, input),
  };
}

function prefixed<T>(prefix: number, schema: Message<T>, version: number, input: Input<NoInfer<T>>): Buffer {
  const writer = new ByteWriter(128);
  writer.int16(prefix);
  schema.write(writer, version, input);
  return writer.toBuffer();
}

export class RecordTable<T extends RecordType<string, any, any>> {
  readonly #types = new Map<number, T>();

  /** `aliases`: further numbers that mean one of the types. */
  constructor(types: readonly T[], aliases: readonly (readonly [number: number, type: T])[] = []) {
    for (const type of types) this.#types.set(type.number, type);
    for (const [number, type] of aliases) this.#types.set(number, type);
  }

  /** Undefined: a type that this program does not know, which is for the caller to judge. */
  decode(key: Buffer, value: Buffer | null): RecordOf<T> | undefined {
    const keyReader = new ByteReader(key);
    const type = this.#types.get(keyReader.int16());
    if (type === undefined) return undefined;
    return {
      type: type.name,
      key: type.key.read(keyReader, type.key.versionMin),
      value: value === null ? null : decodeValue(type.value, value),
    } as RecordOf<T>;
  }
}

function decodeValue<V>(schema: Message<V>, buffer: Buffer): V {
  const reader = new ByteReader(buffer);
  const version = reader.int16();
  if (!schema.supports(version)) throw new MalformedMessage(`${schema.name} has no version ${version}`);
  return schema.read(reader, version);
}
