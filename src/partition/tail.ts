/**
 * Tail: the newest batches of one partition, in memory, in offset order.
 *
 *   ... segments | written, still here | durable, not yet written | not yet durable |
 *              ^ first               ^ writtenOffset            ^ highWatermark   ^ logEndOffset
 *
 * Invariants
 *   T1  batches are dense: each begins where the one before ended
 *   T2  a batch leaves only after it was written to its segment, so every readable offset is in one of the two
 *   T3  `bytes` of a batch are never changed while it is here, or a reader has them: a batch that leaves releases its memory, which
 *       is used again once all readers released it too (`doneWith`). What a reader never releases goes to the collector
 *   T4  every batch is handed to one writer, in order
 */
import { assert } from '../base/index.ts';
import type { BufferPool } from '../env/index.ts';
import type { BatchFields, Held } from '../journal/index.ts';
import type { AbortedTransaction } from '../log/index.ts';
import { NO_BATCHES, TailBatch, TailBatches } from './tail-batches.ts';

/** What is left in front is cut off for good once it is this long and half of the array. */
const SLACK_MAX = 64;

export class Tail {
  readonly #buffers: BufferPool;
  #batches = NO_BATCHES;
  /** Index of the first batch that is still here. */
  #first = 0;
  /** Index of the first batch that is in no segment that counts. */
  #unwritten = 0;
  /** Index of the first batch that was not in a segment yet when `age` was said last. */
  #old = 0;
  /** Index of the first batch that nobody writes yet. */
  #handed = 0;
  /** What the markers that are here aborted, in their order. */
  #aborted: AbortedTransaction[] = [];
  /** Bytes of all batches that are here. */
  bytes = 0;
  /** Bytes of those that are in no segment yet. */
  unwrittenBytes = 0;

  constructor(buffers: BufferPool) {
    this.#buffers = buffers;
  }

  get isEmpty(): boolean {
    return this.#first === this.#batches.length;
  }

  get firstOffset(): number | undefined {
    return this.#batches.baseOffsets[this.#first];
  }

  /** `sequence`: of the frame that makes it durable. `aborted`: what it ends, when it is a marker. */
  push(entry: BatchFields, held: Held, sequence: number, aborted?: AbortedTransaction): void {
    if (this.#batches === NO_BATCHES) this.#batches = new TailBatches();
    const batches = this.#batches;
    const lastOffset = batches.lastOffsets[batches.length - 1];
    assert(lastOffset === undefined || this.isEmpty || entry.baseOffset === lastOffset + 1, 'T1'); // T1
    batches.push(entry, held, sequence, aborted);
    if (aborted !== undefined) this.#aborted.push(aborted);
    this.bytes += held.length;
    this.unwrittenBytes += held.length;
  }

  /** The batches from the one that holds `offset` up to `endOffset` (exclusive) and `maxBytes`, each held once; at least one if any. */
  slice(offset: number, endOffset: number, maxBytes: number): Buffer[] {
    const batches = this.#batches;
    const parts: Buffer[] = [];
    let taken = 0;
    for (let n = this.#indexOf(offset); n < batches.length; n++) {
      if (batches.lastOffsets[n]! >= endOffset) break;
      const length = batches.lengths[n]!;
      if (taken > 0 && taken + length > maxBytes) break;
      this.#buffers.hold(batches.memories[n]!); // T3
      parts.push(batches.bytesOf(n));
      taken += length;
      if (taken >= maxBytes) break;
    }
    return parts;
  }

  /** A reader makes several parts of one. Memory that is not the tail's may be named here, too. */
  hold(part: Buffer, times: number): void {
    this.#buffers.hold(part, times);
  }

  /** A reader needs these parts no more. */
  doneWith(parts: readonly Buffer[]): void {
    for (const part of parts) this.#buffers.release(part);
  }

  /** Bytes between two offsets, for the count that a parked fetch waits for. */
  bytesBetween(offset: number, endOffset: number, enough: number): number {
    const batches = this.#batches;
    let bytes = 0;
    for (let n = this.#indexOf(offset); n < batches.length && bytes < enough; n++) {
      if (batches.lastOffsets[n]! >= endOffset) break;
      bytes += batches.lengths[n]!;
    }
    return bytes;
  }

  get aborted(): readonly AbortedTransaction[] {
    return this.#aborted;
  }

  /** Batches from `offset` on, oldest first, for searches by timestamp. */
  *from(offset: number): Iterable<TailBatch> {
    const batches = this.#batches;
    for (let n = this.#indexOf(offset); n < batches.length; n++) yield new TailBatch(batches, n);
  }

  /** Batches that are in no segment that counts. */
  get unwritten(): readonly TailBatch[] {
    return this.#batches.list(this.#unwritten);
  }

  /** Those of them that nobody writes yet. */
  get unhanded(): readonly TailBatch[] {
    return this.#batches.list(this.#handed);
  }

  /** The same, as far as they are in frames up to `sequence`, at most so many; the caller writes them to their segment (T4). */
  hand(sequence: number, most = Infinity): TailBatch[] {
    const from = this.#handed;
    const { sequences, length } = this.#batches;
    const end = Math.min(length, from + most);
    while (this.#handed < end && sequences[this.#handed]! <= sequence) this.#handed++;
    return this.#batches.list(from, this.#handed);
  }

  /** The first `count` unwritten batches are in their segment now, and count. */
  wrote(count: number): void {
    assert(this.#unwritten + count <= this.#handed, 'T4'); // T4
    const { lengths } = this.#batches;
    for (let n = 0; n < count; n++) this.unwrittenBytes -= lengths[this.#unwritten++]!;
  }

  /** Batches that are in a segment now were written early: the next `releaseOld` lets go of them. */
  age(): void {
    this.#old = this.#unwritten;
  }

  /** Lets go of what was in a segment when it was last said: so the newest batches stay for those who read the end. */
  releaseOld(): number {
    return this.#release(this.#old);
  }

  /** Lets go of every batch that is in a segment. Answers the bytes that were given back. */
  release(): number {
    return this.#release(this.#unwritten);
  }

  #release(end: number): number {
    const { memories, lengths } = this.#batches;
    let released = 0;
    let inARow = 0;
    for (; this.#first < end; this.#first++) {
      const memory = memories[this.#first]!; // T2
      released += lengths[this.#first]!;
      inARow++;
      const isLast = this.#first + 1 === end;
      if (!isLast && memories[this.#first + 1] === memory) continue;
      this.#buffers.release(memory, inARow); // T3
      inARow = 0;
    }
    this.bytes -= released;
    const first = this.firstOffset ?? Infinity;
    if (this.#aborted[0] !== undefined && this.#aborted[0].lastOffset < first)
      this.#aborted = this.#aborted.filter(({ lastOffset }) => lastOffset >= first);
    if (this.#first > SLACK_MAX || this.isEmpty) {
      this.#batches = this.#batches.from(this.#first);
      this.#unwritten -= this.#first;
      this.#handed -= this.#first;
      this.#old = Math.max(0, this.#old - this.#first);
      this.#first = 0;
    }
    return released;
  }

  /** Index of the batch that holds `offset`, or of the first one after it. */
  #indexOf(offset: number): number {
    const { lastOffsets } = this.#batches;
    let low = this.#first;
    let high = lastOffsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lastOffsets[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
