/**
 * Sets of partitions, by topic id, and the forms in which requests and records carry them.
 *
 *   PartitionSet      what a member shall own
 *   OwnedPartitions   what it was given, each with the member epoch in which that happened (KIP-1251)
 *
 * Both are values: whoever wants another set makes a new one.
 */
export type PartitionSet = ReadonlyMap<string, ReadonlySet<number>>;
export type OwnedPartitions = ReadonlyMap<string, ReadonlyMap<number, number>>;

export interface ListedPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

export interface ListedOwnership extends ListedPartitions {
  readonly assignmentEpochs: readonly number[] | null;
}

export const NO_PARTITIONS: PartitionSet & OwnedPartitions = new Map();

export function partitionSet(listed: readonly ListedPartitions[]): PartitionSet {
  return new Map(listed.map(({ topicId, partitions }) => [topicId, new Set(partitions)]));
}

interface ListedNumbers {
  topicId: string;
  partitions: number[];
}

export function listPartitions(set: PartitionSet | OwnedPartitions): ListedNumbers[] {
  return Array.from<readonly [string, { keys(): Iterable<number> }], ListedNumbers>(
    set,
    ([topicId, partitions]) => ({
      topicId,
      partitions: [...partitions.keys()].sort((a, b) => a - b),
    }),
  );
}

/** Records from before KIP-1251 say no epochs: the member's own stands for them. */
export function ownedPartitions(listed: readonly ListedOwnership[], memberEpoch: number): OwnedPartitions {
  return new Map(
    listed.map(({ topicId, partitions, assignmentEpochs }) => [
      topicId,
      new Map(partitions.map((partition, i) => [partition, assignmentEpochs?.[i] ?? memberEpoch])),
    ]),
  );
}

export function listOwnership(
  owned: OwnedPartitions,
): { topicId: string; partitions: number[]; assignmentEpochs: number[] }[] {
  return listPartitions(owned).map(({ topicId, partitions }) => {
    const epochs = owned.get(topicId)!;
    return { topicId, partitions, assignmentEpochs: partitions.map((partition) => epochs.get(partition)!) };
  });
}

export function ownAll(set: PartitionSet, epoch: number): OwnedPartitions {
  return new Map(
    Array.from(set, ([topicId, partitions]) => [
      topicId,
      new Map(Array.from(partitions, (partition) => [partition, epoch])),
    ]),
  );
}

/** The same partitions; epochs do not count. */
export function samePartitions(
  a: PartitionSet | OwnedPartitions,
  b: PartitionSet | OwnedPartitions,
): boolean {
  if (a.size !== b.size) return false;
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId);
    if (others === undefined || others.size !== partitions.size) return false;
    for (const partition of partitions.keys()) if (!others.has(partition)) return false;
  }
  return true;
}

/** Whether a member claims nothing but what is in the set. A member that says nothing has not claimed less. */
export function claimsOnly(
  claimed: readonly ListedPartitions[] | null,
  set: PartitionSet | OwnedPartitions,
): boolean {
  if (claimed === null) return false;
  return claimed.every(({ topicId, partitions }) => {
    const allowed = set.get(topicId);
    return allowed !== undefined && partitions.every((partition) => allowed.has(partition));
  });
}

/** Whether a member still holds one of the set. One that says nothing may hold all. */
export function claimsAny(
  claimed: readonly ListedPartitions[] | null,
  set: PartitionSet | OwnedPartitions,
): boolean {
  if (claimed === null) return true;
  return claimed.some(({ topicId, partitions }) => {
    const held = set.get(topicId);
    return held !== undefined && partitions.some((partition) => held.has(partition));
  });
}

export function isEmpty(set: PartitionSet | OwnedPartitions): boolean {
  for (const partitions of set.values()) if (partitions.size > 0) return false;
  return true;
}
