/**
 * Group records: what the group coordinator remembers, as Kafka writes it into `__consumer_offsets`.
 *
 *   offsetCommit    (group, topic, partition) → offset, metadata, times; null: forgotten
 *   groupMetadata   group → one stable generation with its members, or an empty one; null: deleted
 */
import type {
  GroupMetadataValue,
  groupMetadataRecord,
  offsetCommitRecord,
  RecordOf,
} from '../protocol/index.ts';

export type { GroupMetadataValue, OffsetCommitKey, OffsetCommitValue } from '../protocol/index.ts';
export type GroupRecord = RecordOf<typeof offsetCommitRecord> | RecordOf<typeof groupMetadataRecord>;
export type MemberMetadata = GroupMetadataValue['members'][number];
