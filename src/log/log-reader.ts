/**
 * LogReader: reads of one partition's segments, any number at a time, while others write, clean and remove.
 *
 * Invariants
 *   R1  nothing below the log start is served, and nothing that ends past what was asked for
 *   R2  work that held segments which were replaced meanwhile begins anew: their files may be gone
 */
import type { BufferPool } from '../env/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { rebuildAborted } from './producer-rebuild.ts';
import type { Segment } from './segment.ts';
import type { SegmentList } from './segment-list.ts';
import { type KnownPosition, readBatches } from './segment-reader.ts';
import type { TimestampOffset } from './time-index.ts';
import { firstReaching, largestTimestamp } from './timestamp-search.ts';
import { type AbortedTransaction, overlapping } from './transaction-index.ts';

/** Ends of reads that are remembered: consumers mostly go on where they stopped. */
const REMEMBERED_MAX = 16;
const EMPTY = Buffer.alloc(0);

/** Where a log begins, and the exclusive end of what may be seen. */
export interface LogBounds {
  readonly logStartOffset: number;
  readonly endOffset: number;
}

export class LogReader {
  readonly #segments: SegmentList;
  readonly #buffers: BufferPool;
  #remembered: { readonly segment: Segment; readonly known: KnownPosition }[] = [];

  constructor(segments: SegmentList, buffers: BufferPool) {
    this.#segments = segments;
    this.#buffers = buffers;
    segments.listener = this;
  }

  /** Whole batches from the one that holds `offset`, up to `maxBytes` (at least one). `bounds` is asked again when the work begins anew. */
  read(offset: number, maxBytes: number, bounds: () => LogBounds): Promise<Buffer> {
    return this.#steady(() => this.#read(offset, maxBytes, bounds()));
  }

  /** R2 */
  async #steady<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const { replacements } = this.#segments;
      try {
        return await work();
      } catch (error) {
        if (this.#segments.replacements === replacements) throw error;
      }
    }
  }

  async #read(offset: number, maxBytes: number, { logStartOffset, endOffset }: LogBounds): Promise<Buffer> {
    if (offset < logStartOffset)
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${offset} is below the log start ${logStartOffset}`,
      );
    const segment = this.#segments.all[this.#segments.indexOf(offset)];
    if (segment === undefined || segment.state.bytes === 0 || offset >= endOffset) return EMPTY;
    const place = this.#remembered.findIndex((end) => end.segment === segment && end.known.offset === offset);
    const known = place < 0 ? undefined : this.#remembered.splice(place, 1)[0]!.known;
    const from = Math.max(offset, segment.state.baseOffset);
    const read = await readBatches(segment, from, { maxBytes, endOffset, buffers: this.#buffers }, known);
    if (read.next !== undefined) this.#remember(segment, read.next);
    return read.bytes;
  }

  #remember(segment: Segment, known: KnownPosition): void {
    if (this.#remembered.length >= REMEMBERED_MAX) this.#remembered.shift();
    this.#remembered.push({ segment, known });
  }

  /** These are no part of the log any more. */
  forget(gone: readonly Segment[]): void {
    this.#remembered = this.#remembered.filter((end) => !gone.includes(end.segment));
  }

  /** Gives memory back. */
  forgetAll(): void {
    this.#remembered = [];
  }

  /** True when any segment holds the marker of an abort. */
  get hasAborted(): boolean {
    return this.#segments.all.some(({ state }) => (state.aborted ?? 0) > 0);
  }

  /** The aborted transactions that overlap [from, end), as far as their markers lie in segments; in marker order. */
  abortedBetween(from: number, end: number): Promise<AbortedTransaction[]> {
    return this.#steady(() => this.#abortedBetween(from, end));
  }

  async #abortedBetween(from: number, end: number): Promise<AbortedTransaction[]> {
    const found: AbortedTransaction[] = [];
    const segments = [...this.#segments.all];
    for (let at = this.#segments.indexOf(from); at < segments.length; at++) {
      const entries = await segments[at]!.aborted(() => rebuildAborted(segments.slice(0, at + 1)));
      const { aborted, isComplete } = overlapping(entries, from, end);
      found.push(...aborted);
      if (isComplete) break;
    }
    return found;
  }

  /** The first record at or above the log start whose timestamp is at or after `timestamp`, exactly (O6). */
  findByTimestamp(timestamp: number, bounds: () => LogBounds): Promise<TimestampOffset | undefined> {
    return this.#steady(() => firstReaching([...this.#segments.all], timestamp, bounds()));
  }

  /** The largest timestamp of any batch within the bounds; undefined when no record has one. */
  maxTimestamp(bounds: () => LogBounds): Promise<number | undefined> {
    return this.#steady(() => largestTimestamp([...this.#segments.all], bounds()));
  }
}
