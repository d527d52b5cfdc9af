/**
 * SegmentReader: whole, checked batches of one segment by offset or by timestamp.
 *
 *   index entry -> walk by heads to the batch that holds the offset -> read -> check offsets and CRC of each batch
 *
 * Nothing leaves this file whose CRC was not right. Where a batch is damaged, what lies before it and behind it is still
 * served; only who asks for an offset in the damaged range gets CORRUPT_MESSAGE.
 */
import type { BufferPool, File } from '../env/index.ts';
import type { KafkaError } from '../protocol/index.ts';
import { findBatch, fits, walk, Window } from './batch-walk.ts';
import type { Segment } from './segment.ts';
import { type BatchHeader, HEADER_BYTES, headerAt, isCrcRight } from './segment-format.ts';

/** Where an offset lies, when an earlier read told. */
export interface KnownPosition {
  readonly offset: number;
  readonly position: number;
}

export interface Read {
  /** Whole batches; empty when the first one ends at or above the end offset. */
  readonly bytes: Buffer;
  /** Where the next batch begins. */
  readonly next: KnownPosition | undefined;
}

export interface ReadLimits {
  readonly maxBytes: number;
  /** Batches that do not end below it are not returned. */
  readonly endOffset: number;
  /** What is read lies in its memory, else in memory of its own. */
  readonly buffers?: BufferPool;
}

/** Batches from the one that holds `offset`; when no batch holds it (compaction), from the next one. */
export async function readBatches(
  segment: Segment,
  offset: number,
  limits: ReadLimits,
  known?: KnownPosition,
): Promise<Read> {
  let position = known?.offset === offset ? known.position : await locate(segment, offset);
  for (;;) {
    const read = await segment.withFile((file) => readAt(segment, file, position, offset, limits));
    if (!('damagedAt' in read)) return read;
    position = await afterDamage(segment, offset, read);
  }
}

interface Damaged {
  readonly damagedAt: number;
  readonly what: string;
}

async function readAt(
  segment: Segment,
  file: File,
  position: number,
  offset: number,
  limits: ReadLimits,
): Promise<Read | Damaged> {
  const { state } = segment;
  let bytes = await file.read(
    position,
    Math.min(Math.max(limits.maxBytes, HEADER_BYTES), state.bytes - position),
    limits.buffers,
  );
  let end = 0;
  let expected: number | undefined;
  for (;;) {
    if (position + end >= state.bytes) break;
    if (end > 0 && end + HEADER_BYTES > bytes.length) break;
    const head = headerAt(bytes, end, position + end);
    if (head === undefined || !fits(head, state, expected) || (end === 0 && !holds(segment, head, offset))) {
      if (end > 0) break; // what lies before the damage is served, the next read meets it
      return { damagedAt: position, what: 'no batch begins here' };
    }
    if (head.lastOffset >= limits.endOffset) break;
    if (end > 0 && end + head.bytes > Math.min(limits.maxBytes, bytes.length)) break;
    if (end + head.bytes > bytes.length) {
      limits.buffers?.release(bytes);
      bytes = await file.read(position, head.bytes, limits.buffers); // one batch, however large
    }
    if (end + head.bytes > bytes.length || !isCrcRight(bytes, end, head.bytes)) {
      if (end > 0) break;
      return { damagedAt: position, what: `the CRC-32C of the batch at offset ${head.baseOffset} is wrong` };
    }
    end += head.bytes;
    expected = head.lastOffset + 1;
  }
  const next = expected === undefined ? undefined : { offset: expected, position: position + end };
  return { bytes: bytes.subarray(0, end), next };
}

/** The base offset is not covered by the CRC: what was looked for must be in the batch, unless compaction took it. */
function holds({ state }: Segment, head: BatchHeader, offset: number): boolean {
  return state.sparse === true || (head.baseOffset <= offset && head.lastOffset >= offset);
}

/** Reports the damage; answers where the batch with `offset` begins if it lies behind it, else throws. */
async function afterDamage(segment: Segment, offset: number, damaged: Damaged): Promise<number> {
  const from = damaged.damagedAt;
  const found = await segment.withFile((file) =>
    findBatch(new Window(file, segment.state.bytes), segment.state, from + 1),
  );
  const error = segment.corrupt(from, found?.position ?? segment.state.bytes, damaged.what);
  if (found === undefined || found.baseOffset > offset) throw error;
  return locateFrom(segment, found, offset);
}

