/** IndexEntries: a growing run of entries of equal size, byte for byte as the index file has them. */
import { assert } from '../base/index.ts';

const FIRST_CAPACITY = 8;

export class IndexEntries {
  readonly #entryBytes: number;
  #buffer: Buffer;
  count: number;

  /** Takes over `bytes`, as far as they are whole entries. */
  constructor(entryBytes: number, bytes: Buffer = Buffer.alloc(0)) {
    this.#entryBytes = entryBytes;
    this.#buffer = bytes;
    this.count = Math.floor(bytes.length / entryBytes);
  }

  get buffer(): Buffer {
    return this.#buffer;
  }

  at(index: number): number {
    return index * this.#entryBytes;
  }

  /** Makes one more entry; the caller fills in the bytes at the answered place. */
  push(): number {
    const at = this.at(this.count++);
    if (at + this.#entryBytes > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(FIRST_CAPACITY, this.count * 2) * this.#entryBytes);
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    return at;
  }

  cut(count: number): void {
    assert(count <= this.count, 'an index cannot be cut to more entries than it has');
    this.count = count;
  }

  /** A copy of the bytes of the entries from `index` on. */
  bytesFrom(index: number): Buffer {
    return Buffer.from(this.#buffer.subarray(this.at(index), this.at(this.count)));
  }

  /** Index of the last entry for which `isBefore` holds, given that it holds for a run at the beginning; else -1. */
  findLast(isBefore: (at: number) => boolean): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.at(middle))) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
