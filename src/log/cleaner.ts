/**
 * Cleaner: compaction of one log: of each key only the newest record stays, of all that lies below the newest segment.
 *
 *   1  the dirty part is read: key -> newest offset, as many keys as the map takes; the pass ends where it is full
 *   2  group after group of segments, from the log start: what stays is written to new segments, synced, and put in place
 *   3  the next checkpoint's manifest names the new ones; after it the old ones are unlinked
 *
 * Invariants
 *   X1  (K5) old segments are whole and named until a manifest that names the new ones is durable; the other way round they
 *       are never both part of the log
 *   X2  a group is only put in place while all segments that it was made from are still there (retention may be faster)
 *   X3  batches keep base and last offset; the newest segment is never touched, so the end of the log stays known
 *   X4  damage is never cleaned away: a batch that cannot be read ends the pass with CORRUPT_MESSAGE
 *
 * A pass that is broken off has done no harm: groups that were put in place stay, and the next pass begins with the same
 * dirty part. It reads and writes in slices and lets others run between them.
 */
import type { Clock, Disk } from '../env/index.ts';
import { forEachBatch, RecordBatch, sliceRecords } from '../protocol/index.ts';
import { BatchCleaner, type CleaningRules, OPENED_BYTES_MAX } from './batch-cleaner.ts';
import type { Cleanable } from './cleanable.ts';
import type { WritableBatch } from './log-state.ts';
import { OffsetMap } from './offset-map.ts';
import type { PartitionLog } from './partition-log.ts';
import { cleanedFolder } from './segment-format.ts';
import type { Segment } from './segment.ts';
import { type KnownPosition, readBatches } from './segment-reader.ts';

/** Read, and worked through, before others run. */
const SLICE_BYTES = 256 * 1024;
const RELATIVE_OFFSET_MAX = 2 ** 31 - 1;
const POSITION_MAX = 2 ** 31 - 1;

export interface CleanerParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: PartitionLog;
  readonly segmentBytes: number;
  /** `log.cleaner.dedupe.buffer.size`: memory for the map of keys. */
  readonly mapBytes: number;
  readonly rules: Omit<CleaningRules, 'mappedTo' | 'now'>;
  readonly signal: AbortSignal;
}

