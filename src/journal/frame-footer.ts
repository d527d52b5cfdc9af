/**
 * The footer of a frame: its entries, one after the other, big endian.
 *
 *   entry := type u8 · topicId 16 · partition u32 · position u32 · length u32 · fields
 *   1 batch           leaderEpoch i32 · attributes i16 · baseOffset i64 · lastOffset i64 · producerId i64 · producerEpoch i16
 *                     · baseSequence i32 · maxTimestamp i64 · markerType i8 · coordinatorEpoch i32
 *   2 reference       the same · segmentBaseOffset i64 · segmentPosition u32 · segmentLength u32 · batchCrc u32
 *   3 log-start       logStartOffset i64
 *   4 producer-state  producerId i64 · producerEpoch i16 · lastSequence i32 · lastOffset i64 · timestamp i64
 *   5 dedupe-ids      (only its bytes)
 *   6 segment         baseOffset i64 · bytes u32 · lastOffset i64 · maxTimestamp i64 · maxTimestampOffset i64 · createdAt i64
 *                     · aborted u32 · abortedCrc i64
 *
 * `position` and `length` name the entry's bytes within the frame; both are 0 without bytes.
 */
import { assert, unreachable } from '../base/index.ts';
import { ByteReader, type ByteWriter } from '../protocol/index.ts';
import type { BatchFields, Entry, ReplayedEntry, SegmentEntry } from './entry.ts';

const TYPES = {
  batch: 1,
  reference: 2,
  'log-start': 3,
  'producer-state': 4,
  'dedupe-ids': 5,
  segment: 6,
} as const;
/** No entry is larger in the footer. */
export const ENTRY_BYTES_MAX = 112;

export function writeEntry(writer: ByteWriter, entry: Entry, position: number, length: number): void {
  writer.int8(TYPES[entry.kind]);
  writer.uuid(entry.topicId);
  writer.uint32(entry.partition);
  writer.uint32(position);
  writer.uint32(length);
  switch (entry.kind) {
    case 'batch':
      writeBatchFields(writer, entry);
      return;
    case 'reference':
      writeBatchFields(writer, entry);
      writer.int64(entry.segmentBaseOffset);
      writer.uint32(entry.segmentPosition);
      writer.uint32(entry.segmentLength);
      writer.uint32(entry.batchCrc);
      return;
    case 'segment':
      writer.int64(entry.baseOffset);
      writer.uint32(entry.bytes);
      writer.int64(entry.lastOffset);
      writer.int64(entry.maxTimestamp);
      writer.int64(entry.maxTimestampOffset);
      writer.int64(entry.createdAt);
      writer.uint32(entry.aborted);
      writer.int64(entry.abortedCrc);
      return;
    case 'log-start':
      writer.int64(entry.logStartOffset);
      return;
    case 'producer-state':
      writer.int64(entry.producerId);
      writer.int16(entry.producerEpoch);
      writer.int32(entry.lastSequence);
      writer.int64(entry.lastOffset);
      writer.int64(entry.timestamp);
      return;
    case 'dedupe-ids':
      return;
    default:
      unreachable(entry);
  }
}

function writeBatchFields(writer: ByteWriter, entry: BatchFields): void {
  writer.int32(entry.leaderEpoch);
  writer.int16(entry.attributes);
  writer.int64(entry.baseOffset);
  writer.int64(entry.lastOffset);
  writer.int64(entry.producerId);
  writer.int16(entry.producerEpoch);
  writer.int32(entry.baseSequence);
  writer.int64(entry.maxTimestamp);
  writer.int8(entry.markerType);
  writer.int32(entry.coordinatorEpoch);
}

/** The entries of a frame whose checksum was right: anything odd now is a bug of ours. */
export function readEntries(frame: Buffer, footerPosition: number, count: number): ReplayedEntry[] {
  const reader = new ByteReader(frame, footerPosition);
  const entries: ReplayedEntry[] = [];
  for (let n = 0; n < count; n++) entries.push(readEntry(reader, frame));
  assert(reader.remaining === 0, 'bytes are left behind the last entry of a frame');
  return entries;
}

function readEntry(reader: ByteReader, frame: Buffer): ReplayedEntry {
  const type = reader.int8();
  const topicId = reader.uuid();
  const partition = reader.uint32();
  const position = reader.uint32();
  const length = reader.uint32();
  const bytes = length === 0 ? undefined : frame.subarray(position, position + length);
  const of = { topicId, partition };
  switch (type) {
    case TYPES.batch:
      return { entry: { kind: 'batch', ...of, ...readBatchFields(reader) }, bytes };
    case TYPES.reference: {
      const fields = readBatchFields(reader);
      const segmentBaseOffset = reader.int64();
      const segmentPosition = reader.uint32();
      const segmentLength = reader.uint32();
      const place = { segmentBaseOffset, segmentPosition, segmentLength, batchCrc: reader.uint32() };
      return { entry: { kind: 'reference', ...of, ...fields, ...place }, bytes };
    }
    case TYPES.segment:
      return { entry: { kind: 'segment', ...of, ...readSegmentFields(reader) }, bytes };
    case TYPES['log-start']:
      return { entry: { kind: 'log-start', ...of, logStartOffset: reader.int64() }, bytes };
    case TYPES['producer-state']: {
      const producerId = reader.int64();
      const producerEpoch = reader.int16();
      const lastSequence = reader.int32();
      const lastOffset = reader.int64();
      const timestamp = reader.int64();
      return {
        entry: {
          kind: 'producer-state',
          ...of,
          producerId,
          producerEpoch,
          lastSequence,
          lastOffset,
          timestamp,
        },
        bytes,
      };
    }
    default:
      assert(type === TYPES['dedupe-ids'], () => `an entry of type ${type} in a frame`);
      return { entry: { kind: 'dedupe-ids', ...of }, bytes };
  }
}

function readSegmentFields(reader: ByteReader): Omit<SegmentEntry, 'kind' | 'topicId' | 'partition'> {
  return {
    baseOffset: reader.int64(),
    bytes: reader.uint32(),
    lastOffset: reader.int64(),
    maxTimestamp: reader.int64(),
    maxTimestampOffset: reader.int64(),
    createdAt: reader.int64(),
    aborted: reader.uint32(),
    abortedCrc: reader.int64(),
  };
}

function readBatchFields(reader: ByteReader) {
  return {
    leaderEpoch: reader.int32(),
    attributes: reader.int16(),
    baseOffset: reader.int64(),
    lastOffset: reader.int64(),
    producerId: reader.int64(),
    producerEpoch: reader.int16(),
    baseSequence: reader.int32(),
    maxTimestamp: reader.int64(),
    markerType: reader.int8(),
    coordinatorEpoch: reader.int32(),
  };
}
