/**
 * TransactionMarker: the control batch that ends a transaction on one partition.
 *
 *   one record: key = version int16 (0) · type int16 (0 abort, 1 commit)
 *               value = version int16 (0) · coordinator epoch int32
 *
 * The batch is transactional and control, without a sequence; it takes one offset of the log.
 */
import { KafkaError } from './errors.ts';
import { decodeRecords } from './record.ts';
import type { RecordBatch } from './record-batch.ts';
import { encodeBatch } from './record-builder.ts';

const VERSION = 0;
const TYPE_AT = 2;
const KEY_BYTES = 4;
const COORDINATOR_EPOCH_AT = 2;
const VALUE_BYTES = 6;
/** A control record is a few bytes; what claims to be larger is none. */
const CONTROL_BYTES_MAX = 1024 * 1024;

export const MARKER_ABORT = 0;
export const MARKER_COMMIT = 1;

export interface TransactionMarker {
  readonly markerType: number;
  readonly coordinatorEpoch: number;
}

export function encodeMarker(marker: {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly isCommit: boolean;
  readonly coordinatorEpoch: number;
  readonly timestamp: number;
  /** As the topic has it; CreateTime unless given. */
  readonly timestampType?: 'CreateTime' | 'LogAppendTime';
}): Buffer {
  const { producerId, producerEpoch, isCommit, coordinatorEpoch, timestamp, timestampType } = marker;
  const key = Buffer.alloc(KEY_BYTES);
  key.writeInt16BE(VERSION, 0);
  key.writeInt16BE(isCommit ? MARKER_COMMIT : MARKER_ABORT, TYPE_AT);
  const value = Buffer.alloc(VALUE_BYTES);
  value.writeInt16BE(VERSION, 0);
  value.writeInt32BE(coordinatorEpoch, COORDINATOR_EPOCH_AT);
  return encodeBatch({
    records: [{ key, value, headers: [], timestamp }],
    producerId,
    producerEpoch,
    ...(timestampType === undefined ? {} : { timestampType }),
    isTransactional: true,
    isControl: true,
  });
}

/** What a control batch says; undefined: it ends no transaction. */
export function readMarker(batch: RecordBatch): TransactionMarker | undefined {
  const [record] = decodeRecords(batch, CONTROL_BYTES_MAX);
  if (record === undefined || record.key === null || record.value === null) return undefined;
  const { key, value } = record;
  if (key.length < KEY_BYTES || value.length < VALUE_BYTES)
    throw new KafkaError('CORRUPT_MESSAGE', 'a control record is shorter than it must be');
  const markerType = key.readInt16BE(TYPE_AT);
  if (markerType !== MARKER_ABORT && markerType !== MARKER_COMMIT) return undefined;
  return { markerType, coordinatorEpoch: value.readInt32BE(COORDINATOR_EPOCH_AT) };
}
