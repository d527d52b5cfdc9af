/** StorageOptions: the named limits of one folder, as plain values. */
import type { JournalOptions } from '../journal/index.ts';

export interface StorageOptions {
  readonly journal: JournalOptions;
  /** `gregor.tail.bytes`: batches held in memory for reading and flushing. */
  readonly tailBytes: number;
  /** `gregor.direct.batch.bytes`: a batch of this size goes straight into its segment; Infinity: none does. */
  readonly directBytes: number;
  /** A checkpoint is taken at least this often while anything changes. */
  readonly checkpointMs: number;
  /** `log.retention.check.interval.ms`: how often expired segments are looked for. */
  readonly retentionCheckMs: number;
  /** `log.cleaner.backoff.ms`: how often logs to compact are looked for. */
  readonly cleanerBackoffMs: number;
  /** `log.cleaner.dedupe.buffer.size`: memory for the keys of one compaction. */
  readonly cleanerMapBytes: number;
  /** `gregor.dedupe.bytes`: memory for the ids of all topics that deduplicate. */
  readonly dedupeBytes: number;
  /** Open segment files over all partitions: a file that must be opened for each of its writes costs as much as they do. */
  readonly openFilesMax: number;
  /** `gregor.disk.reserve`: below it produce is refused. Bytes. */
  readonly diskReserveBytes: number;
  /** `gregor.check.bytes`: batches that wait for checks, over all partitions. */
  readonly checkBytes: number;
}

const MEBIBYTE = 1024 * 1024;

export const DEFAULT_STORAGE: StorageOptions = {
  journal: {
    directory: 'journal',
    limitBytes: 512 * MEBIBYTE,
    fileBytes: 128 * MEBIBYTE,
    stepBytes: 16 * MEBIBYTE,
    frameTargetBytes: 4 * MEBIBYTE,
    reserveBytes: 8 * MEBIBYTE,
    sealAfterMs: 200,
  },
  tailBytes: 64 * MEBIBYTE,
  directBytes: MEBIBYTE / 4,
  checkpointMs: 60_000,
  retentionCheckMs: 300_000,
  cleanerBackoffMs: 15_000,
  cleanerMapBytes: 128 * MEBIBYTE,
  dedupeBytes: 128 * MEBIBYTE,
  openFilesMax: 4_000,
  diskReserveBytes: 1024 * MEBIBYTE,
  checkBytes: 32 * MEBIBYTE,
};