export interface Cleaned {
  /** Exclusive: the part up to here is clean. Below what was asked for when the map was full. */
  readonly cleanedTo: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/** One pass. Undefined when it was broken off: retention or a deletion came first, or the broker stops. */
export async function clean(parts: CleanerParts, range: Cleanable): Promise<Cleaned | undefined> {
  const { log, clock } = parts;
  await log.tidy(); // leftovers of an earlier life may have the names that are needed now
  const segments = log.sealed.filter(({ state }) => state.lastOffset < range.upTo);
  const map = new OffsetMap(parts.mapBytes);
  const mappedTo = await fill(map, parts, segments, range);
  if (mappedTo === undefined || mappedTo <= range.from) return undefined;
  const cleaner = new BatchCleaner(map, { ...parts.rules, mappedTo, now: clock.now() });
  const generation = log.nextGeneration();
  const due = segments.filter(({ state }) => state.baseOffset < mappedTo);
  let [bytesBefore, bytesAfter] = [0, 0];
  for (const group of groupsOf(due, Math.min(parts.segmentBytes, POSITION_MAX))) {
    const writer = new CleanedWriter(parts, generation, group);
    const isPlaced = await cleanGroup(parts, cleaner, group, writer);
    if (!isPlaced) return undefined;
    bytesBefore += sizeOf(group);
    bytesAfter += sizeOf(writer.isSame ? group : writer.segments);
  }
  log.setCleaned(mappedTo);
  return { cleanedTo: mappedTo, bytesBefore, bytesAfter };
}

/** Reads the dirty part into the map. Answers where it ends; undefined: broken off. */
async function fill(
  map: OffsetMap,
  parts: CleanerParts,
  segments: readonly Segment[],
  { from, upTo }: Cleanable,
): Promise<number | undefined> {
  for (const segment of segments) {
    if (segment.state.lastOffset < from) continue;
    for await (const bytes of slicesOf(segment, parts)) {
      if (parts.signal.aborted) return undefined;
      let full: number | undefined;
      forEachBatch(bytes, (batch) => {
        full ??= mapBatch(map, batch, from, parts);
      });
      if (full !== undefined) return full;
    }
  }
  return upTo;
}

/** The offset of the first record whose key found no room. */
function mapBatch(
  map: OffsetMap,
  batch: RecordBatch,
  from: number,
  { rules }: CleanerParts,
): number | undefined {
  if (batch.isControl || batch.lastOffset < from || rules.isAborted(batch)) return undefined;
  for (const { key, offset } of sliceRecords(batch, OPENED_BYTES_MAX))
    if (key !== null && offset >= from && !map.put(key, offset)) return offset;
  return undefined;
}

/** Neighbours that together are no larger than a segment. */
function groupsOf(segments: readonly Segment[], bytesMax: number): Segment[][] {
  const groups: Segment[][] = [];
  let bytes = 0;
  for (const segment of segments) {
    const group = groups.at(-1);
    const isNear =
      group !== undefined && segment.state.lastOffset - group[0]!.state.baseOffset <= RELATIVE_OFFSET_MAX;
    if (group !== undefined && isNear && bytes + segment.state.bytes <= bytesMax) group.push(segment);
    else {
      groups.push([segment]);
      bytes = 0;
    }
    bytes += segment.state.bytes;
  }
  return groups;
}

/** True when the group was cleaned and put in place, or needed no cleaning. */
async function cleanGroup(
  parts: CleanerParts,
  cleaner: BatchCleaner,
  group: readonly Segment[],
  writer: CleanedWriter,
): Promise<boolean> {
  try {
    for (const segment of group)
      for await (const bytes of slicesOf(segment, parts)) {
        if (parts.signal.aborted) break;
        forEachBatch(bytes, (batch) => writer.add(batch, cleaner.clean(batch)));
        await writer.flush();
      }
    if (!parts.signal.aborted) {
      await writer.finish();
      if (writer.isSame || (await parts.log.replace(group, writer.segments))) {
        if (writer.isSame) await writer.discard();
        return true;
      }
    }
  } catch (error) {
    await writer.discard();
    throw error;
  }
  await writer.discard();
  return false;
}

/** A segment's batches, whole and checked, a slice at a time, with a turn for others between. */
async function* slicesOf(segment: Segment, { clock }: CleanerParts): AsyncGenerator<Buffer> {
  const limits = { maxBytes: SLICE_BYTES, endOffset: Number.POSITIVE_INFINITY };
  let known: KnownPosition | undefined;
  while (known === undefined || known.offset <= segment.state.lastOffset) {
    const read = await readBatches(segment, known?.offset ?? segment.state.baseOffset, limits, known);
    yield read.bytes;
    known = read.next!;
    await clock.turn();
  }
}

/** What is left of one group of segments, on its way to new ones. */
class CleanedWriter {
  readonly #parts: CleanerParts;
  readonly #generation: number;
  readonly #baseOffset: number;
  readonly #createdAt: number;
  /** Made so far; the last one is being written. */
  readonly segments: Segment[] = [];
  /** True as long as one segment's every byte stayed what it was. */
  isSame: boolean;
  #waiting: WritableBatch[] = [];

  constructor(parts: CleanerParts, generation: number, group: readonly Segment[]) {
    this.#parts = parts;
    this.#generation = generation;
    this.#baseOffset = group[0]!.state.baseOffset;
    this.#createdAt = group.at(-1)!.state.createdAt ?? parts.clock.now();
    this.isSame = group.length === 1;
  }

  add(before: RecordBatch, after: Buffer | undefined): void {
    if (after === undefined || !after.equals(before.bytes)) this.isSame = false;
    if (after === undefined) return;
    const { baseOffset, lastOffset } = before;
    const { maxTimestamp } = RecordBatch.at(after, 0);
    this.#waiting.push({ bytes: after, baseOffset, lastOffset, maxTimestamp });
  }

  async flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length; ) {
      const segment = this.#segmentFor(waiting[from]!);
      let bytes = segment.state.bytes + waiting[from]!.bytes.length;
      let to = from + 1;
      while (to < waiting.length && bytes + waiting[to]!.bytes.length <= POSITION_MAX)
        bytes += waiting[to++]!.bytes.length;
      await segment.append(waiting.slice(from, to));
      from = to;
    }
  }

  #segmentFor(batch: WritableBatch): Segment {
    const last = this.segments.at(-1);
    if (last !== undefined && last.state.bytes + batch.bytes.length <= POSITION_MAX) return last;
    const baseOffset = last === undefined ? this.#baseOffset : batch.baseOffset;
    const segment = this.#parts.log.beginCleaned(this.#generation, baseOffset, this.#createdAt);
    this.segments.push(segment);
    return segment;
  }

  /** Everything durable, names too (X1). */
  async finish(): Promise<void> {
    if (this.isSame || this.segments.length === 0) return;
    for (const segment of this.segments) {
      await segment.seal();
      await segment.sync();
    }
    const { disk, log } = this.#parts;
    await disk.syncDirectory(cleanedFolder(log.directory, this.#generation));
    await disk.syncDirectory(log.directory);
  }

  async discard(): Promise<void> {
    await this.#parts.log.detached(this.segments).unlink();
  }
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { state }) => sum + state.bytes, 0);
}
