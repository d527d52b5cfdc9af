/**
 * RecordSlices: the records of a batch as they lie in it, and a batch made of some of them. For compaction.
 *
 *   batch 10-14 | 10 | 11 | 12 | 13 | 14 |   ->   batch 10-14 | 11 | 14 |      base and last offset, sequence, epoch stay
 *
 * A record that stays keeps its bytes: key, value, headers, offset. Only its timestamp delta is written anew when the
 * batch gets a delete horizon (attribute bit 6): then the base timestamp is the horizon, as in Kafka (KIP-534).
 */
import { ByteReader, ByteWriter, MalformedMessage } from './bytes.ts';
import { compress, decompress } from './compression/index.ts';
import { KafkaError } from './errors.ts';
import { assembleBatch, type RecordBatch } from './record-batch.ts';

export interface RecordSlice {
  readonly offset: number;
  /** As the record says it, whatever the batch's timestamp type. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  /** True when there is no value: the key was deleted. */
  readonly isTombstone: boolean;
  /** Everything behind the length. */
  readonly bytes: Buffer;
  /** Index in `bytes` behind attributes and timestamp delta. */
  readonly restAt: number;
}

const COMPRESSION_MASK = 0x07;
const LOG_APPEND_TIME_BIT = 0x08;
const DELETE_HORIZON_BIT = 0x40;
const NO_TIMESTAMP = -1;
const RECORD_BYTES_MIN = 7;

/** All records; `limitBytes` bounds what decompression may yield. Throws KafkaError only. */
export function sliceRecords(batch: RecordBatch, limitBytes: number): RecordSlice[] {
  if (batch.recordCount === 0) return [];
  try {
    const reader = new ByteReader(decompress(batch.compression, batch.payload, limitBytes));
    if (batch.recordCount * RECORD_BYTES_MIN > reader.remaining) throw new MalformedMessage('too few bytes');
    const { baseOffset, baseTimestamp } = batch;
    return Array.from({ length: batch.recordCount }, () => slice(reader, baseOffset, baseTimestamp));
  } catch (error) {
    if (error instanceof MalformedMessage)
      throw new KafkaError('CORRUPT_MESSAGE', error.message, { cause: error });
    throw error;
  }
}

function slice(reader: ByteReader, baseOffset: number, baseTimestamp: number): RecordSlice {
  const length = reader.varint();
  if (length < 0 || length > reader.remaining)
    throw new MalformedMessage(`a record of ${length} bytes where ${reader.remaining} are left`);
  const bytes = reader.view(length);
  const inner = new ByteReader(bytes);
  inner.int8();
  const timestamp = baseTimestamp + inner.varlong();
  const restAt = inner.position;
  const offset = baseOffset + inner.varint();
  const keyLength = inner.varint();
  const key = keyLength < 0 ? null : inner.view(keyLength);
  return { offset, timestamp, key, isTombstone: inner.varint() < 0, bytes, restAt };
}

/** When tombstones and markers of this batch may go, in milliseconds; undefined while nothing says so. */
export function deleteHorizonOf(batch: RecordBatch): number | undefined {
  return (batch.attributes & DELETE_HORIZON_BIT) === 0 ? undefined : batch.baseTimestamp;
}

/** The batch with these records of it only, at least one; with `deleteHorizonMs` it gets that horizon. */
export function retainRecords(
  batch: RecordBatch,
  records: readonly RecordSlice[],
  deleteHorizonMs: number | undefined,
): Buffer {
  const baseTimestamp = deleteHorizonMs ?? batch.baseTimestamp;
  const writer = new ByteWriter(batch.sizeInBytes);
  let maxTimestamp = NO_TIMESTAMP;
  for (const record of records) {
    maxTimestamp = Math.max(maxTimestamp, record.timestamp);
    const bytes = deleteHorizonMs === undefined ? record.bytes : rebased(record, baseTimestamp);
    writer.varint(bytes.length);
    writer.raw(bytes);
  }
  if ((batch.attributes & LOG_APPEND_TIME_BIT) !== 0) maxTimestamp = batch.maxTimestamp;
  const attributes = batch.attributes | (deleteHorizonMs === undefined ? 0 : DELETE_HORIZON_BIT);
  const header = { ...headerOf(batch), attributes, baseTimestamp, maxTimestamp, recordCount: records.length };
  return assembleBatch(header, compress(batch.compression, writer.toBuffer()));
}

/** The batch without records: its producer's sequence goes on from it. */
export function emptyBatch(batch: RecordBatch): Buffer {
  const attributes = batch.attributes & ~(COMPRESSION_MASK | DELETE_HORIZON_BIT);
  const header = { ...headerOf(batch), attributes, baseTimestamp: NO_TIMESTAMP, recordCount: 0 };
  return assembleBatch({ ...header, maxTimestamp: batch.maxTimestamp }, Buffer.alloc(0));
}

function headerOf(batch: RecordBatch) {
  const { baseOffset, leaderEpoch, lastOffsetDelta, producerId, producerEpoch, baseSequence } = batch;
  return { baseOffset, leaderEpoch, lastOffsetDelta, producerId, producerEpoch, baseSequence };
}

function rebased({ bytes, restAt, timestamp }: RecordSlice, baseTimestamp: number): Buffer {
  const writer = new ByteWriter(bytes.length + 10);
  writer.raw(bytes.subarray(0, 1));
  writer.varlong(timestamp - baseTimestamp);
  writer.raw(bytes.subarray(restAt));
  return writer.toBuffer();
}
