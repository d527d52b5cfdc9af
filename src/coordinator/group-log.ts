/**
 * Group log: group records as record batches, and back. One decision is one batch: all of it survives, or nothing.
 *
 * Versions written are those that every Kafka can read: GroupMetadata 3; OffsetCommit 3, or 1 when the offset has an
 * expiry of its own, or 4 when the topic's id is known. Record types that are not ours are left alone.
 */
import type { GroupRecord } from '../groups/index.ts';
import {
  consumerGroupCurrentMemberAssignmentRecord,
  consumerGroupMemberMetadataRecord,
  consumerGroupMetadataRecord,
  consumerGroupPartitionMetadataRecord,
  consumerGroupRegularExpressionRecord,
  consumerGroupTargetAssignmentMemberRecord,
  consumerGroupTargetAssignmentMetadataRecord,
  decodeRecords,
  encodeBatch,
  forEachBatch,
  groupMetadataRecord,
  groupRecords,
  offsetCommitRecord,
  type OffsetCommitValue,
  type RecordType,
  ZERO_UUID,
} from '../protocol/index.ts';

const GROUP_METADATA_VERSION = 3;
const OPENED_BYTES_MAX = 256 * 1024 * 1024;

export function encodeGroupRecords(records: readonly GroupRecord[], wallMs: number): Buffer {
  return encodeBatch({
    records: records.map((record) => ({ ...encodeRecord(record), timestamp: wallMs, headers: [] })),
  });
}

const RECORD_TYPES = {
  offsetCommit: offsetCommitRecord,
  groupMetadata: groupMetadataRecord,
  consumerGroupMetadata: consumerGroupMetadataRecord,
  consumerGroupPartitionMetadata: consumerGroupPartitionMetadataRecord,
  consumerGroupMemberMetadata: consumerGroupMemberMetadataRecord,
  consumerGroupTargetAssignmentMetadata: consumerGroupTargetAssignmentMetadataRecord,
  consumerGroupTargetAssignmentMember: consumerGroupTargetAssignmentMemberRecord,
  consumerGroupCurrentMemberAssignment: consumerGroupCurrentMemberAssignmentRecord,
  consumerGroupRegularExpression: consumerGroupRegularExpressionRecord,
} as const satisfies { readonly [T in GroupRecord['type']]: { readonly name: T } };

function encodeRecord(record: GroupRecord): { key: Buffer; value: Buffer | null } {
  const type = RECORD_TYPES[record.type] as RecordType<string, unknown, unknown>;
  return {
    key: type.encodeKey(record.key),
    value: record.value === null ? null : type.encodeValue(record.value, versionOf(record)),
  };
}

/** Undefined: the newest. */
function versionOf(record: GroupRecord): number | undefined {
  if (record.type === 'groupMetadata') return GROUP_METADATA_VERSION;
  return record.type === 'offsetCommit' ? offsetVersion(record.value!) : undefined;
}

function offsetVersion({ expireTimestamp, topicId }: OffsetCommitValue): number {
  if (expireTimestamp !== -1) return 1;
  return topicId === ZERO_UUID ? 3 : 4;
}

/** The records own their bytes: the batches may be gone afterwards. */
export function decodeGroupRecords(batches: Buffer, onRecord: (record: GroupRecord) => void): void {
  forEachBatch(batches, (batch) => {
    if (batch.isControl) return;
    for (const { key, value } of decodeRecords(batch, OPENED_BYTES_MAX)) {
      if (key === null) continue;
      const record = groupRecords.decode(Buffer.from(key), value === null ? null : Buffer.from(value));
      if (record !== undefined) onRecord(record);
    }
  });
}
