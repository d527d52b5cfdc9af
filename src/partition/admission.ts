/**
 * Admission: may this produce request's records become a batch of the log? Pure; everything is refused before an offset exists.
 *
 * Reads the 61-byte header and the CRC; opens the records only where a topic setting asks for it
 * (compaction needs keys, LogAppendTime and `compression.type` rewrite the batch, a lower timestamp bound looks at each).
 * Order of the checks and their codes: Kafka's LogValidator and UnifiedLog.
 */
import {
  type BatchRecord,
  type CompressionName,
  decodeRecords,
  encodeBatch,
  KafkaError,
  RecordBatch,
  RecordsRefused,
  type RefusedRecord,
  validateRecords,
} from '../protocol/index.ts';
import { openedBytesMax, type PartitionConfig } from './partition-config.ts';

const NO_PRODUCER = -1;
/** Of a batch: base offset and length, which counts what follows; then leader epoch and magic. */
const PREFIX_BYTES = 12;
const LENGTH_AT = 8;
const UP_TO_MAGIC_BYTES = 17;

/** The one batch of a produce request's `records` field, checked as far as the header tells. */
export function admit(records: Buffer, config: PartitionConfig, now: number): RecordBatch {
  checkWhole(records);
  const batch = RecordBatch.at(records, 0);
  if (batch.sizeInBytes !== records.length)
    throw new KafkaError('INVALID_RECORD', 'one batch per partition and request is allowed');
  if (batch.sizeInBytes > config.maxMessageBytes)
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `the batch has ${batch.sizeInBytes} bytes, max.message.bytes is ${config.maxMessageBytes}`,
    );
  if (batch.sizeInBytes > config.segmentBytes)
    throw new KafkaError(
      'RECORD_LIST_TOO_LARGE',
      `the batch has ${batch.sizeInBytes} bytes, segment.bytes is ${config.segmentBytes}`,
    );
  if (!batch.isCrcRight()) throw new KafkaError('CORRUPT_MESSAGE', 'the CRC-32C of the batch is wrong');
  checkHeader(batch);
  checkTimestamps(batch, config, now);
  if (config.compacted)
    validateRecords(batch, { keyRequired: true, limitBytes: openedBytesMax(batch.sizeInBytes) });
  return rewritten(batch, config, now);
}

/** A batch that the request does not hold whole is no batch: definite, where damage inside of one could be tried again. */
function checkWhole(records: Buffer): void {
  const isWhole =
    records.length >= UP_TO_MAGIC_BYTES && PREFIX_BYTES + records.readInt32BE(LENGTH_AT) <= records.length;
  if (!isWhole) throw new KafkaError('INVALID_RECORD', `no whole batch in ${records.length} bytes`);
}

function checkHeader(batch: RecordBatch): void {
  checkRange(batch);
  if (batch.baseOffset !== 0)
    throw new KafkaError('INVALID_RECORD', `base offset ${batch.baseOffset} of a new batch is not 0`);
  if (batch.recordCount <= 0 || batch.lastOffsetDelta !== batch.recordCount - 1)
    throw new KafkaError(
      'INVALID_RECORD',
      `${batch.recordCount} records with last offset delta ${batch.lastOffsetDelta}`,
    );
  if (batch.isControl) throw new KafkaError('INVALID_RECORD', 'clients may not write control records');
  if (batch.producerId !== NO_PRODUCER && batch.baseSequence < 0)
    throw new KafkaError('INVALID_RECORD', `sequence ${batch.baseSequence} of producer ${batch.producerId}`);
}

/** Definite: what nobody could read again must not get in, and a producer that sends it would try for ever. */
function checkRange({ beyondRange }: RecordBatch): void {
  if (beyondRange === undefined) return;
  const isTime = beyondRange === 'base timestamp' || beyondRange === 'largest timestamp';
  throw new KafkaError(
    isTime ? 'INVALID_TIMESTAMP' : 'INVALID_RECORD',
    `the ${beyondRange} of the batch is beyond ±2^53${isTime ? ': timestamps are milliseconds since 1970' : ''}`,
  );
}

function checkTimestamps(batch: RecordBatch, config: PartitionConfig, now: number): void {
  if (batch.timestampType === 'LogAppendTime')
    refuse(batch, () => "has the LogAppendTime bit set, which is the broker's");
  if (config.timestampType === 'LogAppendTime') return;
  const earliest = now - config.timestampBeforeMaxMs;
  const latest = now + config.timestampAfterMaxMs;
  // The header tells the latest of all; the earliest only the records themselves, where it can be too early at all.
  if (earliest > 0 || batch.maxTimestamp > latest) checkEach(batch, earliest, latest, now);
}

function checkEach(batch: RecordBatch, earliest: number, latest: number, now: number): void {
  refuse(batch, ({ timestamp }) => {
    if (timestamp > latest) return `has timestamp ${timestamp}, too far ahead of ${now}`;
    return timestamp >= 0 && timestamp < earliest
      ? `has timestamp ${timestamp}, too far behind ${now}`
      : undefined;
  });
}

/** Throws when there is something to say against any record. */
function refuse(batch: RecordBatch, problemOf: (record: BatchRecord) => string | undefined): void {
  const refused: RefusedRecord[] = [];
  for (const [index, record] of decodeRecords(batch, openedBytesMax(batch.sizeInBytes)).entries()) {
    const why = problemOf(record);
    if (why !== undefined) refused.push({ index, why });
  }
  if (refused.length > 0) throw new RecordsRefused('INVALID_TIMESTAMP', refused);
}

/** The batch as this topic stores it: a new one when compression or timestamps are the broker's, else what came. */
function rewritten(batch: RecordBatch, config: PartitionConfig, now: number): RecordBatch {
  const compression: CompressionName =
    config.compression === 'producer' ? batch.compression : config.compression;
  if (compression !== batch.compression) {
    const bytes = encodeBatch({
      records: [...decodeRecords(batch, openedBytesMax(batch.sizeInBytes))],
      compression,
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      isTransactional: batch.isTransactional,
    });
    if (bytes.length > config.maxMessageBytes)
      throw new KafkaError(
        'MESSAGE_TOO_LARGE',
        `re-encoded as ${compression} the batch has ${bytes.length} bytes`,
      );
    return stamped(RecordBatch.at(bytes, 0), config, now);
  }
  // The bytes belong to the socket; only a batch of our own may be re-stamped.
  if (config.timestampType === 'LogAppendTime')
    return stamped(RecordBatch.at(Buffer.from(batch.bytes), 0), config, now);
  return batch;
}

function stamped(batch: RecordBatch, config: PartitionConfig, now: number): RecordBatch {
  if (config.timestampType === 'LogAppendTime') batch.stampLogAppendTime(now);
  return batch;
}
