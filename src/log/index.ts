/** The door of log: one partition's files, the manifest that names them, and what is known of its producers and epochs. */
export { FileCache } from './file-cache.ts';
export {
  decodeEpochCheckpoint,
  type EpochEnd,
  LeaderEpochs,
  UNDEFINED_EPOCH,
  UNDEFINED_OFFSET,
} from './leader-epochs.ts';
export type { EpochEntry, LogOptions, LogState, SegmentState, WritableBatch } from './log-state.ts';
export {
  type DamagedCopy,
  Manifest,
  MANIFEST_VERSION,
  type ManifestContent,
  ManifestDamaged,
  ManifestUnknown,
} from './manifest.ts';
export { removeOrphans } from './orphans.ts';
export { PartitionLog } from './partition-log.ts';
export type { ProducerEntry } from './producer-entry.ts';
export {
  type AppendedBatch,
  type CompletedTransaction,
  type Duplicate,
  ProducerState,
  type SequenceCheck,
  type SequencedBatch,
} from './producer-state.ts';
export { retained, type RetentionLimits } from './retention.ts';
export type { TimestampOffset } from './time-index.ts';
