/**
 * Tail: the newest batches of one partition, in memory, in offset order.
 *
 *   … segments │ written, still here │ durable, not yet written │ not yet durable │
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

/** One batch, byte for byte as it lies in its frame. */
export class TailBatch {
  readonly held: Held;
  readonly baseOffset: number;
  /** Inclusive. */
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  /** The frame that makes it durable. */
  readonly sequence: number;
  /** The transaction that this batch, a marker, aborted. */
  readonly aborted: AbortedTransaction | undefined;

  constructor(entry: BatchFields, held: Held, sequence: number, aborted?: AbortedTransaction) {
    this.held = held;
    this.baseOffset = entry.baseOffset;
    this.lastOffset = entry.lastOffset;
    this.maxTimestamp = entry.maxTimestamp;
    this.sequence = sequence;
    this.aborted = aborted;
  }

  get bytes(): Buffer {
    return this.held.bytes;
  }
}

/** What is left in front is cut off for good once it is this long and half of the array. */
const SLACK_MAX = 64;

export class Tail {
  readonly #buffers: BufferPool;
  #batches: TailBatch[] = [];
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
    return this.#batches[this.#first]?.baseOffset;
  }

  push(batch: TailBatch): void {
    const last = this.#batches.at(-1);
    assert(last === undefined || this.isEmpty || batch.baseOffset === last.lastOffset + 1, 'T1'); // T1
    this.#batches.push(batch);
    if (batch.aborted !== undefined) this.#aborted.push(batch.aborted);
    this.bytes += batch.held.length;
    this.unwrittenBytes += batch.held.length;
  }

  /** The batches from the one that holds `offset` up to `endOffset` (exclusive) and `maxBytes`, each held once; at least one if any. */
  slice(offset: number, endOffset: number, maxBytes: number): Buffer[] {
    const parts: Buffer[] = [];
    let taken = 0;
    for (let at = this.#indexOf(offset); at < this.#batches.length; at++) {
      const batch = this.#batches[at]!;
      if (batch.lastOffset >= endOffset) break;
      if (taken > 0 && taken + batch.held.length > maxBytes) break;
      const { held } = batch;
      this.#buffers.hold(held.memory); // T3
      parts.push(held.bytes);
      taken += held.length;
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
    let bytes = 0;
    for (let at = this.#indexOf(offset); at < this.#batches.length && bytes < enough; at++) {
      const batch = this.#batches[at]!;
      if (batch.lastOffset >= endOffset) break;
      bytes += batch.held.length;
    }
    return bytes;
  }

  get aborted(): readonly AbortedTransaction[] {
    return this.#aborted;
  }

  /** Batches from `offset` on, oldest first, for searches by timestamp. */
  *from(offset: number): Iterable<TailBatch> {
    for (let at = this.#indexOf(offset); at < this.#batches.length; at++) yield this.#batches[at]!;
  }

  /** Batches that are in no segment that counts. */
  get unwritten(): readonly TailBatch[] {
    return this.#batches.slice(this.#unwritten);
  }

  /** Those of them that nobody writes yet. */
  get unhanded(): readonly TailBatch[] {
    return this.#batches.slice(this.#handed);
  }

  /** The same, as far as they are in frames up to `sequence`; the caller writes them to their segment (T4). */
  hand(sequence: number): TailBatch[] {
    const from = this.#handed;
    while (this.#handed < this.#batches.length && this.#batches[this.#handed]!.sequence <= sequence)
      this.#handed++;
    return this.#batches.slice(from, this.#handed);
  }

  /** The first `count` unwritten batches are in their segment now, and count. */
  wrote(count: number): void {
    assert(this.#unwritten + count <= this.#handed, 'T4'); // T4
    for (let n = 0; n < count; n++) this.unwrittenBytes -= this.#batches[this.#unwritten++]!.held.length;
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
    let released = 0;
    let inARow = 0;
    for (; this.#first < end; this.#first++) {
      const { memory, length } = this.#batches[this.#first]!.held; // T2
      released += length;
      inARow++;
      const isLast = this.#first + 1 === end;
      if (!isLast && this.#batches[this.#first + 1]!.held.memory === memory) continue;
      this.#buffers.release(memory, inARow); // T3
      inARow = 0;
    }
    this.bytes -= released;
    const first = this.firstOffset ?? Infinity;
    if (this.#aborted[0] !== undefined && this.#aborted[0].lastOffset < first)
      this.#aborted = this.#aborted.filter(({ lastOffset }) => lastOffset >= first);
    if (this.#first > SLACK_MAX || this.isEmpty) {
      this.#batches = this.#batches.slice(this.#first);
      this.#unwritten -= this.#first;
      this.#handed -= this.#first;
      this.#old = Math.max(0, this.#old - this.#first);
      this.#first = 0;
    }
    return released;
  }

  /** Index of the batch that holds `offset`, or of the first one after it. */
  #indexOf(offset: number): number {
    let low = this.#first;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#batches[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
