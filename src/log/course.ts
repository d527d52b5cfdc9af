/**
 * Course: where the next batches of a log go, known in the turn in which they get their offsets, and before they are written.
 *
 *   segments +-- written --+ planned +     `at`: the state of the newest segment once everything planned is written
 *
 * Invariants
 *   W1  batches are planned in offset order, each once; they are written in the order of the plans
 *   W2  a segment is rolled here and nowhere else
 *   W3  `told` begins with the segment that a durable list of segments ended with: the newest one in a frame, or in the manifest before the
 *       newest. Who has that list and this one knows every segment, also where the newest manifest is damaged
 */
import { assert, murmur2 } from '../base/index.ts';
import { lengthOf, type SegmentState, type WritableBatch } from './log-state.ts';
import type { SegmentHome } from './segment.ts';
import { type GrowingState, grow, unwritten } from './segment-growth.ts';

const RELATIVE_OFFSET_MAX = 2 ** 31 - 1;
const POSITION_MAX = 2 ** 31 - 1;

/** Neighbours among the planned batches that go to one segment. */
export interface Run {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** True: the segment begins with them. */
  readonly begins: boolean;
  /** The segment once they are written. */
  readonly state: SegmentState;
}

export interface Plan {
  readonly runs: readonly Run[];
  /** Every segment that a reader of that list does not know as it will be (W3). */
  readonly told: readonly SegmentState[];
}

/** Plans of which each goes on where the one before ended, as one. */
export function joined(plans: readonly Plan[]): Plan {
  const runs: Run[] = [];
  let count = 0;
  for (const plan of plans) {
    for (const { from, to, begins, state } of plan.runs) {
      const last = runs.at(-1);
      if (last === undefined || begins) runs.push({ from: count + from, to: count + to, begins, state });
      else runs[runs.length - 1] = { ...last, to: count + to, state };
    }
    count += plan.runs.at(-1)?.to ?? 0;
  }
  return { runs, told: plans.at(-1)?.told ?? [] };
}

export class Course {
  readonly #home: SegmentHome;
  #at: SegmentState | undefined;
  /** Complete, and in no durable list as they are now. */
  #rolled: SegmentState[] = [];
  /** The newest segment of the list that whoever reads the journal has (W3). */
  #toldBase: number;
  /** Of the newest manifest. */
  #savedBase = -1;
  /** Exclusive: the end of what is planned. */
  end: number;

  constructor(home: SegmentHome, at: SegmentState | undefined) {
    this.#home = home;
    this.#at = at;
    this.#toldBase = at?.baseOffset ?? -1;
    this.end = (at?.lastOffset ?? -1) + 1;
  }

  /** Where whole, stamped batches would go. Nothing changes. */
  plan(batches: readonly WritableBatch[], now: number): Plan {
    assert(batches[0] === undefined || batches[0].baseOffset >= this.end, 'A1'); // W1
    const runs: Run[] = [];
    const told = [...this.#rolled];
    let at: GrowingState | undefined = this.#at === undefined ? undefined : { ...this.#at };
    let run: (Omit<Run, 'to'> & { to: number }) | undefined;
    for (let n = 0; n < batches.length; n++) {
      const batch = batches[n]!;
      const begins = at === undefined || this.#mustRoll(at, batch, now);
      if (at !== undefined && begins && at.bytes > 0) told.push(at);
      if (at === undefined || begins) at = { ...unwritten(batch.baseOffset, now) };
      if (run === undefined || begins) runs.push((run = { from: n, to: n, begins, state: at }));
      grow(at, batch);
      run.to = n + 1;
    }
    if (at !== undefined) told.push(at);
    return { runs, told: told.filter(({ baseOffset }) => baseOffset >= this.#toldBase) };
  }

  /** The plan of this turn is carried out. */
  follow({ runs, told }: Plan): void {
    const last = runs.at(-1);
    if (last === undefined) return;
    this.#rolled = told.slice(0, -1);
    this.#at = last.state;
    this.end = last.state.lastOffset + 1;
  }

  /** A manifest that ends with the segment `baseOffset` is durable: so the one before it has become the older one. */
  saved(baseOffset: number): void {
    this.listed(this.#savedBase);
    this.#savedBase = baseOffset;
  }

  /** A frame with a list that ends with the segment `baseOffset` is durable. */
  listed(baseOffset: number): void {
    this.#toldBase = Math.max(this.#toldBase, baseOffset);
    this.#rolled = this.#rolled.filter((state) => state.baseOffset >= this.#toldBase);
  }

  /** True when nothing at or above `offset` is, or will be, in the newest segment. */
  endsBelow(offset: number): boolean {
    return this.end <= offset;
  }

  /** The next batch begins a new segment. */
  breakOff(): void {
    this.#at = undefined;
  }

  #mustRoll(at: SegmentState, batch: WritableBatch, now: number): boolean {
    const { options } = this.#home;
    const { baseOffset, bytes, lastOffset, createdAt = now } = at;
    if (bytes === 0) return batch.baseOffset !== baseOffset;
    const endOffset = lastOffset + 1;
    return (
      bytes + lengthOf(batch) > Math.min(options.segmentBytes, POSITION_MAX) ||
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

  /** True when a batch that comes now begins a new segment because of that one's age. */
  isOld({ bytes, baseOffset, createdAt }: SegmentState, now: number): boolean {
    return bytes > 0 && now - (createdAt ?? now) >= this.#lifetimeOf(baseOffset);
  }
}
