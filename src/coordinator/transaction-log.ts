/** Transaction log: transaction records as record batches, and back. One decision is one batch: all of it survives, or nothing. */
import {
  decodeRecords,
  encodeBatch,
  forEachBatch,
  transactionLogRecord,
  transactionRecords,
} from '../protocol/index.ts';
import type { TransactionRecord } from '../transactions/index.ts';

/** Flexible, with the next producer: what Kafka writes since transaction.version=2. */
const VALUE_VERSION = 1;
const OPENED_BYTES_MAX = 256 * 1024 * 1024;

export function encodeTransactionRecords(records: readonly TransactionRecord[], wallMs: number): Buffer {
  return encodeBatch({
    records: records.map(({ key, value }) => ({
      key: transactionLogRecord.encodeKey(key),
      value: value === null ? null : transactionLogRecord.encodeValue(value, VALUE_VERSION),
      timestamp: wallMs,
      headers: [],
    })),
  });
}

export function decodeTransactionRecords(
  batches: Buffer,
  onRecord: (record: TransactionRecord) => void,
): void {
  forEachBatch(batches, (batch) => {
    if (batch.isControl) return;
    for (const { key, value } of decodeRecords(batch, OPENED_BYTES_MAX)) {
      if (key === null) continue;
      const record = transactionRecords.decode(Buffer.from(key), value === null ? null : Buffer.from(value));
      if (record !== undefined) onRecord(record);
    }
  });
}
