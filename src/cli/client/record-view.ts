/** RecordView: a record as a line: columns on a terminal, JSON when piped. */
import { isUtf8 } from 'node:buffer';
import type { ReadRecord } from './log-reader.ts';
import { bytesJson, type RecordJson } from './record-json.ts';

const TIME_LENGTH = 23;
const KEY_WIDTH = 16;

export function recordJson(topic: string, record: ReadRecord): RecordJson {
  return {
    topic,
    partition: record.partition,
    offset: Number(record.offset),
    timestamp: Number(record.timestamp),
    key: bytesJson(record.key),
    value: bytesJson(record.value),
    headers: record.headers.map(([name, value]) => [bytesJson(name), bytesJson(value)] as const),
  };
}

export const VIEW_HEAD = `${'TIME'.padEnd(TIME_LENGTH)}  ${'AT'.padStart(10)}  ${'KEY'.padEnd(KEY_WIDTH)}  VALUE`;

/** `2026-01-31 12:00:00.000        0:15  customer-1        {"total":3}  (source=web)` */
export function recordLine(record: ReadRecord): string {
  const time =
    record.timestamp < 0n
      ? ''
      : new Date(Number(record.timestamp)).toISOString().replace('T', ' ').slice(0, TIME_LENGTH);
  const at = `${record.partition}:${record.offset}`.padStart(10);
  const headers = record.headers.map(([name, value]) => `${shown(name)}=${shown(value)}`);
  const tail = headers.length === 0 ? '' : `  (${headers.join(', ')})`;
  return `${time.padEnd(TIME_LENGTH)}  ${at}  ${shown(record.key).padEnd(KEY_WIDTH)}  ${shown(record.value)}${tail}`;
}

/** Control characters would steer the terminal: they are shown as escapes. */
export function shown(bytes: Buffer | null): string {
  if (bytes === null) return '–';
  if (!isUtf8(bytes)) return `base64:${bytes.toString('base64')}`;
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return bytes.toString('utf8').replace(/[\u0000-\u001f\u007f-\u009f]/g, escaped);
}

function escaped(character: string): string {
  return JSON.stringify(character).length > 3
    ? JSON.stringify(character).slice(1, -1)
    : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
