/**
 * Group records: what the group coordinator remembers, as Kafka writes it into `__consumer_offsets`.
 *
 *   offsetCommit      (group, topic, partition) -> offset, metadata, times; null: forgotten
 *   groupMetadata     classic group -> one stable generation with its members, or an empty one; null: deleted
 *   consumerGroup...    consumer group: its epoch, its members, the target of each and what each has (see consumer/replay.ts)
 *
 * Of transactions: a pending offset is an offset commit in a batch of its transaction; a transaction's end is a control batch.
 */
import type {
  CoordinatorGroupRecord,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
} from '../protocol/index.ts';

export type { GroupMetadataValue, OffsetCommitKey, OffsetCommitValue } from '../protocol/index.ts';
export type GroupRecord = CoordinatorGroupRecord;

export interface PendingOffsetRecord {
  readonly type: 'pendingOffset';
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly key: OffsetCommitKey;
  readonly value: OffsetCommitValue;
}

export interface TransactionEndRecord {
  readonly type: 'transactionEnd';
  readonly producerId: number;
  readonly isCommit: boolean;
}

/** What a decision writes. The end of a transaction is written by its coordinator. */
export type WrittenRecord = GroupRecord | PendingOffsetRecord;
export type ReplayedRecord = WrittenRecord | TransactionEndRecord;
export type MemberMetadata = GroupMetadataValue['members'][number];
