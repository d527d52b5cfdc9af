/**
 * Arena: memory for batches, handed out in slices of larger chunks. The memory is the pool's: a slice is held, and a chunk is used
 * again once all of its slices were released.
 *
 * A large batch that was given away stays where it arrived: a second megabyte for each would cost a copy.
 */
import type { BufferPool } from '../env/index.ts';

const CHUNK_BYTES_FIRST = 64 * 1024;
const CHUNK_BYTES_MAX = 1024 * 1024;
/** Larger batches get memory of their own: a small rest of a chunk is not worth pinning them. */
const OWN_MEMORY_FROM = 256 * 1024;
/** A batch is kept in memory that it fills to this part: what it pins beside itself counts in no limit. */
const FILLED_MIN = 7 / 8;

export class Arena {
  readonly #buffers: BufferPool;
  #chunk: Buffer = Buffer.alloc(0);
  #used = 0;
  #chunkBytes = CHUNK_BYTES_FIRST;

  constructor(buffers: BufferPool) {
    this.#buffers = buffers;
  }

  /** `bytes` themselves when they were given away and are worth keeping, else a copy; held either way. */
  hold(bytes: Uint8Array, given: boolean): Buffer {
    const { buffer, byteOffset, length } = bytes;
    if (!given || length < OWN_MEMORY_FROM || length < buffer.byteLength * FILLED_MIN)
      return this.copy(bytes);
    this.#buffers.hold(bytes);
    return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
  }

  /** A copy of `bytes`, held. */
  copy(bytes: Uint8Array): Buffer {
    const slice = this.#take(bytes.length);
    slice.set(bytes);
    return slice;
  }

  #take(length: number): Buffer {
    if (length >= OWN_MEMORY_FROM) return this.#buffers.take(length);
    if (this.#used + length > this.#chunk.length) {
      this.#buffers.release(this.#chunk); // the arena's own hold: from now on it lives as long as its slices
      this.#chunk = this.#buffers.take(Math.max(this.#chunkBytes, length));
      this.#chunkBytes = Math.min(this.#chunkBytes * 2, CHUNK_BYTES_MAX);
      this.#used = 0;
    }
    const slice = this.#chunk.subarray(this.#used, this.#used + length);
    this.#used += length;
    this.#buffers.hold(slice);
    return slice;
  }
}
