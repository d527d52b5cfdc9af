/**
 * RecordBatch: the unit on the wire and on disk (format v2), read in place. Nothing is copied.
 *
 *    0 baseOffset int64 · 8 batchLength int32 (of all that follows) · 12 leaderEpoch int32 · 16 magic int8
 *   17 crc uint32 (CRC-32C of all from 21 on) · 21 attributes int16 · 23 lastOffsetDelta int32
 *   27 baseTimestamp int64 · 35 maxTimestamp int64 · 43 producerId int64 · 51 producerEpoch int16
 *   53 baseSequence int32 · 57 recordCount int32 · 61 records
 *
 *   attributes: bits 0-2 compression · 3 LogAppendTime · 4 transactional · 5 control
 *
 * Invariants
 *   R1  a RecordBatch lies whole in its buffer: `at` refuses one that does not
 *   R2  base offset and leader epoch lie before the CRC's range, so stamping them leaves it right
 */
import { assert, crc32c } from '../base/index.ts';
import { KafkaError } from './errors.ts';

const BASE_OFFSET = 0;
const BATCH_LENGTH = 8;
const LEADER_EPOCH = 12;
const MAGIC = 16;
const CRC = 17;
const ATTRIBUTES = 21;
const LAST_OFFSET_DELTA = 23;
const BASE_TIMESTAMP = 27;
const MAX_TIMESTAMP = 35;
const PRODUCER_ID = 43;
const PRODUCER_EPOCH = 51;
const BASE_SEQUENCE = 53;
const RECORD_COUNT = 57;
/** Where the records begin. */
export const BATCH_HEADER_BYTES = 61;
/** What is needed to know a batch's size. */
export const BATCH_PREFIX_BYTES = 12;
assert(
  CRC + 4 === ATTRIBUTES &&
    RECORD_COUNT + 4 === BATCH_HEADER_BYTES &&
    BATCH_LENGTH + 4 === BATCH_PREFIX_BYTES,
);

const MAGIC_V2 = 2;
const COMPRESSION_MASK = 0x07;
const LOG_APPEND_TIME_BIT = 0x08;
const TRANSACTIONAL_BIT = 0x10;
const CONTROL_BIT = 0x20;
const SEQUENCE_MAX = 0x7fffffff;

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type CompressionName = (typeof COMPRESSIONS)[number];

export class RecordBatch {
  readonly #buffer: Buffer;
  readonly #at: number;
  /** Of header and records. */
  readonly sizeInBytes: number;

  private constructor(buffer: Buffer, position: number, sizeInBytes: number) {
    this.#buffer = buffer;
    this.#at = position;
    this.sizeInBytes = sizeInBytes;
  }

  /** The batch that begins at `position`. Throws CORRUPT_MESSAGE when it is not whole, INVALID_RECORD for old formats. */
  static at(buffer: Buffer, position: number): RecordBatch {
    const left = buffer.length - position;
    if (left < BATCH_HEADER_BYTES) {
      if (left > MAGIC && buffer[position + MAGIC]! < MAGIC_V2) throw oldFormat(buffer[position + MAGIC]!);
      throw new KafkaError(
        'CORRUPT_MESSAGE',
        `${left} bytes cannot hold a batch header of ${BATCH_HEADER_BYTES}`,
      );
    }
    const magic = buffer.readInt8(position + MAGIC);
    if (magic === 0 || magic === 1) throw oldFormat(magic);
    if (magic !== MAGIC_V2)
      throw new KafkaError('CORRUPT_MESSAGE', `a batch of format ${magic} does not exist`);
    const size = BATCH_PREFIX_BYTES + buffer.readInt32BE(position + BATCH_LENGTH);
    if (size < BATCH_HEADER_BYTES || size > left)
      throw new KafkaError('CORRUPT_MESSAGE', `a batch of ${size} bytes where ${left} are left`);
    return new RecordBatch(buffer, position, size);
  }

  /** Whether the bytes, if they are a batch, are one of a transaction. Without any other check. */
  static isTransactionalAt(buffer: Buffer): boolean {
    return buffer.length >= BATCH_HEADER_BYTES && (buffer.readInt16BE(ATTRIBUTES) & TRANSACTIONAL_BIT) !== 0;
  }

