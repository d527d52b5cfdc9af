/**
 * OffsetSearch: offsets by timestamp, exact to the record (O6), among everything below the isolation's end offset.
 *
 * Segments are asked first (they hold the older offsets), then the tail. Timestamps may be out of order, so in both
 * the first batch whose largest timestamp reaches the target is opened.
 */
import { decodeRecords, RecordBatch } from '../protocol/index.ts';
import { OPENED_BYTES_MAX } from './partition-config.ts';
import type { Isolation, Partition } from './partition.ts';

export interface FoundOffset {
  readonly offset: number;
  readonly timestamp: number;
}

/** First record whose timestamp is at or after `timestamp`. */
export async function findByTimestamp(
  partition: Partition,
  timestamp: number,
  isolation: Isolation,
): Promise<FoundOffset | undefined> {
  const end = partition.endOffset(isolation);
  const found = await partition.log.findByTimestamp(timestamp, end);
  if (found !== undefined && found.offset >= partition.logStartOffset) return found;
  for (const batch of partition.tail.from(Math.max(partition.logStartOffset, partition.log.logStartOffset))) {
    if (batch.lastOffset >= end) return undefined;
    if (batch.maxTimestamp < timestamp) continue;
    const record = firstRecordAt(batch.bytes, timestamp, partition.logStartOffset);
    if (record !== undefined) return record;
  }
  return undefined;
}

function firstRecordAt(bytes: Buffer, timestamp: number, fromOffset: number): FoundOffset | undefined {
  for (const record of decodeRecords(RecordBatch.at(bytes, 0), OPENED_BYTES_MAX))
    if (record.timestamp >= timestamp && record.offset >= fromOffset)
      return { offset: record.offset, timestamp: record.timestamp };
  return undefined;
}

/** The first record with the largest timestamp of all. */
export async function findMaxTimestamp(
  partition: Partition,
  isolation: Isolation,
): Promise<FoundOffset | undefined> {
  const end = partition.endOffset(isolation);
  let largest = await partition.log.maxTimestamp(end);
  for (const batch of partition.tail.from(partition.logStartOffset)) {
    if (batch.lastOffset >= end) break;
    if (largest === undefined || batch.maxTimestamp > largest) largest = batch.maxTimestamp;
  }
  return largest === undefined || largest < 0 ? undefined : findByTimestamp(partition, largest, isolation);
}
