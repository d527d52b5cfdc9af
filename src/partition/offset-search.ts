/**
 * OffsetSearch: offsets by timestamp, exact to the record (O6), among everything below the isolation's end offset.
 *
 * Segments are asked first (they hold the older offsets), then the tail. Timestamps may be out of order, so in both
 * the first batch whose largest timestamp reaches the target is opened.
 */
import { firstInBatch } from '../log/index.ts';
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
  for (;;) {
    const inMemoryFrom = startOfMemory(partition);
    const found = await partition.log.findByTimestamp(timestamp, end);
    if (found !== undefined) {
      if (found.offset >= partition.logStartOffset) return found;
    } else if (inMemoryFrom >= end || startOfMemory(partition) === inMemoryFrom)
      return findInMemory(partition, timestamp, end);
  }
}

/** Everything below is in segments: a search of them that began before batches left memory may have missed these. */
function startOfMemory({ tail, logEndOffset }: Partition): number {
  return tail.firstOffset ?? logEndOffset;
}

function findInMemory(
  { tail, log, logStartOffset }: Partition,
  timestamp: number,
  end: number,
): FoundOffset | undefined {
  for (const batch of tail.from(Math.max(logStartOffset, log.logStartOffset))) {
    if (batch.lastOffset >= end) return undefined;
    if (batch.maxTimestamp < timestamp) continue;
    const record = firstInBatch(batch.bytes, timestamp, logStartOffset);
    if (record !== undefined) return record;
  }
  return undefined;
}

/** The first record with the largest timestamp of all. */
export async function findMaxTimestamp(
  partition: Partition,
  isolation: Isolation,
): Promise<FoundOffset | undefined> {
  const end = partition.endOffset(isolation);
  for (;;) {
    const inMemoryFrom = startOfMemory(partition);
    let largest = (await partition.log.maxTimestamp(end)) ?? -1;
    if (inMemoryFrom < end && startOfMemory(partition) !== inMemoryFrom) continue;
    for (const batch of partition.tail.from(partition.logStartOffset)) {
      if (batch.lastOffset >= end) break;
      largest = Math.max(largest, batch.maxTimestamp);
    }
    return largest < 0 ? undefined : findByTimestamp(partition, largest, isolation);
  }
}
