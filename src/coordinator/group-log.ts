/**
 * Group log: group records as record batches, and back. One decision is one batch: all of it survives, or nothing.
 *
 * Versions written are those that every Kafka can read: GroupMetadata 3; OffsetCommit 3, or 1 when the offset has an
 * expiry of its own, or 4 when the topic's id is known. Record types that are not ours are left alone.
 */
import { assert } from '../base/index.ts';
import type { ReplayedRecord, WrittenRecord } from '../groups/index.ts';
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
  MARKER_COMMIT,
  type OffsetCommitValue,
  readMarker,
  type RecordType,
  ZERO_UUID,
} from '../protocol/index.ts';

const GROUP_METADATA_VERSION = 3;
const OPENED_BYTES_MAX = 256 * 1024 * 1024;

/** Pending offsets make a batch of their transaction; a decision writes those of one producer, or none. */
export function encodeGroupRecords(records: readonly ReplayedRecord[], wallMs: number): Buffer {
  const [first] = records;
  const transaction = first?.type === 'pendingOffset' ? first : undefined;
  return encodeBatch({
    records: records.map((record) => ({ ...encodeRecord(record), timestamp: wallMs, headers: [] })),
    ...(transaction === undefined
      ? {}
      : {
          producerId: transaction.producerId,
          producerEpoch: transaction.producerEpoch,
          isTransactional: true,
        }),
  });
}

const RECORD_TYPES = {
  offsetCommit: offsetCommitRecord,
  pendingOffset: offsetCommitRecord,
  groupMetadata: groupMetadataRecord,
  consumerGroupMetadata: consumerGroupMetadataRecord,
  consumerGroupPartitionMetadata: consumerGroupPartitionMetadataRecord,
  consumerGroupMemberMetadata: consumerGroupMemberMetadataRecord,
  consumerGroupTargetAssignmentMetadata: consumerGroupTargetAssignmentMetadataRecord,
  consumerGroupTargetAssignmentMember: consumerGroupTargetAssignmentMemberRecord,
  consumerGroupCurrentMemberAssignment: consumerGroupCurrentMemberAssignmentRecord,
  consumerGroupRegularExpression: consumerGroupRegularExpressionRecord,
} as const satisfies Readonly<Record<WrittenRecord['type'], { readonly name: string }>>;

function encodeRecord(record: ReplayedRecord): { key: Buffer; value: Buffer | null } {
  assert(record.type !== 'transactionEnd', 'the end of a transaction is written by its coordinator');
  const type = RECORD_TYPES[record.type] as RecordType<string, unknown, unknown>;
  return {
    key: type.encodeKey(record.key),
    value: record.value === null ? null : type.encodeValue(record.value, versionOf(record)),
  };
}

/** Undefined: the newest. */
function versionOf(record: WrittenRecord): number | undefined {
  if (record.type === 'groupMetadata') return GROUP_METADATA_VERSION;
  const isOffset = record.type === 'offsetCommit' || record.type === 'pendingOffset';
  return isOffset ? offsetVersion(record.value!) : undefined;
}

function offsetVersion({ expireTimestamp, topicId }: OffsetCommitValue): number {
  if (expireTimestamp !== -1) return 1;
  return topicId === ZERO_UUID ? 3 : 4;
}

/** The records own their bytes: the batches may be gone afterwards. */
export function decodeGroupRecords(batches: Buffer, onRecord: (record: ReplayedRecord) => void): void {
  forEachBatch(batches, (batch) => {
    const { producerId, producerEpoch, isTransactional } = batch;
    const marker = batch.isControl ? readMarker(batch) : undefined;
    if (marker !== undefined)
      onRecord({ type: 'transactionEnd', producerId, isCommit: marker.markerType === MARKER_COMMIT });
    if (batch.isControl) return;
    for (const { key, value } of decodeRecords(batch, OPENED_BYTES_MAX)) {
      if (key === null) continue;
      const record = groupRecords.decode(Buffer.from(key), value === null ? null : Buffer.from(value));
      if (isTransactional && record?.type === 'offsetCommit' && record.value !== null)
        onRecord({ ...record, value: record.value, type: 'pendingOffset', producerId, producerEpoch });
      else if (record !== undefined) onRecord(record);
    }
  });
}
