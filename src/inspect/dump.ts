/**
 * dump: what one file holds, line by line, as plain values. Works on damaged files: says where, and goes on behind it.
 *
 *   journal/00000000            frame, entry, record      grid of 4 KiB; frames of earlier lives too (`chains: false`)
 *   *.log                       batch, record
 *   *.index, *.timeindex        entry
 *   *.txnindex                  aborted
 *   *.snapshot                  producer
 *   *.dedupe                    ids
 *   manifest-a, manifest-b      manifest, partition, segment
 */
import type { Disk, File } from '../env/index.ts';
import { type Entry, framesOnGrid, slotIndex } from '../journal/index.ts';
import {
  ABORTED_ENTRY_BYTES,
  checkedBatches,
  decodeAborted,
  decodeManifest,
  decodeDedupeSnapshot,
  decodeProducerSnapshot,
  MANIFEST_FILES,
  OFFSET_ENTRY_BYTES,
  OffsetIndex,
  parseFileName,
  TIME_ENTRY_BYTES,
  TimeIndex,
  wholeFile,
} from '../log/index.ts';
import { decodeRecords, RecordBatch } from '../protocol/index.ts';

export interface DumpOptions {
  /** Opens the batches. */
  readonly records?: boolean;
}

/** One line: `at` is the byte in the file where it lies, `damaged` says what is wrong with the bytes up to `to`. */
export interface DumpLine {
  readonly type: string;
  readonly at: number;
  readonly to?: number;
  readonly damaged?: string;
  readonly [field: string]: unknown;
}

type Dump = (file: File, name: string, options: DumpOptions) => AsyncGenerator<DumpLine>;

/** One batch may grow to so much when it is opened. */
const OPENED_BYTES_MAX = 256 * 1024 * 1024;
const SUFFIXES: Readonly<Record<string, Dump>> = {
  '.log': dumpLog,
  '.index': dumpIndex,
  '.timeindex': dumpTimeIndex,
  '.txnindex': dumpAborted,
  '.snapshot': dumpSnapshot,
  '.dedupe': dumpIds,
};

/** Undefined: the name is none that gregor gives. */
export function dumpOf(name: string): Dump | undefined {
  if ((MANIFEST_FILES as readonly string[]).includes(name)) return dumpManifest;
  if (slotIndex(name) !== undefined) return dumpJournal;
  const suffix = parseFileName(name)?.suffix;
  return suffix === undefined ? undefined : SUFFIXES[suffix];
}

/** The lines of a file on this disk. */
export async function* dump(disk: Disk, name: string, dumpIt: Dump, options: DumpOptions) {
  const file = await disk.open(name);
  try {
    yield* dumpIt(file, name, options);
  } finally {
    await file.close();
  }
}

async function* dumpJournal(file: File, name: string, options: DumpOptions): AsyncGenerator<DumpLine> {
  let before: { sequence: number; crc: number } | undefined;
  for await (const met of framesOnGrid(file, name)) {
    if (met.kind === 'none') {
      const damaged = 'no whole frame: a leftover of an earlier life, a torn frame, or damage';
      yield { type: met.used ? 'bytes' : 'free', at: met.from, to: met.to, ...(met.used ? { damaged } : {}) };
      continue;
    }
    const { header, position, entries } = met;
    const chains =
      before === undefined || (header.sequence === before.sequence + 1 && header.previousCrc === before.crc);
    before = header;
    const { crc, previousCrc, ...fields } = header;
    yield {
      type: 'frame',
      at: position,
      to: position + header.length,
      chains,
      ...fields,
      ...crcs(crc, previousCrc),
    };
    for (const { entry, bytes } of entries) {
      yield { type: entry.kind, at: position, ...fieldsOf(entry), ...lengthOf(entry, bytes) };
      if (bytes !== undefined && options.records === true) yield* recordsOf(bytes, position);
    }
  }
}

function crcs(crc: number, previousCrc: number) {
  return { crc: hex(crc), previousCrc: hex(previousCrc) };
}

function fieldsOf({ kind: _, ...fields }: Entry): Readonly<Record<string, unknown>> {
  return fields;
}

/** A segment has a length of its own, and no bytes here. */
function lengthOf(entry: Entry, bytes: Buffer | undefined) {
  return entry.kind === 'segment' ? {} : { bytes: bytes?.length ?? 0 };
}

async function* dumpLog(file: File, name: string, options: DumpOptions): AsyncGenerator<DumpLine> {
  for await (const met of checkedBatches(file, wholeFile(parseFileName(name)!.offset, file.size))) {
    if (met.kind === 'damage') {
      yield { type: 'bytes', at: met.from, to: met.to, damaged: met.what };
      continue;
    }
    const { position, bytes } = met.batch;
    yield { type: 'batch', at: position, to: position + bytes, ...batchFields(RecordBatch.at(met.bytes, 0)) };
    if (options.records === true) yield* recordsOf(Buffer.from(met.bytes), position);
  }
}

