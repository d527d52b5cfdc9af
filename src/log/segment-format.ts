/**
 * SegmentFormat: the names of a partition's files, and the head of a record batch as it lies in them.
 *
 *   partitions/<topic id, 32 hex digits>-<partition>/
 *     00000000000000000368.log         batches back to back, byte for byte as they came off the wire
 *     00000000000000000368.index       (last offset - base offset, position), see offset-index.ts
 *     00000000000000000368.timeindex   (timestamp, offset - base offset), see time-index.ts
 *     00000000000000000512.snapshot    the producers as they were at offset 512
 *     00000000000000000512.dedupe      the ids that count there, where the topic deduplicates; see dedupe-snapshot.ts
 *     cleaned-3/...                      segments that the third cleaning made, with their indexes
 *
 *   batch: base offset int64 | length int32 (of what follows) | leader epoch int32 | magic int8 = 2 | CRC-32C uint32
 *          | attributes int16 | last offset delta int32 | base timestamp int64 | max timestamp int64 | ...
 *
 * Only the head is read here, of batches whose other bytes may not be in memory; RecordBatch (protocol) knows the rest.
 */
import { crc32c } from '../base/index.ts';

export const PARTITIONS_DIRECTORY = 'partitions';
export type Suffix = '.log' | '.index' | '.timeindex' | '.snapshot' | '.dedupe' | '.txnindex';

export function partitionDirectory(topicId: string, partition: number): string {
  return `${PARTITIONS_DIRECTORY}/${topicId}-${partition}`;
}

/** The folder of the segments that one cleaning made. */
export function cleanedFolder(directory: string, generation: number): string {
  return `${directory}/cleaned-${generation}`;
}

export function isCleanedFolder(name: string): boolean {
  return /^cleaned-\d+$/.test(name);
}

interface Named {
  readonly baseOffset: number;
  readonly generation?: number | undefined;
}

/** One of a segment's files, seen from the partition's folder. */
export function segmentFile({ baseOffset, generation }: Named, suffix: Suffix): string {
  const name = fileName(baseOffset, suffix);
  return generation === undefined ? name : `cleaned-${generation}/${name}`;
}

/** A segment's files without their suffix. */
export function segmentPath(directory: string, segment: Named): string {
  return `${directory}/${segmentFile(segment, '.log').slice(0, -'.log'.length)}`;
}

export function fileName(offset: number, suffix: Suffix): string {
  return `${String(offset).padStart(20, '0')}${suffix}`;
}

/** The offset and the kind that a file's name states; undefined for any other name. */
export function parseFileName(
  name: string,
): { readonly offset: number; readonly suffix: Suffix } | undefined {
  const match = /^(\d{20})(\.log|\.index|\.timeindex|\.snapshot|\.dedupe|\.txnindex)$/.exec(name);
  return match === null ? undefined : { offset: Number(match[1]), suffix: match[2] as Suffix };
}

/** Bytes up to the first record. */
export const HEADER_BYTES = 61;
/** Bytes before the ones that `length` counts. */
const LENGTH_END = 12;
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const MAGIC = 2;
const CRC_AT = 17;
const CRC_FROM = 21;
const LAST_OFFSET_DELTA_AT = 23;
const MAX_TIMESTAMP_AT = 35;

/** Where a batch lies and what it spans. */
export interface BatchHeader {
  /** Of its first byte in the file. */
  readonly position: number;
  readonly bytes: number;
  readonly baseOffset: number;
  /** Inclusive. */
  readonly lastOffset: number;
  readonly maxTimestamp: number;
}

/** The header whose first byte is `buffer[at]`; undefined when what lies there cannot be one. */
export function headerAt(buffer: Buffer, at: number, position: number): BatchHeader | undefined {
  if (at + HEADER_BYTES > buffer.length || buffer[at + MAGIC_AT] !== MAGIC) return undefined;
  const bytes = buffer.readInt32BE(at + LENGTH_AT) + LENGTH_END;
  const lastOffsetDelta = buffer.readInt32BE(at + LAST_OFFSET_DELTA_AT);
  const baseOffset = readInt64(buffer, at);
  if (bytes < HEADER_BYTES || lastOffsetDelta < 0 || baseOffset < 0) return undefined;
  const maxTimestamp = readInt64(buffer, at + MAX_TIMESTAMP_AT);
  return { position, bytes, baseOffset, lastOffset: baseOffset + lastOffsetDelta, maxTimestamp };
}

/** True when the CRC of the whole batch at `buffer[at]` is right. */
export function isCrcRight(buffer: Buffer, at: number, bytes: number): boolean {
  return buffer.readUInt32BE(at + CRC_AT) === crc32c(buffer.subarray(at + CRC_FROM, at + bytes));
}

export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 2 ** 32 + buffer.readUInt32BE(at + 4);
}

export function writeInt64(buffer: Buffer, value: number, at: number): void {
  buffer.writeInt32BE(Math.floor(value / 2 ** 32), at);
  buffer.writeUInt32BE(value >>> 0, at + 4);
}