/** Position of the batch that holds `offset`, or of the first one after it. */
async function locate(segment: Segment, offset: number): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const index = await segment.index();
    const entry = index.offsets.lookup(offset);
    if (entry === undefined) return locateFrom(segment, undefined, offset);
    const head = await segment.withFile((file) =>
      new Window(file, segment.state.bytes).headerAt(entry.position),
    );
    if (head !== undefined && head.lastOffset === entry.offset && fits(head, segment.state, undefined))
      return locateFrom(segment, head, offset);
    if (attempt > 0) return locateFrom(segment, undefined, offset);
    segment.distrust(index);
  }
}

async function locateFrom(segment: Segment, start: BatchHeader | undefined, offset: number): Promise<number> {
  const { state } = segment;
  if (start !== undefined && start.lastOffset >= offset) return start.position;
  return segment.withFile(async (file) => {
    let damage: KafkaError | undefined;
    const from = start === undefined ? 0 : start.position + start.bytes;
    const expected = start === undefined ? state.baseOffset : start.lastOffset + 1;
    for await (const met of walk(file, state, from, expected)) {
      if (met.kind === 'damage') damage = segment.corrupt(met.from, met.to, 'no batch can be found here');
      else if (met.batch.lastOffset >= offset) {
        if (damage !== undefined && met.batch.baseOffset > offset) throw damage;
        return met.batch.position;
      } else damage = undefined;
    }
    throw damage ?? segment.corrupt(from, state.bytes, `offset ${offset} is not in the segment`);
  });
}

/** Batches whose largest timestamp is at or above `timestamp`, in offset order, as whole and checked bytes. */
export async function* batchesFrom(
  segment: Segment,
  timestamp: number,
  endOffset: number,
): AsyncGenerator<Buffer> {
  const { state } = segment;
  if (state.maxTimestamp < timestamp) return;
  let position: number | undefined = await searchStart(segment, timestamp);
  while (position !== undefined) {
    const batch = await segment.withFile((file) => firstReaching(segment, file, position!, timestamp));
    if (batch === undefined || batch.lastOffset >= endOffset) return;
    const bytes = await segment.withFile((file) => file.read(batch.position, batch.bytes));
    if (bytes.length < batch.bytes || !isCrcRight(bytes, 0, batch.bytes))
      throw segment.corrupt(
        batch.position,
        batch.position + batch.bytes,
        'the CRC-32C of the batch is wrong',
      );
    yield bytes;
    position = batch.position + batch.bytes;
  }
}

async function firstReaching(segment: Segment, file: File, position: number, timestamp: number) {
  for await (const met of walk(file, segment.state, position)) {
    if (met.kind === 'damage') throw segment.corrupt(met.from, met.to, 'no batch can be found here');
    if (met.batch.maxTimestamp >= timestamp) return met.batch;
  }
  return undefined;
}

/** A position before which no record reaches `timestamp`. */
async function searchStart(segment: Segment, timestamp: number): Promise<number> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const index = await segment.index();
    const below = index.times.lastBelow(timestamp);
    const reaching = index.times.firstNotBelow(timestamp);
    // The largest timestamp did not reach it at any entry before the one of `reaching`.
    const entry = reaching === undefined ? index.offsets.last : index.offsets.lookup(reaching.offset - 1);
    if (entry === undefined) return 0;
    const head = await segment.withFile((file) =>
      new Window(file, segment.state.bytes).headerAt(entry.position),
    );
    if (
      head?.lastOffset === entry.offset &&
      (await isTimeRight(segment, below)) &&
      (await isTimeRight(segment, reaching))
    )
      return entry.position;
    segment.distrust(index);
  }
  return 0;
}

/** True when the batch that a time entry names has that timestamp. */
async function isTimeRight(segment: Segment, entry: { timestamp: number; offset: number } | undefined) {
  if (entry === undefined) return true;
  const position = await locate(segment, entry.offset);
  const head = await segment.withFile((file) => new Window(file, segment.state.bytes).headerAt(position));
  return head?.lastOffset === entry.offset && head.maxTimestamp === entry.timestamp;
}