function batchFields(batch: RecordBatch) {
  const { baseOffset, lastOffset, leaderEpoch, compression, isControl, isTransactional } = batch;
  const { producerId, producerEpoch, baseSequence, recordCount, maxTimestamp, crc } = batch;
  return {
    ...{ baseOffset, lastOffset, recordCount, leaderEpoch, maxTimestamp, compression },
    ...{ producerId, producerEpoch, baseSequence, isTransactional, isControl, crc: hex(crc) },
  };
}

function* recordsOf(bytes: Buffer, at: number): Generator<DumpLine> {
  try {
    for (const { offset, timestamp, key, value, headers } of decodeRecords(
      RecordBatch.at(bytes, 0),
      OPENED_BYTES_MAX,
    ))
      yield { type: 'record', at, offset, timestamp, key, value, headers };
  } catch (error) {
    yield { type: 'record', at, damaged: `the records cannot be opened: ${(error as Error).message}` };
  }
}

async function* dumpIndex(file: File, name: string): AsyncGenerator<DumpLine> {
  const index = new OffsetIndex(parseFileName(name)!.offset, await file.read(0, file.size));
  let before = { offset: -1, position: -1 };
  for (let n = 0; n < index.count; n++) {
    const entry = index.entry(n)!;
    const rises = entry.offset > before.offset && entry.position > before.position;
    yield {
      type: 'entry',
      at: n * OFFSET_ENTRY_BYTES,
      ...entry,
      ...(rises ? {} : { damaged: 'it does not rise' }),
    };
    before = entry;
  }
  yield* restOf(file.size, index.count * OFFSET_ENTRY_BYTES);
}

async function* dumpTimeIndex(file: File, name: string): AsyncGenerator<DumpLine> {
  const index = new TimeIndex(parseFileName(name)!.offset, await file.read(0, file.size));
  let before = { offset: -1, timestamp: -1 };
  for (let n = 0; n < index.count; n++) {
    const entry = index.entry(n)!;
    const rises = entry.offset > before.offset && entry.timestamp > before.timestamp;
    yield {
      type: 'entry',
      at: n * TIME_ENTRY_BYTES,
      ...entry,
      ...(rises ? {} : { damaged: 'it does not rise' }),
    };
    before = entry;
  }
  yield* restOf(file.size, index.count * TIME_ENTRY_BYTES);
}

async function* dumpAborted(file: File): AsyncGenerator<DumpLine> {
  const whole = file.size - (file.size % ABORTED_ENTRY_BYTES);
  const entries = decodeAborted(await file.read(0, whole));
  if (entries === undefined)
    yield {
      type: 'bytes',
      at: 0,
      to: whole,
      damaged: 'no aborted transactions in the order of their markers',
    };
  for (const [n, entry] of (entries ?? []).entries())
    yield { type: 'aborted', at: n * ABORTED_ENTRY_BYTES, ...entry };
  yield* restOf(file.size, whole);
}

function* restOf(size: number, end: number): Generator<DumpLine> {
  if (end < size) yield { type: 'bytes', at: end, to: size, damaged: 'no whole entry' };
}

async function* dumpSnapshot(file: File): AsyncGenerator<DumpLine> {
  const bytes = await file.read(0, file.size);
  const producers = decodeProducerSnapshot(bytes);
  if (producers === undefined)
    yield { type: 'bytes', at: 0, to: bytes.length, damaged: 'no whole snapshot, or its CRC-32C is wrong' };
  for (const producer of producers ?? []) yield { type: 'producer', at: 0, ...producer };
}

async function* dumpIds(file: File): AsyncGenerator<DumpLine> {
  const bytes = await file.read(0, file.size);
  const snapshot = decodeDedupeSnapshot(bytes);
  if (snapshot === undefined) {
    yield {
      type: 'bytes',
      at: 0,
      to: bytes.length,
      damaged: 'no whole snapshot of ids, or its CRC-32C is wrong',
    };
    return;
  }
  const { lastTime, counting, held } = snapshot;
  yield { type: 'ids', at: 0, counting: counting.count, firstPosition: counting.first, lastTime };
  for (const { producerId, count } of held)
    yield { type: 'ids', at: 0, producerId, heldByTransaction: count };
}

async function* dumpManifest(file: File): AsyncGenerator<DumpLine> {
  const bytes = await file.read(0, file.size);
  const copy = decodeManifest(bytes);
  if (typeof copy === 'string') {
    yield { type: 'bytes', at: 0, to: bytes.length, damaged: copy };
    return;
  }
  const { partitions, ...content } = copy.content;
  yield { type: 'manifest', at: 0, generation: copy.generation, ...content };
  for (const { segments, ...log } of partitions) {
    yield { type: 'partition', at: 0, ...log };
    for (const segment of segments)
      yield { type: 'segment', at: 0, topicId: log.topicId, partition: log.partition, ...segment };
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
