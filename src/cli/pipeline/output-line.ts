/** A record that a pipeline would write, as a line: for people on a terminal, as JSON when piped. */
import { headerText, type LogRecord } from '../../streams/index.ts';
import type { ReadRecord } from '../client/log-reader.ts';
import { recordJson, shown } from '../client/record-view.ts';

export function outputLine(record: LogRecord, isTerminal: boolean): string {
  if (!isTerminal) return JSON.stringify(recordJson(record.topic, readRecordOf(record)));
  const { topic, key, value, headers } = record;
  const reason = headerText(headers, '__streams.errors.reason');
  const [step, message] = ['step', 'message'].map((name) => headerText(headers, `__streams.errors.${name}`));
  const why = reason === undefined ? '' : `  (${reason} at ${step}: ${message})`;
  return `${reason === undefined ? '→' : '✖'} ${topic}  ${shown(key)}  ${shown(value)}${why}`;
}

function readRecordOf({ partition, offset, timestampMs, key, value, headers }: LogRecord): ReadRecord {
  const pairs = headers.map(({ key: name, value: content }) => [Buffer.from(name), content] as const);
  return {
    partition,
    offset: BigInt(offset),
    timestamp: BigInt(Math.floor(timestampMs)),
    key,
    value,
    headers: pairs,
  };
}
