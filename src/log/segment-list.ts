/**
 * SegmentList: the segments of one partition in offset order, and how they leave: below the log start, replaced by cleaned
 * ones, or all together.
 *
 *   +-- segment --+-- segment --+-- active -->
 *
 * Invariants
 *   Z1  in offset order, without overlaps; only the last one may be empty, and is written
 *   Z2  a segment that left keeps its files until the caller unlinks them: the manifest on disk may name it
 *   Z3  no two segments ever share a file: cleaned ones lie in a folder of their own generation
 */
import type { Disk } from '../env/index.ts';
import type { LogState, SegmentState } from './log-state.ts';
import { Segment, type SegmentHome } from './segment.ts';
import { cleanedFolder, segmentPath, type Suffix } from './segment-format.ts';

const SEGMENT_SUFFIXES: readonly Suffix[] = ['.log', '.index', '.timeindex', '.txnindex'];

/** Segments that are no part of the log any more. Readers that hold them may finish, or get OFFSET_OUT_OF_RANGE. */
export interface Detached {
  readonly count: number;
  /** Removes their files, one at a time. */
  readonly unlink: () => Promise<void>;
}

export class SegmentList {
  readonly #home: SegmentHome;
  readonly #disk: Disk;
  #all: Segment[];
  /** Replaced by cleaned ones, and perhaps named by the manifest on disk. */
  #retired: Segment[] = [];
  #lastGeneration: number;
  /** How often segments were replaced: what was read before a change fits nothing that is asked after it. */
  replacements = 0;
  /** Told of those that left, in the same turn. An object, not a function: there is one for each of many partitions. */
  listener: { forget(gone: readonly Segment[]): void } | undefined;

  constructor(home: SegmentHome, disk: Disk, { segments, logStartOffset }: LogState) {
    this.#home = home;
    this.#disk = disk;
    this.#lastGeneration = Math.max(0, ...segments.map(({ generation }) => generation ?? 0));
    const counting = segments.filter(({ lastOffset }) => lastOffset >= logStartOffset);
    this.#all = counting.map((segment, at) => new Segment(home, segment, at < counting.length - 1));
  }

  get all(): readonly Segment[] {
    return this.#all;
  }

  get active(): Segment | undefined {
    return this.#all.at(-1);
  }

  /** All but the newest: they are not written any more. */
  get sealed(): readonly Segment[] {
    return this.#all.slice(0, -1);
  }

  /** Those that hold anything. */
  states(): SegmentState[] {
    return this.#all.map(({ counted }) => counted).filter(({ bytes }) => bytes > 0);
  }

  /** Index of the segment that holds `offset`, or of the first one after it. */
  indexOf(offset: number): number {
    let low = 0;
    let high = this.#all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#all[middle]!.state.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** An active segment that nothing was written to is none. */
  dropEmpty(): void {
    if (this.active?.state.bytes === 0) this.#all.pop();
  }

  push(segment: Segment): void {
    this.#all.push(segment);
  }

  /** Lets go of segments that end below `offset`; of the active one only when all of the log does: else more is to come. */
  detachBelow(offset: number, isAll: boolean): Detached {
    const kept = this.#all.findIndex((segment) => segment.state.lastOffset >= offset);
    const going = this.#all.slice(0, kept >= 0 ? kept : isAll ? undefined : -1);
    this.#all = this.#all.slice(going.length);
    return this.detached(going);
  }

  /** Cleaned segments take the place of the ones they were made from. False: those are not here any more. */
  replace(old: readonly Segment[], cleaned: readonly Segment[]): boolean {
    const at = this.#all.indexOf(old[0]!);
    const isHere = at >= 0 && old.every((segment, n) => this.#all[at + n] === segment);
    if (!isHere || at + old.length >= this.#all.length) return false;
    for (const segment of cleaned) segment.count(segment.state);
    this.#all = this.#all.toSpliced(at, old.length, ...cleaned);
    this.replacements++;
    this.#retired.push(...old);
    this.listener?.forget(old);
    return true;
  }

  /** Those that were replaced since the last call. */
  takeRetired(): Detached {
    return this.detached(this.#retired.splice(0));
  }

  /** Everything that has files. */
  detachAll(): Detached {
    const all = [...this.#retired, ...this.#all];
    this.#all = [];
    return this.detached(all);
  }

  /** Segments that are no part of the log (any more), on their way out (Z2). */
  detached(segments: readonly Segment[]): Detached {
    this.listener?.forget(segments);
    for (const segment of segments) segment.removed = true;
    const unlink = async () => {
      for (const segment of segments) await this.#unlink(segment);
    };
    return { count: segments.length, unlink };
  }

  async #unlink(segment: Segment): Promise<void> {
    await segment.close();
    const { directory, files } = this.#home;
    const { generation } = segment.state;
    for (const suffix of SEGMENT_SUFFIXES) await files.remove(segmentPath(directory, segment.state) + suffix);
    if (generation === undefined || generation === this.#lastGeneration) return; // a pass may be writing there
    const folder = cleanedFolder(directory, generation);
    if ((await this.#disk.list(folder)).length === 0) await files.remove(folder);
  }

  /** Names a folder that no segment of this log ever had (Z3). */
  nextGeneration(): number {
    return ++this.#lastGeneration;
  }
}