  get bytes(): Buffer {
    if (this.#at === 0 && this.sizeInBytes === this.#buffer.length) return this.#buffer;
    return this.#buffer.subarray(this.#at, this.#at + this.sizeInBytes);
  }

  get baseOffset(): number {
    return int64(this.#buffer, this.#at + BASE_OFFSET);
  }

  /** Gives the batch that begins at `position` its place in a log. Outside the CRC (R2). */
  static stamp(buffer: Buffer, position: number, baseOffset: number, leaderEpoch: number): void {
    writeInt64(buffer, position + BASE_OFFSET, baseOffset);
    buffer.writeInt32BE(leaderEpoch, position + LEADER_EPOCH);
  }

  get leaderEpoch(): number {
    return this.#buffer.readInt32BE(this.#at + LEADER_EPOCH);
  }

  get magic(): number {
    return this.#buffer.readInt8(this.#at + MAGIC);
  }

  get crc(): number {
    return this.#buffer.readUInt32BE(this.#at + CRC);
  }

  get attributes(): number {
    return this.#buffer.readInt16BE(this.#at + ATTRIBUTES);
  }

  /** Throws UNSUPPORTED_COMPRESSION_TYPE for the three codes that nobody uses. */
  get compression(): CompressionName {
    const code = this.attributes & COMPRESSION_MASK;
    const name = COMPRESSIONS[code];
    if (name === undefined)
      throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `compression code ${code} does not exist`);
    return name;
  }

  get timestampType(): 'CreateTime' | 'LogAppendTime' {
    return (this.attributes & LOG_APPEND_TIME_BIT) === 0 ? 'CreateTime' : 'LogAppendTime';
  }

  get isTransactional(): boolean {
    return (this.attributes & TRANSACTIONAL_BIT) !== 0;
  }

  get isControl(): boolean {
    return (this.attributes & CONTROL_BIT) !== 0;
  }

  get lastOffsetDelta(): number {
    return this.#buffer.readInt32BE(this.#at + LAST_OFFSET_DELTA);
  }

  /** Inclusive. */
  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta;
  }

