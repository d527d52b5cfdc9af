/**
 * TimeIndex: how the largest timestamp of a segment rises. Kafka's `.timeindex`, to the byte.
 *
 *   timestamp int64 (largest of all records so far) | relative offset int32 (last offset of the first batch that has it)
 *
 * Invariants
 *   Y1  timestamps and offsets both rise strictly
 *   Y2  no record at or below an entry's offset has a larger timestamp than the entry
 *
 * An entry is considered whenever the offset index gets one, and when the segment is rolled. A hint, as the offset index.
 */
import { assert } from '../base/index.ts';
import { IndexEntries } from './index-entries.ts';
import { readInt64, writeInt64 } from './segment-format.ts';

export const TIME_ENTRY_BYTES = 12;
export const NO_TIMESTAMP = -1;

export interface TimestampOffset {
  readonly timestamp: number;
  readonly offset: number;
}

export class TimeIndex {
  readonly #baseOffset: number;
  readonly #entries: IndexEntries;

  constructor(baseOffset: number, bytes?: Buffer) {
    this.#baseOffset = baseOffset;
    this.#entries = new IndexEntries(TIME_ENTRY_BYTES, bytes);
  }

  get count(): number {
    return this.#entries.count;
  }

  get last(): TimestampOffset | undefined {
    return this.entry(this.count - 1);
  }

  entry(index: number): TimestampOffset | undefined {
    if (index < 0 || index >= this.count) return undefined;
    const at = this.#entries.at(index);
    const { buffer } = this.#entries;
    return { timestamp: readInt64(buffer, at), offset: this.#baseOffset + buffer.readInt32BE(at + 8) };
  }

  /** Adds an entry if the timestamp is larger than that of the last one. */
  append(timestamp: number, offset: number): void {
    const { last } = this;
    if (timestamp <= (last?.timestamp ?? NO_TIMESTAMP)) return;
    assert(last === undefined || offset > last.offset, 'Y1'); // Y1
    const at = this.#entries.push();
    writeInt64(this.#entries.buffer, timestamp, at);
    this.#entries.buffer.writeInt32BE(offset - this.#baseOffset, at + 8);
  }

  /** The last entry whose timestamp is below `timestamp`: what is searched lies behind its offset. */
  lastBelow(timestamp: number): TimestampOffset | undefined {
    return this.entry(this.#entries.findLast((at) => readInt64(this.#entries.buffer, at) < timestamp));
  }

  /** The first entry whose timestamp is at or above `timestamp`: what is searched lies at or before its offset. */
  firstNotBelow(timestamp: number): TimestampOffset | undefined {
    return this.entry(this.#entries.findLast((at) => readInt64(this.#entries.buffer, at) < timestamp) + 1);
  }

  /** True when Y1 holds and every entry lies within the segment. */
  isPlausible(lastOffset: number, maxTimestamp: number): boolean {
    let before: TimestampOffset | undefined;
    for (let index = 0; index < this.count; index++) {
      const entry = this.entry(index)!;
      if (entry.offset < this.#baseOffset || entry.offset > lastOffset) return false;
      if (entry.timestamp < 0 || entry.timestamp > maxTimestamp) return false;
      if (before !== undefined && (entry.offset <= before.offset || entry.timestamp <= before.timestamp))
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
