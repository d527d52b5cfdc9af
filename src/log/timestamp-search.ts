/** TimestampSearch: records by their timestamps, over the segments of a log, which may be out of order in time. */
import { decodeRecords, KafkaError, RecordBatch } from '../protocol/index.ts';
import { walk } from './batch-walk.ts';
import type { Segment } from './segment.ts';
import { batchesFrom } from './segment-reader.ts';
import type { TimestampOffset } from './time-index.ts';

/** Most bytes that one batch may grow to when its records are looked at. */
const OPENED_BYTES_MAX = 256 * 1024 * 1024;

interface Range {
  readonly logStartOffset: number;
  /** Exclusive. */
  readonly endOffset: number;
}

export async function firstReaching(
  segments: readonly Segment[],
  timestamp: number,
  { logStartOffset, endOffset }: Range,
): Promise<TimestampOffset | undefined> {
  for (const segment of segments) {
    if (segment.state.baseOffset >= endOffset) return undefined;
    for await (const bytes of batchesFrom(segment, timestamp, endOffset)) {
      const found = firstInBatch(bytes, timestamp, logStartOffset);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/**
 * The first record from `fromOffset` on whose timestamp is at or after `timestamp`, of a batch whose CRC is right. One that cannot be
 * opened is as its producer wrote it: its header counts then, or every search that meets it would fail.
 */
export function firstInBatch(
  bytes: Buffer,
  timestamp: number,
  fromOffset: number,
): TimestampOffset | undefined {
  const batch = RecordBatch.at(bytes, 0);
  try {
    for (const record of decodeRecords(batch, OPENED_BYTES_MAX))
      if (record.timestamp >= timestamp && record.offset >= fromOffset)
        return { timestamp: record.timestamp, offset: record.offset };
    return undefined;
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    const isReached = batch.maxTimestamp >= timestamp && batch.lastOffset >= fromOffset;
    return isReached
      ? { timestamp: batch.maxTimestamp, offset: Math.max(batch.baseOffset, fromOffset) }
      : undefined;
  }
}

export async function largestTimestamp(
  segments: readonly Segment[],
  range: Range,
): Promise<number | undefined> {
  let largest = -1;
  for (const segment of segments) {
    const { baseOffset, lastOffset, maxTimestamp } = segment.state;
    if (maxTimestamp <= largest || baseOffset >= range.endOffset) continue;
    const isWhole = baseOffset >= range.logStartOffset && lastOffset < range.endOffset;
    largest = Math.max(largest, isWhole ? maxTimestamp : await largestWithin(segment, range));
  }
  return largest < 0 ? undefined : largest;
}

function largestWithin(segment: Segment, { logStartOffset, endOffset }: Range): Promise<number> {
  return segment.withFile(async (file) => {
    let largest = -1;
    for await (const met of walk(file, segment.state, 0, segment.state.baseOffset)) {
      if (met.kind === 'damage') throw segment.corrupt(met.from, met.to, 'no batch can be found here');
      if (met.batch.lastOffset >= endOffset) break;
      if (met.batch.lastOffset >= logStartOffset) largest = Math.max(largest, met.batch.maxTimestamp);
    }
    return largest;
  });
}
