/**
 * TailBatches: the batches of a tail, in columns. An object or two for each small batch would live for seconds, long enough that the
 * collector copies it twice, and everybody waits meanwhile: with 30,000 batches a second for 10 ms, several times a second.
 *
 *   n               0      1      2    ...
 *   memories        + chunk -----+ chunk ...      few, and shared by all partitions
 *   places, lengths, baseOffsets, lastOffsets, maxTimestamps, sequences      numbers
 *
 * What was once in these columns stays as it is: who holds a TailBatch may go on reading it. Batches leave by way of `from`.
 */
import type { BatchFields, Held } from '../journal/index.ts';
import type { AbortedTransaction } from '../log/index.ts';

export class TailBatches {
  readonly memories: Buffer[];
  /** Where the batch begins in its memory. */
  readonly places: number[];
  readonly lengths: number[];
  readonly baseOffsets: number[];
  /** Inclusive. */
  readonly lastOffsets: number[];
  readonly maxTimestamps: number[];
  /** Of the frames that make them durable. */
  readonly sequences: number[];
  /** What markers aborted, by their offset. */
  #aborted: Map<number, AbortedTransaction> | undefined;

  constructor(before?: TailBatches, first = 0) {
    this.memories = before?.memories.slice(first) ?? [];
    this.places = before?.places.slice(first) ?? [];
    this.lengths = before?.lengths.slice(first) ?? [];
    this.baseOffsets = before?.baseOffsets.slice(first) ?? [];
    this.lastOffsets = before?.lastOffsets.slice(first) ?? [];
    this.maxTimestamps = before?.maxTimestamps.slice(first) ?? [];
    this.sequences = before?.sequences.slice(first) ?? [];
    const firstOffset = this.baseOffsets[0]!;
    const aborted = [...(before === undefined ? [] : (before.#aborted ?? []))].filter(
      ([offset]) => offset >= firstOffset,
    );
    if (aborted.length > 0) this.#aborted = new Map(aborted);
  }

  /** The same without the first ones. */
  from(first: number): TailBatches {
    return first === this.length ? NO_BATCHES : new TailBatches(this, first);
  }

  get length(): number {
    return this.lengths.length;
  }

  push(
    entry: BatchFields,
    { memory, at, length }: Held,
    sequence: number,
    aborted?: AbortedTransaction,
  ): void {
    this.memories.push(memory);
    this.places.push(at);
    this.lengths.push(length);
    this.baseOffsets.push(entry.baseOffset);
    this.lastOffsets.push(entry.lastOffset);
    this.maxTimestamps.push(entry.maxTimestamp);
    this.sequences.push(sequence);
    if (aborted !== undefined) (this.#aborted ??= new Map()).set(entry.lastOffset, aborted);
  }

  bytesOf(n: number): Buffer {
    const at = this.places[n]!;
    return this.memories[n]!.subarray(at, at + this.lengths[n]!);
  }

  abortedBy(n: number): AbortedTransaction | undefined {
    return this.#aborted?.get(this.lastOffsets[n]!);
  }

  /** From `first` up to `end` (exclusive). */
  list(first: number, end = this.length): TailBatch[] {
    const list: TailBatch[] = [];
    for (let n = first; n < end; n++) list.push(new TailBatch(this, n));
    return list;
  }
}

/** Of all partitions that hold nothing: nothing is pushed here. */
export const NO_BATCHES = new TailBatches();

/** One batch, byte for byte as it lies in its frame. */
export class TailBatch {
  readonly #batches: TailBatches;
  readonly #n: number;

  constructor(batches: TailBatches, n: number) {
    this.#batches = batches;
    this.#n = n;
  }

  get bytes(): Buffer {
    return this.#batches.bytesOf(this.#n);
  }

  get length(): number {
    return this.#batches.lengths[this.#n]!;
  }

  get baseOffset(): number {
    return this.#batches.baseOffsets[this.#n]!;
  }

  /** Inclusive. */
  get lastOffset(): number {
    return this.#batches.lastOffsets[this.#n]!;
  }

  get maxTimestamp(): number {
    return this.#batches.maxTimestamps[this.#n]!;
  }

  /** The frame that makes it durable. */
  get sequence(): number {
    return this.#batches.sequences[this.#n]!;
  }

  /** The transaction that this batch, a marker, aborted. */
  get aborted(): AbortedTransaction | undefined {
    return this.#batches.abortedBy(this.#n);
  }
}
