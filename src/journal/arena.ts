/** Arena: memory for batches, handed out in slices of larger chunks. A chunk lives as long as one of its slices. */
const CHUNK_BYTES_FIRST = 64 * 1024;
const CHUNK_BYTES_MAX = 1024 * 1024;
/** Larger batches get memory of their own: a small rest of a chunk is not worth pinning them. */
const OWN_MEMORY_FROM = 256 * 1024;

export class Arena {
  #chunk: Buffer = Buffer.alloc(0);
  #used = 0;
  #chunkBytes = CHUNK_BYTES_FIRST;

  /** A copy of `bytes`. */
  copy(bytes: Uint8Array): Buffer {
    const slice = this.#take(bytes.length);
    slice.set(bytes);
    return slice;
  }

  #take(length: number): Buffer {
    if (length >= OWN_MEMORY_FROM) return Buffer.allocUnsafeSlow(length);
    if (this.#used + length > this.#chunk.length) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(this.#chunkBytes, length));
      this.#chunkBytes = Math.min(this.#chunkBytes * 2, CHUNK_BYTES_MAX);
      this.#used = 0;
    }
    const slice = this.#chunk.subarray(this.#used, this.#used + length);
    this.#used += length;
    return slice;
  }
}
