/** Bytes and text: what every other serde is made of. */
import type { Serde } from '../serde.ts';

export const raw: Serde<Buffer | null> = {
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

export const text: Serde<string> = {
  name: 'text',
  parse: (bytes) => strictUtf8.decode(present(bytes)),
  serialise(value: unknown) {
    if (typeof value === 'string') return Buffer.from(value);
    const what = value === null || value === undefined ? String(value) : `of type ${typeof value}`;
    throw new TypeError(`a key or value that must be text is ${what}: make it text, or say another serde`);
  },
};
/** Bytes that are no UTF-8 are refused; by replacing them two keys could become one. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Also for records without a value (or key): those are null. */
export function nullable<T>(serde: Serde<T>): Serde<T | null> {
  return {
    name: `nullable ${serde.name}`,
    parse: (bytes) => (bytes === null ? null : serde.parse(bytes)),
    serialise: (value) => (value === null ? null : serde.serialise(value)),
  };
}

export function present(bytes: Buffer | null): Buffer {
  if (bytes === null)
    throw new TypeError('there is none (null); serde.nullable(…) lets such records through');
  return bytes;
}
