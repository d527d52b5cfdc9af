/**
 * Records: what is inside a batch, opened only where someone must look: searches by timestamp, compaction, re-encoding.
 *
 *   record := length varint · attributes int8 · timestampDelta varlong · offsetDelta varint
 *             · key (varint length, -1 null) · value (same) · headers (varint count, then key and value each)
 *
 * Everything is checked: a record that does not fit its own length is CORRUPT_MESSAGE, never an exception of the engine.
 */
import { ByteReader, MalformedMessage } from './bytes.ts';
import { decompress } from './compression/index.ts';
import { KafkaError, RecordsRefused } from './errors.ts';
import type { RecordBatch } from './record-batch.ts';

export interface BatchRecord {
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

/** The smallest record: its length, attributes, two deltas, two lengths, a header count. */
const RECORD_BYTES_MIN = 7;

/** All records of a batch; `limitBytes` bounds what decompression may yield. Throws KafkaError only. */
export function decodeRecords(batch: RecordBatch, limitBytes: number): BatchRecord[] {
  const records: BatchRecord[] = [];
  forEachRecord(batch, limitBytes, (record) => void records.push(record));
  return records;
}

/** The same, one after the other: none is kept. A record with more headers than `headersMax` is refused. */
export function forEachRecord(
  batch: RecordBatch,
  limitBytes: number,
  visit: (record: BatchRecord, index: number) => void,
  headersMax = Number.POSITIVE_INFINITY,
): void {
  try {
    const reader = new ByteReader(decompress(batch.compression, batch.payload, limitBytes));
    const count = batch.recordCount;
    if (count < 0 || count * RECORD_BYTES_MIN > reader.remaining)
      throw new KafkaError('CORRUPT_MESSAGE', `${count} records cannot be in ${reader.remaining} bytes`);
    const { baseOffset, baseTimestamp, maxTimestamp } = batch;
    const isLogAppendTime = batch.timestampType === 'LogAppendTime';
    for (let n = 0; n < count; n++) {
      const record = decodeRecord(reader, baseOffset, baseTimestamp, headersMax);
      visit(isLogAppendTime ? { ...record, timestamp: maxTimestamp } : record, n);
    }
    if (reader.remaining > 0)
      throw new KafkaError('CORRUPT_MESSAGE', `${reader.remaining} bytes after the last record`);
  } catch (error) {
    if (error instanceof MalformedMessage)
      throw new KafkaError('CORRUPT_MESSAGE', error.message, { cause: error });
    throw error;
  }
}

function decodeRecord(
  reader: ByteReader,
  baseOffset: number,
  baseTimestamp: number,
  headersMax: number,
): BatchRecord {
  const length = reader.varint();
  if (length < 0 || length > reader.remaining)
    throw new MalformedMessage(`a record of ${length} bytes where ${reader.remaining} are left`);
  const end = reader.position + length;
  reader.int8();
  const timestamp = baseTimestamp + reader.varlong();
  const offset = baseOffset + reader.varint();
  const key = nullable(reader);
  const value = nullable(reader);
  const headers = decodeHeaders(reader, headersMax);
  if (reader.position !== end)
    throw new MalformedMessage(`a record is ${reader.position - end} bytes longer than it says`);
  return { offset, timestamp, key, value, headers };
}

const NO_HEADERS: BatchRecord['headers'] = [];

function decodeHeaders(reader: ByteReader, max: number): BatchRecord['headers'] {
  const count = reader.varint();
  if (count === 0) return NO_HEADERS;
  if (count < 0 || count * 2 > reader.remaining)
    throw new MalformedMessage(`${count} headers cannot be in ${reader.remaining} bytes`);
  if (count > max) throw new KafkaError('INVALID_RECORD', `a record with ${count} headers, ${max} are taken`);
  const headers: [string, Buffer | null][] = [];
  for (let n = 0; n < count; n++) {
    const name = reader.view(reader.varint()).toString('utf8');
    headers.push([name, nullable(reader)]);
  }
  return headers;
}

function nullable(reader: ByteReader): Buffer | null {
  const length = reader.varint();
  return length === -1 ? null : reader.view(length);
}

/** Opens a batch as Kafka's LogValidator does: dense offset deltas, and keys where the topic needs them. */
export function validateRecords(
  batch: RecordBatch,
  rules: { readonly keyRequired: boolean; readonly limitBytes: number },
): void {
  const { baseOffset } = batch;
  const refused = [];
  for (const [index, record] of decodeRecords(batch, rules.limitBytes).entries()) {
    if (record.offset - baseOffset !== index)
      throw new KafkaError(
        'INVALID_RECORD',
        `record ${index} has the offset delta ${record.offset - baseOffset}`,
      );
    if (rules.keyRequired && record.key === null)
      refused.push({ index, why: 'has no key, and a compacted topic needs one' });
  }
  if (refused.length > 0) throw new RecordsRefused('INVALID_RECORD', refused);
}
