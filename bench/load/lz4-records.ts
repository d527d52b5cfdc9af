/** The records of a batch of readings as JSON, compressed, in a file for generate.c: encoded once, replayed for ever. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { COMPRESSIONS, encodeBatch } from '../../src/protocol/index.ts';
import type { Load } from './generate.ts';

export const LZ4 = String(COMPRESSIONS.indexOf('lz4'));
const CACHE = path.join(import.meta.dirname, '../../.cache/bench');
const BATCH_HEADER = 61;
const PLACES = ['hall', 'yard', 'tower', 'cellar'];

/** The file; the same load gives the same bytes. */
export function lz4Records({ recordsPerRequest, valueBytes }: Load): string {
  const records = Array.from({ length: recordsPerRequest }, (_, n) => ({
    key: null,
    value: readingOf(n, valueBytes),
    headers: [],
    timestamp: 0,
  }));
  const file = path.join(CACHE, `lz4-${recordsPerRequest}-${valueBytes}`);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(
    `${file}.${process.pid}`,
    encodeBatch({ records, compression: 'lz4' }).subarray(BATCH_HEADER),
  );
  renameSync(`${file}.${process.pid}`, file);
  return file;
}

/** Digits without a pattern, names and places that come again: about what telemetry is. */
function readingOf(n: number, bytes: number): Buffer {
  const digits = (salt: number) => Math.imul(n + salt, 2_654_435_761) >>> 0;
  const reading = {
    id: digits(1).toString(36),
    sensor: `sensor-${digits(2) % 100}`,
    at: 1_700_000_000_000 + n * 10,
    value: (digits(3) % 100_000) / 64,
    trend: (digits(4) % 2000) / 1000 - 1,
    place: PLACES[digits(5) % PLACES.length],
    note: '',
  };
  const spare = bytes - Buffer.byteLength(JSON.stringify(reading));
  return Buffer.from(
    JSON.stringify({ ...reading, note: 'as expected; '.repeat(100).slice(0, Math.max(0, spare)) }),
  );
}
