/**
 * Arena: memory for batches, handed out in slices of larger chunks. The memory is the pool's: a slice is held, and a chunk is used
 * again once all of its slices were released. (It is held for more slices than it can have; the difference is released at its end.)
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

/** More than a chunk has bytes. */
const SLICES_MAX = 2 ** 30;

/** Bytes of a larger memory that somebody holds. A view of each small batch would take more time and memory than the batch. */
export class Held {
  readonly memory: Buffer;
  readonly at: number;
  readonly length: number;

  constructor(memory: Buffer, at: number, length: number) {
    this.memory = memory;
    this.at = at;
    this.length = length;
  }

  get bytes(): Buffer {
    return this.memory.subarray(this.at, this.at + this.length);
  }

  static of(bytes: Buffer): Held {
    return new Held(bytes, 0, bytes.length);
  }
}

export class Arena {
  readonly #buffers: BufferPool;
  #chunk: Buffer = Buffer.alloc(0);
  #used = 0;
  #chunkBytes = CHUNK_BYTES_FIRST;
  /** Of the chunk that is being filled. */
  #slices = 0;

  constructor(buffers: BufferPool) {
    this.#buffers = buffers;
  }

  /** `bytes` themselves when they were given away and are worth keeping, else a copy; held either way. */
  hold(bytes: Uint8Array, given: boolean): Held {
    if (!given || bytes.length < OWN_MEMORY_FROM) return this.copy(bytes);
    const { buffer, byteOffset, length } = bytes;
    if (length < buffer.byteLength * FILLED_MIN) return this.copy(bytes);
    this.#buffers.hold(bytes);
    return Held.of(Buffer.from(buffer as ArrayBuffer, byteOffset, length));
  }

  /** A copy of `bytes`, held. */
  copy(bytes: Uint8Array): Held {
    const held = this.#take(bytes.length);
    held.memory.set(bytes, held.at);
    return held;
  }

  #take(length: number): Held {
    if (length >= OWN_MEMORY_FROM) return Held.of(this.#buffers.take(length));
    if (this.#used + length > this.#chunk.length) this.#nextChunk(length);
    const held = new Held(this.#chunk, this.#used, length);
    this.#used += length;
    this.#slices++;
    return held;
  }

  #nextChunk(length: number): void {
    this.#buffers.release(this.#chunk, 1 + SLICES_MAX - this.#slices); // from now on it lives as long as its slices
    this.#chunk = this.#buffers.take(Math.max(this.#chunkBytes, length));
    this.#buffers.hold(this.#chunk, SLICES_MAX);
    this.#chunkBytes = Math.min(this.#chunkBytes * 2, CHUNK_BYTES_MAX);
    this.#used = 0;
    this.#slices = 0;
  }
}
