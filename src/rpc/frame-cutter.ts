/**
 * FrameCutter: bytes as they arrive become frames: int32 size, then that many bytes.
 *
 * A frame that lies whole in one chunk is a view of it; one that spans chunks is put together in a buffer of its own,
 * which grows with what really arrives: no allocation comes from a size that nobody has checked. That buffer is the pool's.
 *
 * Invariants
 *   F1  a frame is handed out once, whole, in order
 *   F2  memory held for a half frame is at most twice the bytes that arrived (or 1.2 MiB)
 *   F3  a frame that was put together has its memory alone: who gets the frame may keep it, and releases it otherwise
 */
import type { BufferPool } from '../env/index.ts';
import { MalformedMessage } from '../protocol/index.ts';

const SIZE_BYTES = 4;
/** apiKey, version, correlation id: nothing shorter is a request. */
const FRAME_BYTES_MIN = 8;
/** Announced sizes up to this are allocated at once: a batch of a full mebibyte and what is around it. */
const ALLOCATED_AT_ONCE = 1024 * 1024 + 16 * 1024;

const EMPTY = Buffer.alloc(0);

/** True: the frame was put together (F3). What lies in a chunk comes after its size, so it never begins the memory. */
export function ownsMemory(frame: Buffer): boolean {
  return frame.byteOffset === 0;
}

export class FrameCutter {
  readonly #frameBytesMax: number;
  readonly #buffers: BufferPool;
  /** What arrived, and how far it was cut. */
  #chunk: Buffer = EMPTY;
  #at = 0;
  /** A frame that spans chunks: its size is known, its bytes come in. */
  #partial: Buffer | undefined;
  #partialSize = 0;
  #partialLength = 0;

  constructor(frameBytesMax: number, buffers: BufferPool) {
    this.#frameBytesMax = frameBytesMax;
    this.#buffers = buffers;
  }

  /** True when bytes are waiting that were not cut yet. */
  get hasRest(): boolean {
    return this.#at < this.#chunk.length;
  }

  /** Bytes of a half frame that are here. */
  get partialBytes(): number {
    return this.#partial === undefined ? 0 : this.#partialLength;
  }

  /** Adds what arrived. The bytes must stay as they are until they are cut or `keep` is called. */
  push(bytes: Buffer): void {
    this.#chunk = this.hasRest ? Buffer.concat([this.#chunk.subarray(this.#at), bytes]) : bytes;
    this.#at = 0;
  }

  /** Makes what waits independent of the socket's memory. */
  keep(): void {
    this.#chunk = this.hasRest ? Buffer.from(this.#chunk.subarray(this.#at)) : EMPTY;
    this.#at = 0;
  }

  /** The next whole frame (without its size), or undefined. Throws MalformedMessage for an impossible size. */
  next(): Buffer | undefined {
    if (this.#partial !== undefined) return this.#fill();
    const chunk = this.#chunk;
    if (chunk.length - this.#at < SIZE_BYTES) return undefined;
    const size = chunk.readInt32BE(this.#at);
    this.#checkSize(size);
    const from = this.#at + SIZE_BYTES;
    if (chunk.length - from >= size) {
      this.#at = from + size;
      return chunk.subarray(from, this.#at);
    }
    this.#partial = this.#buffers.take(Math.min(size, ALLOCATED_AT_ONCE)); // F2
    this.#partialSize = size;
    this.#partialLength = 0;
    this.#at = from;
    return this.#fill();
  }

  /** Forgets all that arrived. */
  clear(): void {
    this.#chunk = EMPTY;
    this.#at = 0;
    if (this.#partial !== undefined) this.#buffers.release(this.#partial);
    this.#partial = undefined;
  }

  #fill(): Buffer | undefined {
    const wanted = this.#partialSize - this.#partialLength;
    const taken = Math.min(wanted, this.#chunk.length - this.#at);
    const length = this.#partialLength + taken;
    if (length > this.#partial!.length) {
      const larger = this.#buffers.take(
        Math.min(this.#partialSize, Math.max(length, this.#partial!.length * 2)),
      ); // F2
      this.#partial!.copy(larger, 0, 0, this.#partialLength);
      this.#buffers.release(this.#partial!);
      this.#partial = larger;
    }
    this.#chunk.copy(this.#partial!, this.#partialLength, this.#at, this.#at + taken);
    this.#at += taken;
    this.#partialLength = length;
    if (length < this.#partialSize) return undefined;
    const frame = this.#partial!; // F3
    this.#partial = undefined;
    return frame;
  }

  #checkSize(size: number): void {
    if (size >= FRAME_BYTES_MIN && size <= this.#frameBytesMax) return;
    throw new MalformedMessage(
      `a request of ${size} bytes; between ${FRAME_BYTES_MIN} and socket.request.max.bytes (${this.#frameBytesMax}) are served`,
    );
  }
}
