/** The door of coordinator: pure minds on partitions of the log. */
export { GroupCoordinator, type GroupCoordinatorOptions, type JoiningClient } from './group-coordinator.ts';
export { partitionOfGroup } from './group-hash.ts';
export type { CoordinatorPartition } from './partition.ts';
