/**
 * LogState: what the manifest keeps of one partition, and the settings by which its files grow.
 *
 * A LogState vouches: the first `bytes` of each segment are synced, and lie in batches from `baseOffset` to `lastOffset`.
 * Files and bytes that it does not name do not count: they are never read, and cut before the next write.
 */
import type { AbortedTransaction } from './transaction-index.ts';

/** How many entries of an index lie in its files. */
export interface IndexedCounts {
  readonly offsetEntries: number;
  readonly timeEntries: number;
}

/** One segment: a `.log` file with its indexes. */
export interface SegmentState {
  readonly baseOffset: number;
  /** Bytes of whole batches at the head of the file. */
  readonly bytes: number;
  /** Inclusive; baseOffset - 1 while the segment is empty. */
  readonly lastOffset: number;
  /** Largest timestamp of any record; -1 when there is none. */
  readonly maxTimestamp: number;
  /** Last offset of the first batch with that timestamp, as Kafka's time index has it. */
  readonly maxTimestampOffset: number;
  /** Entries that its index files hold; absent: the index is built anew from the log when it is needed. */
  readonly indexed?: IndexedCounts | undefined;
  /** When it was begun, by the wall clock: `segment.ms` counts from here. */
  readonly createdAt?: number | undefined;
  /** Entries of its `.txnindex` that count, one for each abort marker that ended a transaction; absent: none. */
  readonly aborted?: number | undefined;
  /** CRC-32C of those entries; absent beside `aborted`: an older version wrote them, or they must be found again. */
  readonly abortedCrc?: number | undefined;
  /** True once compaction took records out: then offsets may be missing between batches. */
  readonly sparse?: boolean | undefined;
  /** Of the cleaning that made it: its files lie in a folder of that number. Absent: it was never cleaned. */
  readonly generation?: number | undefined;
}

/** From `startOffset` on, batches carry `leaderEpoch` (until the next entry). */
export interface EpochEntry {
  readonly leaderEpoch: number;
  readonly startOffset: number;
}

export interface LogState {
  /** 32 hexadecimal digits. */
  readonly topicId: string;
  readonly partition: number;
  readonly logStartOffset: number;
  /** In offset order. */
  readonly segments: readonly SegmentState[];
  /** The `.snapshot` file that counts: it holds the producers as they were at this offset. */
  readonly producerSnapshotOffset?: number | undefined;
  /** The `.dedupe` file that counts: the ids as they were at this offset; absent: there are none. */
  readonly dedupeSnapshotOffset?: number | undefined;
  readonly epochs: readonly EpochEntry[];
  /** Exclusive: compaction has been through everything below; absent: 0. */
  readonly cleanedTo?: number | undefined;
}

/** Topic settings that a log needs, as plain values. */
export interface LogOptions {
  /** `segment.bytes`: a segment is rolled before it would grow past this size. */
  readonly segmentBytes: number;
  /** `segment.ms`: a segment older than this is rolled at the next write. */
  readonly segmentMs: number;
  /** `segment.jitter.ms`: up to this much earlier. */
  readonly segmentJitterMs: number;
  /** `index.interval.bytes`: about this many bytes lie between two index entries. */
  readonly indexIntervalBytes: number;
}

/** A batch on its way to a segment: offsets and epoch are already stamped into `bytes`. */
export interface WritableBatch {
  readonly bytes: Buffer;
  /** Of the bytes, where it is known without making a view of them. */
  readonly length?: number;
  readonly baseOffset: number;
  /** Inclusive. */
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  /** The transaction that this batch, a marker, aborted. */
  readonly aborted?: AbortedTransaction | undefined;
}

export function lengthOf(batch: WritableBatch): number {
  return batch.length ?? batch.bytes.length;
}
