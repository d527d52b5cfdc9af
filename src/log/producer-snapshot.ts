/**
 * ProducerSnapshot: the producers of one partition as a file, in Kafka's own format (`.snapshot`, version 1).
 *
 *   version int16 | crc uint32 (CRC-32C of all that follows) | count int32 | count × entry
 *   entry: producer id int64 | epoch int16 | last sequence int32 | last offset int64 | offset delta int32
 *          | timestamp int64 | coordinator epoch int32 | first offset of the open transaction int64 (-1: none)
 *
 * Kafka writes one entry per producer, with its last batch. We write several with the same producer id, and Kafka's
 * reader lets the last one win, so that it sees what it would have written itself:
 *   1. one without a batch (last offset -1): first sequence seen as its `last sequence`, time of last use as `timestamp`
 *   2. the last five batches, oldest first
 *   3. where the last batch was taken but nothing of it appended (a topic that deduplicates), one more without a batch: the
 *      last sequence as `last sequence`. An older version of this program takes it for the first of a producer.
 */
import { crc32c } from '../base/index.ts';
import { ByteReader, ByteWriter } from '../protocol/index.ts';
import { BATCHES_KEPT, type KeptBatch, newEntry, type ProducerEntry } from './producer-entry.ts';
import { distance, SEQUENCES, sequenceAfter } from './sequence.ts';

const VERSION = 1;
const CRC_AT = 2;
const COUNT_AT = 6;
const ENTRIES_AT = 10;
const ENTRY_BYTES = 46;

interface SnapshotEntry {
  producerId: number;
  producerEpoch: number;
  lastSequence: number;
  lastOffset: number;
  offsetDelta: number;
  timestamp: number;
  coordinatorEpoch: number;
  transactionFirstOffset: number;
}

/** A checkpoint makes one for each changed partition in a single turn. */
export function encodeProducerSnapshot(producers: Iterable<Readonly<ProducerEntry>>): Buffer {
  const all = [...producers];
  const count = all.reduce((sum, producer) => sum + entriesOf(producer), 0);
  const writer = new ByteWriter(ENTRIES_AT + count * ENTRY_BYTES);
  writer.int16(VERSION);
  writer.uint32(0); // the CRC, once the rest is there
  writer.int32(count);
  for (const producer of all) writeProducer(writer, producer);
  const bytes = writer.toBuffer();
  bytes.writeUInt32BE(crc32c(bytes.subarray(COUNT_AT)), CRC_AT);
  return bytes;
}

/** Whole, and of a version that we know. */
export function isProducerSnapshot(bytes: Buffer): boolean {
  if (bytes.length < ENTRIES_AT || bytes.readInt16BE(0) !== VERSION) return false;
  if (bytes.readUInt32BE(CRC_AT) !== crc32c(bytes.subarray(COUNT_AT))) return false;
  const count = bytes.readInt32BE(COUNT_AT);
  return count >= 0 && ENTRIES_AT + count * ENTRY_BYTES <= bytes.length;
}

/** Undefined when the bytes are no whole snapshot of a version that we know. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (!isProducerSnapshot(bytes)) return undefined;
  const count = bytes.readInt32BE(COUNT_AT);
  const reader = new ByteReader(bytes, ENTRIES_AT);
  const producers = new Map<number, ProducerEntry>();
  const firsts = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    const entry = readEntry(reader);
    let producer = producers.get(entry.producerId);
    if (producer === undefined) {
      producer = newEntry(entry.producerId);
      producers.set(entry.producerId, producer);
    }
    take(producer, entry, firsts);
  }
  return [...producers.values()];
}

/** True when the last batch was taken but nothing of it appended. */
function isAhead({ lastSequence, batches }: Readonly<ProducerEntry>): boolean {
  return lastSequence !== (batches.at(-1)?.lastSequence ?? -1);
}

function entriesOf(producer: Readonly<ProducerEntry>): number {
  return 1 + producer.batches.length + (isAhead(producer) ? 1 : 0);
}

function writeProducer(writer: ByteWriter, producer: Readonly<ProducerEntry>): void {
  const { lastSequence: last, usedAt, batches } = producer;
  const first = last < 0 ? -1 : sequenceAfter(last, SEQUENCES + 1 - producer.sequencesSeen);
  const none = { lastOffset: -1, baseOffset: -1, timestamp: usedAt };
  writeEntry(writer, producer, { ...none, lastSequence: first });
  for (const batch of batches) writeEntry(writer, producer, batch);
  if (isAhead(producer)) writeEntry(writer, producer, { ...none, lastSequence: last });
}

/** `firsts`: the first sequence seen of each producer. */
function take(producer: ProducerEntry, entry: SnapshotEntry, firsts: Map<number, number>): void {
  producer.producerEpoch = entry.producerEpoch;
  producer.coordinatorEpoch = entry.coordinatorEpoch;
  producer.transactionFirstOffset = entry.transactionFirstOffset;
  producer.usedAt = Math.max(producer.usedAt, entry.timestamp);
  const { lastSequence, lastOffset, offsetDelta, timestamp } = entry;
  if (lastOffset < 0) {
    const known = firsts.get(entry.producerId);
    if (known !== undefined) advance(producer, known, lastSequence);
    else if (lastSequence >= 0) firsts.set(entry.producerId, lastSequence);
    return;
  }
  const baseSequence = sequenceAfter(lastSequence, SEQUENCES - offsetDelta);
  const first = firsts.get(entry.producerId) ?? baseSequence;
  firsts.set(entry.producerId, first);
  if (producer.batches.length === BATCHES_KEPT) producer.batches.shift();
  producer.batches.push({
    baseSequence,
    lastSequence,
    baseOffset: lastOffset - offsetDelta,
    lastOffset,
    timestamp,
  });
  advance(producer, first, lastSequence);
}

function advance(producer: ProducerEntry, first: number, lastSequence: number): void {
  producer.lastSequence = lastSequence;
  producer.sequencesSeen = distance(first, lastSequence) + 1;
}

function writeEntry(
  writer: ByteWriter,
  producer: Readonly<ProducerEntry>,
  batch: Omit<KeptBatch, 'baseSequence'>,
): void {
  writer.int64(producer.producerId);
  writer.int16(producer.producerEpoch);
  writer.int32(batch.lastSequence);
  writer.int64(batch.lastOffset);
  writer.int32(batch.lastOffset - batch.baseOffset);
  writer.int64(batch.timestamp);
  writer.int32(producer.coordinatorEpoch);
  writer.int64(producer.transactionFirstOffset);
}

function readEntry(reader: ByteReader): SnapshotEntry {
  return {
    producerId: reader.int64(),
    producerEpoch: reader.int16(),
    lastSequence: reader.int32(),
    lastOffset: reader.int64(),
    offsetDelta: reader.int32(),
    timestamp: reader.int64(),
    coordinatorEpoch: reader.int32(),
    transactionFirstOffset: reader.int64(),
  };
}
