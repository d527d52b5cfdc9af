/** The door of coordinator: pure minds on partitions of the log. */
export {
  GroupCoordinator,
  type GroupCoordinatorOptions,
  type HeartbeatingClient,
  type JoiningClient,
} from './group-coordinator.ts';
export { partitionOfGroup } from './group-hash.ts';
export type { OffsetsBatch, ReaderPosition } from './offsets-batch.ts';
export type { CoordinatorPartition, Marker, TransactionPartition } from './partition.ts';
export { TransactionCoordinator, type TransactionCoordinatorOptions } from './transaction-coordinator.ts';
