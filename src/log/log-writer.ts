/**
 * LogWriter: batches into the active segment, or into a new one, as the course says; and the syncs that make bytes and names durable.
 * One write at a time: the caller gives turns. Syncs have an order of their own.
 *
 * Invariants
 *   A1  offsets rise, and within a segment they are dense: a gap begins a new segment (L1 of PartitionLog)
 *   A2  a segment is sealed before the next one begins, and nothing is written behind bytes that are missing
 *   A3  a new name is durable after the next sync
 *   A4  one sync at a time: nobody takes for clean what another sync has under way, and after one failed there is no other (D5)
 */
import { assert } from '../base/index.ts';
import type { Disk, WriteOptions } from '../env/index.ts';
import { Course, type Plan } from './course.ts';
import type { SegmentState, WritableBatch } from './log-state.ts';
import { Segment, type SegmentHome } from './segment.ts';
import { PARTITIONS_DIRECTORY } from './segment-format.ts';
import type { SegmentList } from './segment-list.ts';

/** What was written: the segments as they were then. */
export type Written = readonly { readonly segment: Segment; readonly state: SegmentState }[];

interface WrittenRun {
  readonly segment: Segment;
  /** Of the segment, before and after. */
  readonly before: SegmentState;
  readonly state: SegmentState;
}

export class LogWriter {
  readonly #home: SegmentHome;
  readonly #disk: Disk;
  readonly #segments: SegmentList;
  readonly course: Course;
  #newFiles: 'none' | 'files' | 'directory' = 'none';
  #isPrepared = false;
  /** True: bytes of the active segment that count are missing. */
  #isBroken = false;
  #syncing: Promise<void> = Promise.resolve();
  /** Exclusive: nothing at or above it is in a segment. */
  writtenEnd: number;

  constructor(home: SegmentHome, disk: Disk, segments: SegmentList) {
    this.#home = home;
    this.#disk = disk;
    this.#segments = segments;
    this.course = new Course(home, segments.active?.state);
    this.writtenEnd = this.course.end;
  }

  /** True: what the active segment holds was looked at, or there is none. Only then the course is certain. */
  get isPrepared(): boolean {
    return this.#isPrepared || this.#segments.active === undefined;
  }

  /** Nothing is written behind bytes that are missing: a damaged segment stays as it is, and a new one begins. */
  async prepare(): Promise<void> {
    const { active } = this.#segments;
    if (this.#isPrepared || active === undefined) return;
    this.#isBroken = !(await active.prepare());
    if (this.#isBroken) this.course.breakOff();
    this.#isPrepared = true;
  }

  /** Writes whole, stamped batches where the plan says. Not durable before `sync`. */
  async write(plan: Plan, batches: readonly WritableBatch[], options?: WriteOptions): Promise<WrittenRun[]> {
    const written: WrittenRun[] = [];
    for (const { from, to, begins, state } of plan.runs) {
      assert(batches[from]!.baseOffset >= this.writtenEnd, 'A1'); // A1
      const isFirst = this.#segments.active === undefined || this.#segments.all[0]!.state.bytes === 0;
      const segment = begins ? await this.#begin(state) : this.#segments.active!;
      const before = segment.state;
      const run = batches.slice(from, to);
      await segment.append(run, options);
      if (before.bytes === 0) this.#noteNames(isFirst ? 'directory' : 'files');
      if (run.some((batch) => batch.aborted !== undefined)) this.noteNewFile();
      this.writtenEnd = batches[to - 1]!.lastOffset + 1;
      written.push({ segment, before, state: segment.state });
    }
    return written;
  }

  async #begin({ baseOffset, createdAt }: SegmentState): Promise<Segment> {
    const { active } = this.#segments;
    if (active !== undefined && !this.#isBroken && active.state.bytes > 0) await active.seal(); // A2
    const segment = Segment.begin(this.#home, baseOffset, createdAt!);
    this.#segments.dropEmpty();
    this.#segments.push(segment);
    this.#isPrepared = true;
    this.#isBroken = false;
    return segment;
  }

  /** True when the next batch begins a new segment because of the active one's age. */
  isRollDue(now: number): boolean {
    const active = this.#segments.active?.state;
    return active !== undefined && this.course.isOld(active, now);
  }

  /** Lets go of segments that end below `offset`, and will. */
  detachBelow(offset: number) {
    const isAll = this.course.endsBelow(offset);
    const detached = this.#segments.detachBelow(offset, isAll);
    if (this.#segments.active === undefined && detached.count > 0) this.course.breakOff();
    return detached;
  }

  /** A name was made in the partition's folder (A3); before the first segment's, the folder itself is new. */
  noteNewFile(): void {
    this.#noteNames(this.#segments.active === undefined ? 'directory' : 'files');
  }

  /** Only once the name is there: a sync that runs beside this would look too early. */
  #noteNames(what: 'files' | 'directory'): void {
    if (this.#newFiles !== 'directory') this.#newFiles = what;
  }

  /** `work` is the only sync that runs (A4). */
  syncAlone(work: () => Promise<void>): Promise<void> {
    const done = this.#syncing.then(work);
    done.catch(() => {
      // who asked hears of it; and everybody who comes later
    });
    this.#syncing = done;
    return done;
  }

  /** Makes every write that resolved before the call durable. */
  async syncSegments(): Promise<void> {
    for (const segment of this.#segments.all) if (segment.isDirty) await segment.sync();
  }

  /** Makes every name that was noted before the call durable. */
  async syncNames(): Promise<void> {
    const noted = this.#newFiles;
    if (noted === 'none') return;
    this.#newFiles = 'none';
    await this.#disk.syncDirectory(this.#home.directory);
    if (noted === 'directory') {
      await this.#disk.syncDirectory(PARTITIONS_DIRECTORY);
      await this.#disk.syncDirectory('');
    }
  }
}
