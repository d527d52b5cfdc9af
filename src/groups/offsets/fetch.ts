/**
 * OffsetFetch: v1-v10, one group of it. What nobody has committed is answered with -1 and no error.
 *
 * Topic ids (v10) are given back as they came; the caller resolves them to names before, and from names after.
 */
import { ERRORS, type OffsetFetchResponse } from '../../protocol/index.ts';
import type { OffsetCommitValue } from '../records.ts';
import type { CommittedOffsets } from './committed.ts';
import type { PendingOffsets } from './pending.ts';

export interface FetchedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitionIndexes: readonly number[];
}

export interface OffsetFetchQuestion {
  readonly groupId: string;
  /** An offset that an open transaction may replace is refused: UNSTABLE_OFFSET_COMMIT. */
  readonly requireStable?: boolean;
  /** Null: all that the group has. */
  readonly topics: readonly FetchedTopic[] | null;
  /** Who asks, if it says so (v9): a member of a consumer group is fenced by its epoch. */
  readonly member?: { readonly id: string | null; readonly epoch: number };
}

export type FetchedGroup = OffsetFetchResponse['groups'][number];
type FetchedPartition = FetchedGroup['topics'][number]['partitions'][number];

export function fetchOffsets(
  offsets: CommittedOffsets | undefined,
  pending: PendingOffsets | undefined,
  { groupId, topics, requireStable = false }: OffsetFetchQuestion,
): FetchedGroup {
  const wanted = topics ?? allTopics(offsets);
  const isUnstable = (topic: string, partition: number) =>
    requireStable && pending?.has(topic, partition) === true;
  return {
    groupId,
    topics: wanted.map(({ name, topicId, partitionIndexes }) => ({
      name,
      topicId,
      partitions: partitionIndexes.map((index) =>
        isUnstable(name, index) ? unstable(index) : fetched(index, offsets?.find(name, index)),
      ),
    })),
    errorCode: 0,
  };
}

function allTopics(offsets: CommittedOffsets | undefined): FetchedTopic[] {
  if (offsets === undefined) return [];
  return Array.from(offsets.topics(), ([name, partitions]) => ({
    name,
    topicId: NO_TOPIC_ID,
    partitionIndexes: [...partitions.keys()],
  }));
}

const NO_TOPIC_ID = '0'.repeat(32);

function unstable(partitionIndex: number): FetchedPartition {
  return { ...fetched(partitionIndex, undefined), errorCode: ERRORS.UNSTABLE_OFFSET_COMMIT[0] };
}

function fetched(partitionIndex: number, value: OffsetCommitValue | undefined): FetchedPartition {
  return {
    partitionIndex,
    committedOffset: value?.offset ?? -1,
    committedLeaderEpoch: value?.leaderEpoch ?? -1,
    metadata: value?.metadata ?? '',
    errorCode: 0,
  };
}
