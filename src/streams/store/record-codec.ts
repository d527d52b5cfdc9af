/** Records in state: as an array, so that no field name is written a million times. What they were read as (`raw`) is left behind. */
import type { StreamRecord } from '../record.ts';
import { isPlain, jsonCodec, jsonText } from './json-codec.ts';
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
  // Part by part: a key of bytes has to be translated, and the value beside it need not be copied for that.
  encode({ key, value, headers, timestampMs, source: { topic, partition, offset } }) {
    const pairs =
      headers.length === 0
        ? '[]'
        : jsonText(
            headers.map((one) => [one.key, one.value]),
            'headers',
          );
    const place = `${timestampMs},${JSON.stringify(topic)},${partition},${offset}`;
    return Buffer.from(`[${jsonText(key, 'key')},${jsonText(value, 'value')},${pairs},${place}]`);
  },
  decode: (bytes) => restored(jsonCodec.decode(bytes) as StoredRecord),
  // As it would come back. Bytes of a key lie among those of a whole fetch; headers and other values are rare, and stay bytes.
  keep({ key, value, headers, timestampMs, source }) {
    if (headers.length > 0 || !isPlain(value)) return undefined;
    if (!(key instanceof Uint8Array) && !isPlain(key)) return undefined;
    const own = key instanceof Uint8Array ? Buffer.from(key) : key;
    return { key: own, value, headers, timestampMs, source, raw: undefined };
  },
};
