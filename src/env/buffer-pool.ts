/**
 * BufferPool: memory for what comes and goes by the megabyte, used again instead of being left to the collector.
 *
 * V8 counts buffers that lie outside of its heap and marks all of the heap after so many megabytes of new ones, and memory that the
 * process has for the first time costs a page fault for each 4 KiB. Whoever knows when bytes are no longer needed says so:
 *
 *   take -> 1 holder -> hold: one more -> release: one less -> none: the next `take` of that size gets it
 *
 * Invariants
 *   U1  memory is given out again only when everybody who held it has released it
 *   U2  who never releases loses nothing but the reuse: what nobody refers to is collected, like any buffer
 *   U3  at most FREE_BYTES_MAX lie free; what was not needed lately goes (`shrink`)
 *   U4  `hold` and `release` of bytes that are not the pool's do nothing
 */
import { assert, giveBack } from '../base/index.ts';

/** Smaller buffers are cheap to make, and to collect. */
const POOLED_BYTES_MIN = 64 * 1024;
/** Larger ones are rare. */
const POOLED_BYTES_MAX = 8 * 1024 * 1024;
const FREE_BYTES_MAX = 64 * 1024 * 1024;
/** Sizes are rounded up to eighths of a power of two, so at most a ninth of a block is not used. */
const SIZE_STEPS_BITS = 3;
const GONE = 0xdb;

interface Block {
  readonly memory: Buffer;
  holders: number;
}

export class BufferPool {
  /** Of every block that is in use, and of those that were left to the collector. */
  readonly #blocks = new WeakMap<ArrayBufferLike, Block>();
  /** By size. */
  readonly #free = new Map<number, Block[]>();
  readonly #overwrites: boolean;
  #freeBytes = 0;
  /** The fewest free bytes since the last `shrink`. */
  #spareBytes = 0;

  /** `overwrites`: what is released is overwritten at once, so that who still reads it notices. For tests. */
  constructor(options: { readonly overwrites?: boolean } = {}) {
    this.#overwrites = options.overwrites === true;
  }

  /** Memory of `length` bytes with anything in it, that begins where its ArrayBuffer does; the caller is its holder. */
  take(length: number): Buffer {
    if (length < POOLED_BYTES_MIN || length > POOLED_BYTES_MAX) return Buffer.allocUnsafeSlow(length);
    const size = blockSize(length);
    const block = this.#free.get(size)?.pop() ?? this.#made(size);
    if (block.holders < 0) {
      this.#freeBytes -= size;
      this.#spareBytes = Math.min(this.#spareBytes, this.#freeBytes);
    }
    block.holders = 1;
    return length === size ? block.memory : block.memory.subarray(0, length);
  }

  #made(size: number): Block {
    const block = { memory: Buffer.allocUnsafeSlow(size), holders: 0 };
    this.#blocks.set(block.memory.buffer, block);
    return block;
  }

  /** The memory in which these bytes lie has so many holders more. */
  hold({ buffer }: Uint8Array, count = 1): void {
    const block = this.#blocks.get(buffer);
    if (block === undefined) return; // U4
    assert(block.holders > 0, 'memory that nobody holds is held'); // U1
    block.holders += count;
  }

  /** So many holders less; the last one gives the memory away, with everything in it. */
  release({ buffer }: Uint8Array, count = 1): void {
    const block = this.#blocks.get(buffer);
    if (block === undefined) return; // U4
    assert(block.holders >= count, 'memory that nobody holds is released'); // U1
    block.holders -= count;
    if (block.holders > 0) return;
    const size = block.memory.length;
    if (this.#overwrites) block.memory.fill(GONE);
    if (this.#freeBytes + size > FREE_BYTES_MAX) {
      giveBack(block.memory); // U3
      return;
    }
    block.holders = FREE;
    this.#freeBytes += size;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [block]);
    else free.push(block);
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** Half of what nobody needed since the last call goes back to the system; the rest of a little goes too. */
  shrink(): void {
    let surplus = this.#spareBytes <= POOLED_BYTES_MAX ? this.#spareBytes : this.#spareBytes / 2;
    for (const [size, free] of this.#free) {
      while (free.length > 0 && size <= surplus) {
        giveBack(free.pop()!.memory);
        this.#freeBytes -= size;
        surplus -= size;
      }
      if (free.length === 0) this.#free.delete(size);
    }
    this.#spareBytes = this.#freeBytes;
  }
}

/** In place of a count of holders: it waits for the next who takes it. */
const FREE = -1;

function blockSize(length: number): number {
  const step = 2 ** Math.max(0, 31 - Math.clz32(length) - SIZE_STEPS_BITS);
  return Math.ceil(length / step) * step;
}
