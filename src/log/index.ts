/** The door of log: one partition's files, the manifest that names them, and what is known of its producers and epochs. */
export type { CleaningRules } from './batch-cleaner.ts';
export { type Cleanable, cleanable, type CompactionLimits } from './cleanable.ts';
export { type Cleaned, clean, type CleanerParts } from './cleaner.ts';
export { type DedupeIds, decodeDedupeIds, encodeDedupeIds } from './dedupe-ids.ts';
export { decodeDedupeSnapshot, type DedupeSnapshot, encodeDedupeSnapshot } from './dedupe-snapshot.ts';
export { DedupeState } from './dedupe-state.ts';
export { FileCache } from './file-cache.ts';
export { CHUNK_ENTRIES, DIGEST_WORDS, IdWindow } from './id-window.ts';
export { IndexCheck, type IndexDamage } from './index-check.ts';
export {
  type EpochEnd,
  LeaderEpochs,
  UNDEFINED_EPOCH,
  UNDEFINED_OFFSET,
} from './leader-epochs.ts';
export type { EpochEntry, LogOptions, LogState, SegmentState, WritableBatch } from './log-state.ts';
export {
  type DamagedCopy,
  decodeManifest,
  Manifest,
  MANIFEST_FILES,
  isKnownManifest,
  MANIFEST_VERSION,
  type ManifestContent,
  ManifestDamaged,
  type ManifestCopy,
  ManifestUnknown,
  readManifestCopies,
} from './manifest.ts';
export { type NamedSegment, nameSegment } from './named-segments.ts';
export { OFFSET_ENTRY_BYTES, OffsetIndex } from './offset-index.ts';
export { removeOrphans } from './orphans.ts';
export type { Written } from './log-writer.ts';
export { PartitionLog } from './partition-log.ts';
export type { ProducerEntry } from './producer-entry.ts';
export type { Plan } from './course.ts';
export { decodeProducerSnapshot } from './producer-snapshot.ts';
export { rebuildAbortedOf } from './producer-rebuild.ts';
export {
  type AppendedBatch,
  type CheckOptions,
  type CompletedTransaction,
  type Duplicate,
  ProducerState,
  type SequenceCheck,
  type SequencedBatch,
} from './producer-state.ts';
export { retained, type RetentionLimits } from './retention.ts';
export {
  checkedBatches,
  type CheckedBatch,
  type SegmentDamage,
  wholeFile,
} from './segment-check.ts';
export {
  type BatchHeader,
  fileName,
  PARTITIONS_DIRECTORY,
  parseFileName,
  partitionDirectory,
  segmentFile,
  segmentPath,
  isCleanedFolder,
} from './segment-format.ts';
export type { Detached } from './segment-list.ts';
export { isAbsent } from './storage-error.ts';
export { firstInBatch } from './timestamp-search.ts';
export { TIME_ENTRY_BYTES, TimeIndex, type TimestampOffset } from './time-index.ts';
export {
  ABORTED_ENTRY_BYTES,
  abortedCrc,
  type AbortedTransaction,
  decodeAborted,
  encodeAborted,
  overlapping,
} from './transaction-index.ts';
