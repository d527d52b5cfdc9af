/**
 * Headers that a pipeline writes.
 *
 *   x-src             on every output: topic/partition/offset@pipeline:version, the record that it was made from
 *   x-gregor-watermark  between stages only: upstream partition@milliseconds[@idle], how far the task is that wrote it
 *   __streams.errors.*  on dead letters, with the names of Kafka Streams (KIP-1034), and two of ours: reason and step
 */
import type { Header, Source, StreamRecord } from '../record.ts';
import { headerText, parseSource, sourceText } from '../record.ts';

export const SOURCE_HEADER = 'x-src';
export const WATERMARK_HEADER = 'x-gregor-watermark';

export function provenance(source: Source, by: string): Header {
  return header(SOURCE_HEADER, `${sourceText(source)}@${by}`);
}

/** All but those that the pipeline writes itself. */
export function userHeaders(headers: readonly Header[]): readonly Header[] {
  return headers.some(isOurs) ? headers.filter((one) => !isOurs(one)) : headers;
}

/** Where the record of a hop entered the pipeline; undefined on a message that only says how far a task is. */
export function sourceOf(headers: readonly Header[]): Source | undefined {
  const text = headerText(headers, SOURCE_HEADER);
  return text === undefined ? undefined : parseSource(text.slice(0, text.lastIndexOf('@')));
}

/** How far an upstream task is. */
export interface Progress {
  readonly partition: number;
  readonly watermarkMs: number;
  readonly isIdle: boolean;
}

export function progressHeader({ partition, watermarkMs, isIdle }: Progress): Header {
  return header(WATERMARK_HEADER, `${partition}@${watermarkMs}${isIdle ? '@idle' : ''}`);
}

export function progressOf(headers: readonly Header[]): Progress | undefined {
  const [partition, ms, idle] = headerText(headers, WATERMARK_HEADER)?.split('@') ?? [];
  if (partition === undefined || ms === undefined) return undefined;
  return { partition: Number(partition), watermarkMs: Number(ms), isIdle: idle !== undefined };
}

export interface Complaint {
  readonly reason: string;
  readonly step: string;
  readonly message: string;
}

export function deadLetterHeaders(record: StreamRecord, { reason, step, message }: Complaint): Header[] {
  const { topic, partition, offset } = record.source;
  return [
    ...record.headers,
    header('__streams.errors.reason', reason),
    header('__streams.errors.step', step),
    header('__streams.errors.message', message),
    header('__streams.errors.topic', topic),
    header('__streams.errors.partition', String(partition)),
    header('__streams.errors.offset', String(offset)),
  ];
}

function isOurs({ key }: Header): boolean {
  return key === SOURCE_HEADER || key === WATERMARK_HEADER;
}

function header(key: string, text: string): Header {
  return { key, value: Buffer.from(text) };
}
