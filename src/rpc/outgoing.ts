/**
 * Outgoing: answers on their way into a socket, in order, in pieces: so it shows whether a peer reads at all.
 *
 * `bytes` counts from the moment an answer is there until the socket has it: the buffer of the socket itself is small.
 * Memory that an answer refers to is released once the kernel has all of the answer. Of a connection that is gone nobody knows
 * when that was: its memory is left to the collector.
 */
import type { BufferPool, Socket } from '../env/index.ts';

/** A socket gets so much at a time; a peer that reads takes it in well under a second. */
const PIECE_BYTES = 1024 * 1024;

/** What is released when all up to `end` has left, counted from the first byte of the connection. */
interface Lent {
  readonly end: number;
  readonly memory: readonly Buffer[];
}

export class Outgoing {
  readonly #socket: Socket;
  readonly #buffers: BufferPool;
  /** In their order. */
  #lent: Lent[] = [];
  /** All bytes that the socket ever got. */
  #offeredBytes = 0;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  /** In the socket, which has not taken all of it. */
  #inSocket = 0;
  #isDrained = true;

  constructor(socket: Socket, buffers: BufferPool) {
    this.#socket = socket;
    this.#buffers = buffers;
  }

  /** False: the socket has enough, and more only after `drained`. */
  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** Bytes that have not been offered to the socket. */
  get waitingBytes(): number {
    return this.#partBytes;
  }

  get isEmpty(): boolean {
    return this.#partBytes === 0;
  }

  /** `lent`: memory that the parts lie in, held for them. */
  push(parts: readonly Uint8Array[], lent: readonly Buffer[]): void {
    for (const part of parts) {
      this.#parts.push(part);
      this.#partBytes += part.length;
    }
    if (lent.length > 0) this.#lent.push({ end: this.#offeredBytes + this.#partBytes, memory: lent });
  }

  /** Offers what there is until the socket says stop; answers how many bytes are off our hands. */
  flush(): number {
    let gone = 0;
    while (this.#isDrained && this.#partBytes > 0) {
      const before = this.#partBytes;
      this.#isDrained = this.#socket.write(this.#takePiece());
      const taken = before - this.#partBytes;
      this.#offeredBytes += taken;
      if (this.#isDrained) gone += taken;
      else this.#inSocket = taken;
    }
    if (this.#lent.length > 0) this.#releaseLent();
    return gone;
  }

  #releaseLent(): void {
    const left = this.#offeredBytes - this.#socket.unsentBytes;
    let count = 0;
    for (; count < this.#lent.length && this.#lent[count]!.end <= left; count++)
      for (const bytes of this.#lent[count]!.memory) this.#buffers.release(bytes);
    if (count > 0) this.#lent = this.#lent.slice(count);
  }

  /** The socket took what it had; answers how many bytes are off our hands. */
  drained(): number {
    const gone = this.#inSocket;
    this.#inSocket = 0;
    this.#isDrained = true;
    return gone + this.flush();
  }

  /** Offers all of it, whatever the socket says: nothing comes after it. */
  flushAll(): void {
    if (this.#partBytes > 0) this.#socket.write(this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
  }

  /** Forgets what was not offered, and leaves to the collector what nobody knows to have left. */
  clear(): void {
    this.#parts = [];
    this.#lent = [];
    this.#partBytes = 0;
  }

  #takePiece(): readonly Uint8Array[] {
    const parts = this.#parts;
    if (this.#partBytes <= PIECE_BYTES) {
      this.#parts = [];
      this.#partBytes = 0;
      return parts;
    }
    let count = 0;
    let bytes = 0;
    while (bytes + parts[count]!.length <= PIECE_BYTES) bytes += parts[count++]!.length;
    const piece = parts.slice(0, count);
    this.#parts = parts.slice(count);
    if (bytes < PIECE_BYTES) {
      const rest = this.#parts[0]!;
      piece.push(rest.subarray(0, PIECE_BYTES - bytes));
      this.#parts[0] = rest.subarray(PIECE_BYTES - bytes);
    }
    this.#partBytes -= PIECE_BYTES;
    return piece;
  }
}
