/** FileContent: the bytes of one file in memory; grows as needed, holes read as zeros. */
import type { BufferPool } from '../buffer-pool.ts';

const CAPACITY_MIN = 4096;

export class FileContent {
  #bytes: Buffer = Buffer.alloc(0);
  /** Bytes of `#bytes` from here on are zero. */
  #size = 0;

  get size(): number {
    return this.#size;
  }

  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length;
    this.#reserve(end);
    this.#bytes.set(bytes, position);
    this.#size = Math.max(this.#size, end);
  }

  /** A copy, shorter than `length` at the end of the file. */
  read(position: number, length: number, pool?: BufferPool): Buffer {
    const end = Math.min(this.#size, position + length);
    const bytes = this.#bytes.subarray(Math.min(position, end), end);
    if (pool === undefined) return Buffer.from(bytes);
    const copy = pool.take(bytes.length);
    copy.set(bytes);
    return copy;
  }

  truncate(size: number): void {
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    else this.#reserve(size);
    this.#size = size;
  }

  flipBit(position: number, bit: number): void {
    if (position < this.#size) this.#bytes[position]! ^= 1 << bit;
  }

  copy(): FileContent {
    const copy = new FileContent();
    copy.write(0, this.#bytes.subarray(0, this.#size));
    return copy;
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(size, this.#bytes.length * 2, CAPACITY_MIN));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
