/**
 * OffsetIndex: where batches lie in a segment, about one in every `index.interval.bytes`. Kafka's `.index`, to the byte.
 *
 *   relative offset int32 (last offset of the batch - base offset of the segment) | position int32 (its first byte)
 *
 * Invariants
 *   X1  offsets and positions both rise strictly
 *   X2  an entry names the last offset of the batch that begins at its position
 *
 * A hint: whoever uses an entry looks whether X2 holds in the log, and has the index rebuilt when it does not.
 */
import { assert } from '../base/index.ts';
import { IndexEntries } from './index-entries.ts';

export const OFFSET_ENTRY_BYTES = 8;

export interface OffsetPosition {
  /** Last offset of the batch. */
  readonly offset: number;
  readonly position: number;
}

export class OffsetIndex {
  readonly #baseOffset: number;
  readonly #entries: IndexEntries;

  constructor(baseOffset: number, bytes?: Buffer) {
    this.#baseOffset = baseOffset;
    this.#entries = new IndexEntries(OFFSET_ENTRY_BYTES, bytes);
  }

  get count(): number {
    return this.#entries.count;
  }

  get last(): OffsetPosition | undefined {
    return this.entry(this.count - 1);
  }

  entry(index: number): OffsetPosition | undefined {
    if (index < 0 || index >= this.count) return undefined;
    const at = this.#entries.at(index);
    const { buffer } = this.#entries;
    return { offset: this.#baseOffset + buffer.readInt32BE(at), position: buffer.readInt32BE(at + 4) };
  }

  append(offset: number, position: number): void {
    const { last } = this;
    assert(last === undefined || (offset > last.offset && position > last.position), 'X1'); // X1
    const at = this.#entries.push();
    this.#entries.buffer.writeInt32BE(offset - this.#baseOffset, at);
    this.#entries.buffer.writeInt32BE(position, at + 4);
  }

  /** The entry with the largest offset at or below `offset`. Every batch at or above `offset` begins there or later. */
  lookup(offset: number): OffsetPosition | undefined {
    const relative = offset - this.#baseOffset;
    return this.entry(this.#entries.findLast((at) => this.#entries.buffer.readInt32BE(at) <= relative));
  }

  /** True when X1 holds and every entry lies within the segment. */
  isPlausible(endPosition: number, lastOffset: number): boolean {
    let before: OffsetPosition | undefined;
    for (let index = 0; index < this.count; index++) {
      const entry = this.entry(index)!;
      if (entry.offset < this.#baseOffset || entry.offset > lastOffset) return false;
      if (entry.position < 0 || entry.position >= endPosition) return false;
      if (before !== undefined && (entry.offset <= before.offset || entry.position <= before.position))
        return false;
      before = entry;
    }
    return true;
  }

  cut(count: number): void {
    this.#entries.cut(count);
  }

  bytesFrom(index: number): Buffer {
    return this.#entries.bytesFrom(index);
  }
}
