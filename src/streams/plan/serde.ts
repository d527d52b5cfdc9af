/** Serde: how bytes of a topic become values and values bytes. What `parse` throws sends the record to the dead letter topic. */
import { jsonCodec } from '../store/json-codec.ts';
import { avro } from './serdes/avro.ts';
import { nullable, present, raw, text } from './serdes/bytes.ts';
import { csv } from './serdes/csv.ts';
import { json } from './serdes/json.ts';
import { lossless } from './serdes/lossless.ts';
import { protobuf } from './serdes/protobuf.ts';

export interface Serde<T> {
  readonly name: string;
  parse(bytes: Buffer | null): T;
  serialise(value: T): Buffer | null;
}

/** Between a pipeline's own steps: values as they are kept in state (store/json-codec.ts). */
export const hopSerde: Serde<unknown> = {
  name: 'internal',
  parse: (bytes) => jsonCodec.decode(present(bytes)),
  serialise: (value) => jsonCodec.encode(value),
};

export const serde = Object.freeze({ raw, text, json, lossless, csv, avro, protobuf, nullable });
