/**
 * Group records: what the group coordinator remembers, as Kafka writes it into `__consumer_offsets`.
 *
 *   offsetCommit      (group, topic, partition) → offset, metadata, times; null: forgotten
 *   groupMetadata     classic group → one stable generation with its members, or an empty one; null: deleted
 *   consumerGroup…    consumer group: its epoch, its members, the target of each and what each has (see consumer/replay.ts)
 */
import type { CoordinatorGroupRecord, GroupMetadataValue } from '../protocol/index.ts';

export type { GroupMetadataValue, OffsetCommitKey, OffsetCommitValue } from '../protocol/index.ts';
export type GroupRecord = CoordinatorGroupRecord;
export type MemberMetadata = GroupMetadataValue['members'][number];
