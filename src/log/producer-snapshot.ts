/**
 * ProducerSnapshot: the producers of one partition as a file, in Kafka's own format (`.snapshot`, version 1).
 *
 *   version int16 │ crc uint32 (CRC-32C of all that follows) │ count int32 │ count × entry
 *   entry: producer id int64 │ epoch int16 │ last sequence int32 │ last offset int64 │ offset delta int32
 *          │ timestamp int64 │ coordinator epoch int32 │ first offset of the open transaction int64 (−1: none)
 *
 * Kafka writes one entry per producer, with its last batch. We write several with the same producer id, and Kafka's
 * reader lets the last one win, so that it sees what it would have written itself:
 *   1. one without a batch (last offset −1): first sequence seen as its `last sequence`, time of last use as `timestamp`
 *   2. the last five batches, oldest first
 *   3. where the last batch was taken but nothing of it appended (a topic that deduplicates), one more without a batch: the
 *      last sequence as `last sequence`. An older version of this program takes it for the first of a producer.
 */
import { crc32c } from '../base/index.ts';
import { BATCHES_KEPT, newEntry, type ProducerEntry } from './producer-entry.ts';
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

export function encodeProducerSnapshot(producers: Iterable<Readonly<ProducerEntry>>): Buffer {
  const entries = [...producers].flatMap(entriesOf);
  const bytes = Buffer.alloc(ENTRIES_AT + entries.length * ENTRY_BYTES);
  bytes.writeInt16BE(VERSION, 0);
  bytes.writeInt32BE(entries.length, COUNT_AT);
  entries.forEach((entry, index) => writeEntry(bytes, ENTRIES_AT + index * ENTRY_BYTES, entry));
  bytes.writeUInt32BE(crc32c(bytes.subarray(COUNT_AT)), CRC_AT);
  return bytes;
}

/** Undefined when the bytes are no whole snapshot of a version that we know. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < ENTRIES_AT || bytes.readInt16BE(0) !== VERSION) return undefined;
  if (bytes.readUInt32BE(CRC_AT) !== crc32c(bytes.subarray(COUNT_AT))) return undefined;
  const count = bytes.readInt32BE(COUNT_AT);
  if (count < 0 || ENTRIES_AT + count * ENTRY_BYTES > bytes.length) return undefined;
  const producers = new Map<number, ProducerEntry>();
  const firsts = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    const entry = readEntry(bytes, ENTRIES_AT + index * ENTRY_BYTES);
    const producer = producers.get(entry.producerId) ?? newEntry(entry.producerId);
    producers.set(entry.producerId, producer);
    take(producer, entry, firsts);
  }
  return [...producers.values()];
}

function entriesOf(producer: Readonly<ProducerEntry>): SnapshotEntry[] {
  const { producerId, producerEpoch, coordinatorEpoch, transactionFirstOffset } = producer;
  const same = { producerId, producerEpoch, coordinatorEpoch, transactionFirstOffset };
  const last = producer.lastSequence;
  const first = last < 0 ? -1 : sequenceAfter(last, SEQUENCES + 1 - producer.sequencesSeen);
  const head = { ...same, lastSequence: first, lastOffset: -1, offsetDelta: 0, timestamp: producer.usedAt };
  const batches = producer.batches.map((batch) => ({
    ...same,
    lastSequence: batch.lastSequence,
    lastOffset: batch.lastOffset,
    offsetDelta: batch.lastOffset - batch.baseOffset,
    timestamp: batch.timestamp,
  }));
  if (last === (producer.batches.at(-1)?.lastSequence ?? -1)) return [head, ...batches];
  return [head, ...batches, { ...head, lastSequence: last }];
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

function writeEntry(bytes: Buffer, at: number, entry: SnapshotEntry): void {
  bytes.writeBigInt64BE(BigInt(entry.producerId), at);
  bytes.writeInt16BE(entry.producerEpoch, at + 8);
  bytes.writeInt32BE(entry.lastSequence, at + 10);
  bytes.writeBigInt64BE(BigInt(entry.lastOffset), at + 14);
  bytes.writeInt32BE(entry.offsetDelta, at + 22);
  bytes.writeBigInt64BE(BigInt(entry.timestamp), at + 26);
  bytes.writeInt32BE(entry.coordinatorEpoch, at + 34);
  bytes.writeBigInt64BE(BigInt(entry.transactionFirstOffset), at + 38);
}

function readEntry(bytes: Buffer, at: number): SnapshotEntry {
  return {
    producerId: Number(bytes.readBigInt64BE(at)),
    producerEpoch: bytes.readInt16BE(at + 8),
    lastSequence: bytes.readInt32BE(at + 10),
    lastOffset: Number(bytes.readBigInt64BE(at + 14)),
    offsetDelta: bytes.readInt32BE(at + 22),
    timestamp: Number(bytes.readBigInt64BE(at + 26)),
    coordinatorEpoch: bytes.readInt32BE(at + 34),
    transactionFirstOffset: Number(bytes.readBigInt64BE(at + 38)),
  };
}
