/** encodeBatch: records become a batch: for what the broker itself writes, for tests, and for re-encoding. */
import { ByteWriter } from './bytes.ts';
import { compress } from './compression/index.ts';
import { assembleBatch, attributesOf, type CompressionName } from './record-batch.ts';
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

/** The records in order, with dense offset deltas. */
export function encodeBatch(batch: NewBatch): Buffer {
  const { records, compression = 'none' } = batch;
  const baseTimestamp = records[0]?.timestamp ?? -1;
  const writer = new ByteWriter(Math.max(64, records.length * 64));
  let maxTimestamp = -1;
  for (const [index, record] of records.entries()) {
    maxTimestamp = Math.max(maxTimestamp, record.timestamp);
    writeRecord(writer, record, index, record.timestamp - baseTimestamp);
  }
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
  return assembleBatch(header, compress(compression, writer.toBuffer()));
}

function writeRecord(
  writer: ByteWriter,
  { key, value, headers }: Omit<BatchRecord, 'offset'>,
  offsetDelta: number,
  timestampDelta: number,
): void {
  const names = headers.map(([name]) => Buffer.from(name));
  let size = 1 + sizeOf(timestampDelta) + sizeOf(offsetDelta) + sizeOfBytes(key) + sizeOfBytes(value);
  size += sizeOf(headers.length);
  for (const [n, [, content]] of headers.entries()) size += sizeOfBytes(names[n]!) + sizeOfBytes(content);
  writer.varint(size);
  writer.int8(0);
  writer.varlong(timestampDelta);
  writer.varint(offsetDelta);
  writeNullable(writer, key);
  writeNullable(writer, value);
  writer.varint(headers.length);
  for (const [n, [, content]] of headers.entries()) {
    writeNullable(writer, names[n]!);
    writeNullable(writer, content);
  }
}

/** Of a zigzag varint or varlong. */
function sizeOf(number: number): number {
  let zigzag = number < 0 ? -2 * number - 1 : 2 * number;
  let size = 1;
  for (; zigzag >= 0x80; size++) zigzag = Math.floor(zigzag / 0x80);
  return size;
}

function sizeOfBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOf(bytes.length) + bytes.length;
}

function writeNullable(writer: ByteWriter, bytes: Uint8Array | null): void {
  writer.varint(bytes === null ? -1 : bytes.length);
  if (bytes !== null) writer.raw(bytes);
}
