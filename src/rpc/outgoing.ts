/**
 * Outgoing: answers on their way into a socket, in order, in pieces: so it shows whether a peer reads at all.
 *
 * `bytes` counts from the moment an answer is there until the socket has it: the buffer of the socket itself is small.
 */
import type { Socket } from '../env/index.ts';

/** A socket gets so much at a time; a peer that reads takes it in well under a second. */
const PIECE_BYTES = 1024 * 1024;

export class Outgoing {
  readonly #socket: Socket;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  /** In the socket, which has not taken all of it. */
  #inSocket = 0;
  #isDrained = true;

  constructor(socket: Socket) {
    this.#socket = socket;
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

  push(parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      this.#parts.push(part);
      this.#partBytes += part.length;
    }
  }

  /** Offers what there is until the socket says stop; answers how many bytes are off our hands. */
  flush(): number {
    let gone = 0;
    while (this.#isDrained && this.#partBytes > 0) {
      const before = this.#partBytes;
      this.#isDrained = this.#socket.write(this.#takePiece());
      const taken = before - this.#partBytes;
      if (this.#isDrained) gone += taken;
      else this.#inSocket = taken;
    }
    return gone;
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

  /** Forgets what was not offered. */
  clear(): void {
    this.#parts = [];
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
