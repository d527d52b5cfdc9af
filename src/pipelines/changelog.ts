/** Changelog: rows of state as records: the key is `table NUL key`, the value the row's bytes, or null when the row is gone. */
import type { LogRecord, Output, Row } from '../streams/index.ts';

const SEPARATOR = '\u0000';

export function recordOf(row: Row, topic: string, partition: number, timestampMs: number) {
  const key = Buffer.from(`${row.table}${SEPARATOR}${row.key}`);
  return { topic, partition, key, value: row.value, headers: [], timestampMs } satisfies Output;
}

export function rowOf({ topic, partition, offset, key, value }: LogRecord): Row {
  const text = key?.toString() ?? '';
  const at = text.indexOf(SEPARATOR);
  if (at < 0)
    throw new Error(`${topic}, partition ${partition}, offset ${offset}: that is no row of a changelog`);
  return { table: text.slice(0, at), key: text.slice(at + 1), value };
}
