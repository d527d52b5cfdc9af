/** encodeBatch: records become a batch: for what the broker itself writes, for tests, and for re-encoding. */
import { ownCopy } from '../base/index.ts';
import { compress } from './compression/index.ts';
import {
  assembleBatch,
  attributesOf,
  BATCH_HEADER_BYTES,
  type CompressionName,
  sealBatch,
} from './record-batch.ts';
import type { BatchRecord } from './record.ts';

export interface NewBatch {
  readonly records: readonly (Omit<BatchRecord, 'offset'> & { readonly offset?: number })[];
  readonly baseOffset?: number;
  readonly leaderEpoch?: number;
  readonly compression?: CompressionName;
  /** CreateTime unless given. */
  readonly timestampType?: 'CreateTime' | 'LogAppendTime';
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
}

type NewRecord = NewBatch['records'][number];

/** The records in order, with dense offset deltas. Those that are not compressed are written once, behind the room for the header. */
export function encodeBatch(batch: NewBatch): Buffer {
  const { records, compression = 'none' } = batch;
  const baseTimestamp = records[0]?.timestamp ?? -1;
  let maxTimestamp = -1;
  let size = BATCH_HEADER_BYTES;
  for (let n = 0; n < records.length; n++) {
    const record = records[n]!;
    maxTimestamp = Math.max(maxTimestamp, record.timestamp);
    const length = lengthOf(record, n, record.timestamp - baseTimestamp);
    size += sizeOf(length) + length;
  }
  const bytes = Buffer.allocUnsafe(size);
  let at = BATCH_HEADER_BYTES;
  for (let n = 0; n < records.length; n++)
    at = writeRecord(bytes, at, records[n]!, { offset: n, timestamp: records[n]!.timestamp - baseTimestamp });
  const header = {
    baseOffset: batch.baseOffset ?? 0,
    leaderEpoch: batch.leaderEpoch ?? -1,
    attributes: attributesOf({
      compression,
      isLogAppendTime: batch.timestampType === 'LogAppendTime',
      isTransactional: batch.isTransactional ?? false,
      isControl: batch.isControl ?? false,
    }),
    lastOffsetDelta: records.length - 1,
    baseTimestamp,
    maxTimestamp,
    producerId: batch.producerId ?? -1,
    producerEpoch: batch.producerEpoch ?? -1,
    baseSequence: batch.baseSequence ?? -1,
    recordCount: records.length,
  };
  if (compression === 'none') return sealBatch(header, bytes);
  return assembleBatch(header, compress(compression, bytes.subarray(BATCH_HEADER_BYTES)));
}

/** Behind the length itself. */
function lengthOf({ key, value, headers }: NewRecord, offsetDelta: number, timestampDelta: number): number {
  if (!Number.isSafeInteger(timestampDelta))
    throw new RangeError(`${timestampDelta} is no distance of timestamps`);
  let length = 1 + sizeOf(timestampDelta) + sizeOf(offsetDelta) + sizeOfBytes(key) + sizeOfBytes(value);
  length += sizeOf(headers.length);
  for (let n = 0; n < headers.length; n++)
    length += sizeOfBytes(bytesOfName(headers[n]![0])) + sizeOfBytes(headers[n]![1]);
  return length;
}

/** Answers where the next one begins. */
function writeRecord(
  bytes: Buffer,
  from: number,
  record: NewRecord,
  { offset, timestamp }: { readonly offset: number; readonly timestamp: number },
): number {
  const { key, value, headers } = record;
  let at = writeVarint(bytes, from, lengthOf(record, offset, timestamp));
  bytes[at++] = 0;
  at = writeVarint(bytes, at, timestamp);
  at = writeVarint(bytes, at, offset);
  at = writeBytes(bytes, at, key);
  at = writeBytes(bytes, at, value);
  at = writeVarint(bytes, at, headers.length);
  for (let n = 0; n < headers.length; n++) {
    at = writeBytes(bytes, at, bytesOfName(headers[n]![0]));
    at = writeBytes(bytes, at, headers[n]![1]);
  }
  return at;
}

/** Names of headers are few, and each comes with every record. */
const NAMES_MAX = 64;
const names = new Map<string, Buffer>();

function bytesOfName(name: string): Buffer {
  let bytes = names.get(name);
  if (bytes !== undefined) return bytes;
  if (names.size === NAMES_MAX) names.clear();
  names.set(name, (bytes = ownCopy(Buffer.from(name))));
  return bytes;
}

/** Of a zigzag varint or varlong: doubled it may pass 2^53, and only its size is asked. */
function sizeOf(number: number): number {
  let zigzag = number < 0 ? -2 * number - 1 : 2 * number;
  let size = 1;
  for (; zigzag >= 0x80; size++) zigzag = Math.floor(zigzag / 0x80);
  return size;
}

function sizeOfBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOf(bytes.length) + bytes.length;
}

const SMALL = 2 ** 30;

function writeVarint(bytes: Buffer, from: number, number: number): number {
  let at = from;
  if (-SMALL <= number && number < SMALL) {
    let rest = (number << 1) ^ (number >> 31);
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = rest | 0x80;
    bytes[at++] = rest;
    return at;
  }
  // The lowest group apart: the doubled number may pass 2^53, the rest is exact.
  const magnitude = number < 0 ? -(number + 1) : number;
  let group = (magnitude % 64) * 2 + (number < 0 ? 1 : 0);
  for (let rest = Math.floor(magnitude / 64); ; rest = Math.floor(rest / 128)) {
    bytes[at++] = rest > 0 ? group | 0x80 : group;
    if (rest === 0) return at;
    group = rest % 128;
  }
}

function writeBytes(bytes: Buffer, from: number, content: Uint8Array | null): number {
  if (content === null) return writeVarint(bytes, from, -1);
  const at = writeVarint(bytes, from, content.length);
  bytes.set(content, at);
  return at + content.length;
}