  get baseTimestamp(): number {
    return int64(this.#buffer, this.#at + BASE_TIMESTAMP);
  }

  get maxTimestamp(): number {
    return int64(this.#buffer, this.#at + MAX_TIMESTAMP);
  }

  get producerId(): number {
    return int64(this.#buffer, this.#at + PRODUCER_ID);
  }

  get producerEpoch(): number {
    return this.#buffer.readInt16BE(this.#at + PRODUCER_EPOCH);
  }

  get baseSequence(): number {
    return this.#buffer.readInt32BE(this.#at + BASE_SEQUENCE);
  }

  /** Inclusive; after 2³¹ - 1 comes 0. -1 without a sequence. */
  get lastSequence(): number {
    const base = this.baseSequence;
    if (base < 0) return base;
    const last = base + this.lastOffsetDelta;
    return last > SEQUENCE_MAX ? last - SEQUENCE_MAX - 1 : last;
  }

  get recordCount(): number {
    return this.#buffer.readInt32BE(this.#at + RECORD_COUNT);
  }

  /** Which number of the header is none of ours: beyond ±2^53. Asked of what comes from outside, before anything reads it. */
  get beyondRange(): 'base offset' | 'base timestamp' | 'largest timestamp' | 'producer id' | undefined {
    if (!this.#isSafe(BASE_OFFSET)) return 'base offset';
    if (!this.#isSafe(BASE_TIMESTAMP)) return 'base timestamp';
    if (!this.#isSafe(MAX_TIMESTAMP)) return 'largest timestamp';
    return this.#isSafe(PRODUCER_ID) ? undefined : 'producer id';
  }

  #isSafe(field: number): boolean {
    const at = this.#at + field;
    const value = this.#buffer.readInt32BE(at) * 0x1_0000_0000 + this.#buffer.readUInt32BE(at + 4);
    return Number.isSafeInteger(value);
  }

  /** The records, compressed as they came. */
  get payload(): Buffer {
    return this.#buffer.subarray(this.#at + BATCH_HEADER_BYTES, this.#at + this.sizeInBytes);
  }

  /** What its checksum says, for who continues one over these bytes: it is of all from the attributes on. */
  get known(): { readonly from: number; readonly crc: number } {
    return { from: ATTRIBUTES, crc: this.crc };
  }

  isCrcRight(): boolean {
    return this.#computeCrc() === this.crc;
  }

  check(): void {
    if (!this.isCrcRight())
      throw new KafkaError('CORRUPT_MESSAGE', `the CRC of the batch at offset ${this.baseOffset} is wrong`);
  }

  /** Sets the largest timestamp to the broker's, for all records, and renews the CRC. */
  stampLogAppendTime(now: number): void {
    this.#buffer.writeInt16BE(this.attributes | LOG_APPEND_TIME_BIT, this.#at + ATTRIBUTES);
    writeInt64(this.#buffer, this.#at + MAX_TIMESTAMP, now);
    this.#buffer.writeUInt32BE(this.#computeCrc(), this.#at + CRC);
  }

  #computeCrc(): number {
    return crc32c(this.#buffer.subarray(this.#at + ATTRIBUTES, this.#at + this.sizeInBytes));
  }
}

/** Calls `visit` for every batch of `buffer`, which holds whole batches only. */
export function forEachBatch(buffer: Buffer, visit: (batch: RecordBatch) => void): void {
  for (let position = 0; position < buffer.length; ) {
    const batch = RecordBatch.at(buffer, position);
    visit(batch);
    position += batch.sizeInBytes;
  }
}

/** The compression code of the batch in a produce request, without any other check; 0 when it is too short to tell. */
export function codecOf(records: Buffer): number {
  return records.length < BATCH_HEADER_BYTES ? 0 : records.readInt16BE(ATTRIBUTES) & COMPRESSION_MASK;
}

/** What a new batch's header says. */
export interface BatchHeader {
  readonly baseOffset: number;
  readonly leaderEpoch: number;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/** Header and records as one buffer, with the right length and CRC. */
export function assembleBatch(header: BatchHeader, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(BATCH_HEADER_BYTES + payload.length);
  bytes.set(payload, BATCH_HEADER_BYTES);
  return sealBatch(header, bytes);
}

/** Puts the header before the records, which lie in `bytes` behind the room for it. */
export function sealBatch(header: BatchHeader, bytes: Buffer): Buffer {
  writeInt64(bytes, BASE_OFFSET, header.baseOffset);
  bytes.writeInt32BE(bytes.length - BATCH_PREFIX_BYTES, BATCH_LENGTH);
  bytes.writeInt32BE(header.leaderEpoch, LEADER_EPOCH);
  bytes.writeInt8(MAGIC_V2, MAGIC);
  bytes.writeInt16BE(header.attributes, ATTRIBUTES);
  bytes.writeInt32BE(header.lastOffsetDelta, LAST_OFFSET_DELTA);
  writeInt64(bytes, BASE_TIMESTAMP, header.baseTimestamp);
  writeInt64(bytes, MAX_TIMESTAMP, header.maxTimestamp);
  writeInt64(bytes, PRODUCER_ID, header.producerId);
  bytes.writeInt16BE(header.producerEpoch, PRODUCER_EPOCH);
  bytes.writeInt32BE(header.baseSequence, BASE_SEQUENCE);
  bytes.writeInt32BE(header.recordCount, RECORD_COUNT);
  bytes.writeUInt32BE(crc32c(bytes.subarray(ATTRIBUTES)), CRC);
  return bytes;
}

/** The attributes word. */
export function attributesOf(options: {
  readonly compression: CompressionName;
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}): number {
  return (
    COMPRESSIONS.indexOf(options.compression) |
    (options.isLogAppendTime ? LOG_APPEND_TIME_BIT : 0) |
    (options.isTransactional ? TRANSACTIONAL_BIT : 0) |
    (options.isControl ? CONTROL_BIT : 0)
  );
}

function oldFormat(magic: number): KafkaError {
  return new KafkaError(
    'INVALID_RECORD',
    `message format v${magic} is not served since Kafka 4.0: the client must write v2`,
  );
}

function int64(buffer: Buffer, at: number): number {
  const value = buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value))
    throw new KafkaError('CORRUPT_MESSAGE', `${value} in a batch header is beyond ±2^53`);
  return value;
}

function writeInt64(buffer: Buffer, at: number, value: number): void {
  buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
  buffer.writeUInt32BE(value >>> 0, at + 4);
}
