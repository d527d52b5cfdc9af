/** Records in state: as an array, so that no field name is written a million times. What they were read as (`raw`) is left behind. */
import type { StreamRecord } from '../record.ts';
import { jsonCodec } from './json-codec.ts';
import type { Codec } from './overlay.ts';

export type StoredRecord = readonly [
  key: unknown,
  value: unknown,
  headers: readonly (readonly [string, Buffer | null])[],
  timestampMs: number,
  topic: string,
  partition: number,
  offset: number,
];

export function stored({ key, value, headers, timestampMs, source }: StreamRecord): StoredRecord {
  const pairs = headers.map((header) => [header.key, header.value] as const);
  return [key, value, pairs, timestampMs, source.topic, source.partition, source.offset];
}

export function restored([
  key,
  value,
  pairs,
  timestampMs,
  topic,
  partition,
  offset,
]: StoredRecord): StreamRecord {
  const headers = pairs.map(([name, content]) => ({ key: name, value: content }));
  return { key, value, headers, timestampMs, source: { topic, partition, offset }, raw: undefined };
}

export const recordCodec: Codec<StreamRecord> = {
  encode: (record) => jsonCodec.encode(stored(record)),
  decode: (bytes) => restored(jsonCodec.decode(bytes) as StoredRecord),
};
