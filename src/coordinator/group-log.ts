/**
 * Group log: group records as record batches, and back. One decision is one batch: all of it survives, or nothing.
 *
 * Versions written are those that every Kafka can read: GroupMetadata 3; OffsetCommit 3, or 1 when the offset has an
 * expiry of its own, or 4 when the topic's id is known. Record types that are not ours are left alone.
 */
import type { GroupRecord } from '../groups/index.ts';
import {
  decodeRecords,
  encodeBatch,
  forEachBatch,
  groupMetadataRecord,
  groupRecords,
  offsetCommitRecord,
  type OffsetCommitValue,
  ZERO_UUID,
} from '../protocol/index.ts';

const GROUP_METADATA_VERSION = 3;
const OPENED_BYTES_MAX = 256 * 1024 * 1024;

export function encodeGroupRecords(records: readonly GroupRecord[], wallMs: number): Buffer {
  return encodeBatch({
    records: records.map((record) => ({ ...encodeRecord(record), timestamp: wallMs, headers: [] })),
  });
}

function encodeRecord(record: GroupRecord): { key: Buffer; value: Buffer | null } {
  if (record.type === 'offsetCommit') {
    const { key, value } = record;
    return {
      key: offsetCommitRecord.encodeKey(key),
      value: value === null ? null : offsetCommitRecord.encodeValue(value, offsetVersion(value)),
    };
  }
  const { key, value } = record;
  return {
    key: groupMetadataRecord.encodeKey(key),
    value: value === null ? null : groupMetadataRecord.encodeValue(value, GROUP_METADATA_VERSION),
  };
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
      if (record?.type === 'offsetCommit' || record?.type === 'groupMetadata') onRecord(record);
    }
  });
}
