/** Records of the internal topics, and the tables that decode what a topic holds. */
import {
  consumerGroupMetadataRecord,
  consumerGroupPartitionMetadataRecord,
  consumerGroupMemberMetadataRecord,
  consumerGroupTargetAssignmentMetadataRecord,
  consumerGroupTargetAssignmentMemberRecord,
  consumerGroupCurrentMemberAssignmentRecord,
  consumerGroupRegularExpressionRecord,
} from './consumer-group-records.ts';
import { groupMetadataRecord, offsetCommitRecord } from './group-records.ts';
import { type RecordOf, RecordTable } from './record-type.ts';
import { transactionLogRecord } from './transaction-records.ts';

export * from './consumer-group-records.ts';
export * from './group-records.ts';
export * from './metadata-records.ts';
export { type RecordOf, RecordTable, type RecordType, recordType } from './record-type.ts';
export * from './transaction-records.ts';

const groupRecordTypes = [
  offsetCommitRecord,
  groupMetadataRecord,
  consumerGroupMetadataRecord,
  consumerGroupPartitionMetadataRecord,
  consumerGroupMemberMetadataRecord,
  consumerGroupTargetAssignmentMetadataRecord,
  consumerGroupTargetAssignmentMemberRecord,
  consumerGroupCurrentMemberAssignmentRecord,
  consumerGroupRegularExpressionRecord,
] as const;

/** What `__consumer_offsets` holds. Keys of type 0 are those of the first version of offset commits. */
export const groupRecords = new RecordTable(groupRecordTypes, [[0, offsetCommitRecord]]);
export type CoordinatorGroupRecord = RecordOf<(typeof groupRecordTypes)[number]>;

/** What `__transaction_state` holds. */
export const transactionRecords = new RecordTable([transactionLogRecord]);
export type TransactionRecord = RecordOf<typeof transactionLogRecord>;
