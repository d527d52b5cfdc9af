/** The door of partition: hosted partitions, their order, durability and memory. */
export type { BatchCheck, Looked } from './batch-check.ts';
export type { PinnedCheckpoint } from './checkpointer.ts';
export { durable, oneFrame } from './durable.ts';
export { checkEpoch } from './epoch-check.ts';
export { findByTimestamp, findMaxTimestamp, type FoundOffset } from './offset-search.ts';
export { type OpenedStorage, openStorage } from './open.ts';
export { openedBytesMax, type PartitionConfig } from './partition-config.ts';
export type { CheckedAppend } from './intake.ts';
export type { Isolation, Partition } from './partition.ts';
export { Partitions } from './partitions.ts';
export type { Appended, OwnBatch } from './placement.ts';
export { appendTogether, type ClientBatch } from './together.ts';
export {
  checkOffset,
  isolationFor,
  read,
  readableBytes,
  readCommitted,
  readWithAborted,
} from './reading.ts';
export { DEFAULT_STORAGE, type StorageOptions } from './storage-options.ts';
export type { Waiter } from './waiters.ts';
