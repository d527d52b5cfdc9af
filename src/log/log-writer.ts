/**
 * LogWriter: batches into the active segment, or into a new one; and the sync that makes bytes and names durable. One call
 * at a time: the caller gives turns.
 *
 * Invariants
 *   A1  offsets rise, and within a segment they are dense: a gap begins a new segment (L1 of PartitionLog)
 *   A2  a segment is sealed before the next one begins, and nothing is written behind bytes that are missing
 *   A3  a new name is durable after the next sync
 */
import { assert, murmur2 } from '../base/index.ts';
import type { Disk, WriteOptions } from '../env/index.ts';
import type { WritableBatch } from './log-state.ts';
import { Segment, type SegmentHome } from './segment.ts';
import { PARTITIONS_DIRECTORY } from './segment-format.ts';
import type { SegmentList } from './segment-list.ts';

const RELATIVE_OFFSET_MAX = 2 ** 31 - 1;
const POSITION_MAX = 2 ** 31 - 1;

export class LogWriter {
  readonly #home: SegmentHome;
  readonly #disk: Disk;
  readonly #segments: SegmentList;
  #newFiles: 'none' | 'files' | 'directory' = 'none';
  /** Exclusive: nothing at or above it is in a segment. */
  writtenEnd: number;

  constructor(home: SegmentHome, disk: Disk, segments: SegmentList) {
    this.#home = home;
    this.#disk = disk;
    this.#segments = segments;
    this.writtenEnd = (segments.active?.state.lastOffset ?? -1) + 1;
  }

  /** Writes whole, stamped batches behind the last one, in offset order. Not durable before `sync`. */
  async write(batches: readonly WritableBatch[], now: number, options?: WriteOptions): Promise<void> {
    for (let from = 0; from < batches.length; ) {
      const segment = await this.#segmentFor(batches[from]!, now);
      const to = this.#runEnd(segment, batches, from, now);
      const run = batches.slice(from, to);
      await segment.append(run, options);
      if (run.some((batch) => batch.aborted !== undefined)) this.noteNewFile();
      this.writtenEnd = batches[to - 1]!.lastOffset + 1;
      from = to;
    }
  }

  /** The active segment, or a new one when this batch must not go there. */
  async #segmentFor(batch: WritableBatch, now: number): Promise<Segment> {
    assert(batch.baseOffset >= this.writtenEnd, 'A1'); // A1
    const { active } = this.#segments;
    // Nothing is written behind bytes that are missing: a damaged segment stays as it is, and a new one begins.
    const isWhole = active === undefined || (await active.prepare());
    if (
      active !== undefined &&
      isWhole &&
      !this.#mustRoll(active, active.state.bytes, active.state.lastOffset + 1, batch, now)
    )
      return active;
    if (active !== undefined && isWhole && active.state.bytes > 0) await active.seal(); // A2
    const segment = Segment.begin(this.#home, batch.baseOffset, now);
    this.#segments.dropEmpty();
    this.noteNewFile();
    this.#segments.push(segment);
    return segment;
  }

  /** End of the run of batches that goes to this segment; at least one. */
  #runEnd(segment: Segment, batches: readonly WritableBatch[], from: number, now: number): number {
    let bytes = segment.state.bytes + batches[from]!.bytes.length;
    let to = from + 1;
    while (to < batches.length) {
      const batch = batches[to]!;
      if (this.#mustRoll(segment, bytes, batches[to - 1]!.lastOffset + 1, batch, now)) break;
      bytes += batch.bytes.length;
      to++;
    }
    return to;
  }

  #mustRoll(segment: Segment, bytes: number, endOffset: number, batch: WritableBatch, now: number): boolean {
    const { options } = this.#home;
    const { baseOffset, createdAt = now } = segment.state;
    if (bytes === 0) return batch.baseOffset !== baseOffset;
    return (
      bytes + batch.bytes.length > Math.min(options.segmentBytes, POSITION_MAX) ||
      now - createdAt >= this.#lifetimeOf(baseOffset) ||
      batch.lastOffset - baseOffset > RELATIVE_OFFSET_MAX ||
      batch.baseOffset !== endOffset // A1
    );
  }

  /**
   * `segment.ms`, up to `segment.jitter.ms` less: how much less is the segment's own, so that the segments of many partitions
   * are not rolled at the same moment, and the same segment is always rolled at the same one.
   */
  #lifetimeOf(baseOffset: number): number {
    const { directory, options } = this.#home;
    const { segmentMs, segmentJitterMs } = options;
    if (segmentJitterMs === 0) return segmentMs;
    const chance = (murmur2(Buffer.from(`${directory}/${baseOffset}`)) >>> 0) / 2 ** 32;
    return segmentMs - Math.floor(chance * Math.min(segmentJitterMs, segmentMs));
  }

  /** True when the next batch begins a new segment because of the active one's age. */
  isRollDue(now: number): boolean {
    const active = this.#segments.active?.state;
    if (active === undefined || active.bytes === 0) return false;
    return now - (active.createdAt ?? now) >= this.#lifetimeOf(active.baseOffset);
  }

  /** A name was made in the partition's folder (A3); before the first segment's, the folder itself is new. */
  noteNewFile(): void {
    if (this.#newFiles === 'none')
      this.#newFiles = this.#segments.active === undefined ? 'directory' : 'files';
  }

  /** Makes every write that resolved before the call durable. */
  async syncSegments(): Promise<void> {
    for (const segment of this.#segments.all) if (segment.isDirty) await segment.sync();
  }

  /** Makes every name that was noted before the call durable. */
  async syncNames(): Promise<void> {
    if (this.#newFiles === 'none') return;
    await this.#disk.syncDirectory(this.#home.directory);
    if (this.#newFiles === 'directory') {
      await this.#disk.syncDirectory(PARTITIONS_DIRECTORY);
      await this.#disk.syncDirectory('');
    }
    this.#newFiles = 'none';
  }
}
