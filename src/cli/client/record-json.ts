/**
 * RecordJson: a record as one line of JSON, and back.
 *
 *   {"topic":"orders","partition":0,"offset":15,"timestamp":1764547200000,"key":"a","value":"...","headers":[["h","v"]]}
 *
 * Bytes that are not UTF-8 are {"base64":"..."}; a missing key or value is null. Whole both ways: nothing is lost.
 */
import { isUtf8 } from 'node:buffer';

export type BytesJson = string | null | { readonly base64: string };

export interface RecordJson {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: BytesJson;
  readonly value: BytesJson;
  readonly headers: readonly (readonly [BytesJson, BytesJson])[];
}

/** What a line says about a record to be produced; everything else in it is where the record once was. */
export interface ParsedRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [Buffer, Buffer])[];
}

export function bytesJson(bytes: Buffer | null | undefined): BytesJson {
  if (bytes === null || bytes === undefined) return null;
  return isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') };
}

/** Throws with the reason when the line is not such a record. */
export function parseRecordJson(line: string): ParsedRecord {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Error('not a JSON object');
  const { key, value, headers } = parsed as { key?: unknown; value?: unknown; headers?: unknown };
  if (value === undefined) throw new Error('no "value"');
  return { key: bytesOf('key', key), value: bytesOf('value', value), headers: headersOf(headers) };
}

function headersOf(headers: unknown): (readonly [Buffer, Buffer])[] {
  if (headers === undefined || headers === null) return [];
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  return pairs.map((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new Error('"headers" is not a list of [name, value]');
    return [
      bytesOf('header', pair[0]) ?? Buffer.alloc(0),
      bytesOf('header', pair[1]) ?? Buffer.alloc(0),
    ] as const;
  });
}

/** Text as it is, base64 unpacked, any other value as its JSON. */
function bytesOf(what: string, value: unknown): Buffer | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value === 'object' && 'base64' in value && Object.keys(value).length === 1) {
    if (typeof value.base64 !== 'string') throw new Error(`"${what}": base64 is not text`);
    return Buffer.from(value.base64, 'base64');
  }
  return Buffer.from(JSON.stringify(value));
}
