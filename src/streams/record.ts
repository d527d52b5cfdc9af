/**
 * StreamRecord: what flows from step to step. Frozen in spirit: a step that changes something makes a new record.
 *
 *   R1  `source` is the record of the topic where it entered the pipeline, also behind a repartition topic
 *   R2  `raw` is what this stage read, for the dead letter topic; records that come out of state have none
 */
export interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

export interface Source {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface RawRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface StreamRecord<K = unknown, V = unknown> {
  readonly key: K;
  readonly value: V;
  readonly headers: readonly Header[];
  /** Event time, milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly source: Source;
  readonly raw: RawRecord | undefined;
}

export function withValue<K, V>(record: StreamRecord<K, unknown>, value: V): StreamRecord<K, V> {
  const { key, headers, timestampMs, source, raw } = record;
  return { key, value, headers, timestampMs, source, raw };
}

export function withKey<K, V>(record: StreamRecord<unknown, V>, key: K): StreamRecord<K, V> {
  const { value, headers, timestampMs, source, raw } = record;
  return { key, value, headers, timestampMs, source, raw };
}

export function withTimestamp(record: StreamRecord, timestampMs: number): StreamRecord {
  const { key, value, headers, source, raw } = record;
  return { key, value, headers, timestampMs, source, raw };
}

export function withHeader(record: StreamRecord, key: string, text: string): StreamRecord {
  const { value, headers, timestampMs, source, raw } = record;
  const added = { key, value: Buffer.from(text) };
  return { key: record.key, value, headers: [...headers, added], timestampMs, source, raw };
}

/** As it comes out of state: the same whether it lay in memory or came back from the changelog. */
export function withoutRaw(record: StreamRecord): StreamRecord {
  if (record.raw === undefined) return record;
  const { key, value, headers, timestampMs, source } = record;
  return { key, value, headers, timestampMs, source, raw: undefined };
}

/** The last header of that name, as text. */
export function headerText(headers: readonly Header[], key: string): string | undefined {
  for (let n = headers.length - 1; n >= 0; n--)
    if (headers[n]!.key === key) return headers[n]!.value?.toString();
  return undefined;
}

export function sourceText({ topic, partition, offset }: Source): string {
  return `${topic}/${partition}/${offset}`;
}

/** Undefined when it is no such text. Topic names have no slash. */
export function parseSource(text: string): Source | undefined {
  const match = /^([^/]+)\/(\d+)\/(\d+)$/.exec(text);
  if (match === null) return undefined;
  return { topic: match[1]!, partition: Number(match[2]), offset: Number(match[3]) };
}
