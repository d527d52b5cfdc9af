/**
 * ByteBudget: bytes that all connections share. Who finds too little left waits, in the order of asking.
 *
 * Invariants
 *   Y1  `usedBytes` is what was taken and added and not given back
 *   Y2  only who asks for little overtakes who waits; one is always let in when nothing is used, however much it asks for
 *   Y3  who left (`cancel`) is skipped: nobody behind it waits for it
 */
/** The requests that most clients live by are smaller: none of them waits until something large has found its room. */
const LITTLE_BYTES = 64 * 1024;

interface Waiting {
  readonly bytes: number;
  readonly granted: () => void;
}

export class ByteBudget {
  readonly #limitBytes: number;
  readonly #onWait: () => void;
  readonly #waiting = new Set<Waiting>();
  #used = 0;

  /** `onWait` is called whenever somebody has to wait. */
  constructor(limitBytes: number, onWait: () => void = () => {}) {
    this.#limitBytes = limitBytes;
    this.#onWait = onWait;
  }

  get usedBytes(): number {
    return this.#used;
  }

  get freeBytes(): number {
    return Math.max(0, this.#limitBytes - this.#used);
  }

  /** Somebody waits, or more is used than there is. */
  get isCrowded(): boolean {
    return this.#waiting.size > 0 || this.#used > this.#limitBytes;
  }

  /** True: taken. False: `wait` for it. */
  take(bytes: number): boolean {
    if ((this.#waiting.size > 0 && bytes > LITTLE_BYTES) || !this.#fits(bytes)) return false; // Y2
    this.#used += bytes;
    return true;
  }

  /** Takes what is there already, whether it fits or not. */
  add(bytes: number): void {
    this.#used += bytes;
    if (this.#used > this.#limitBytes) this.#onWait();
  }

  give(bytes: number): void {
    this.#used -= bytes;
    if (this.#waiting.size > 0) this.#grant();
  }

  /** `granted` is called once the bytes are taken. The answer takes the request back (Y3). */
  wait(bytes: number, granted: () => void): () => void {
    const waiting = { bytes, granted };
    this.#waiting.add(waiting);
    this.#onWait();
    return () => {
      if (this.#waiting.delete(waiting)) this.#grant();
    };
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limitBytes;
  }

  #grant(): void {
    for (const waiting of this.#waiting) {
      if (!this.#fits(waiting.bytes)) return;
      this.#waiting.delete(waiting);
      this.#used += waiting.bytes;
      waiting.granted();
    }
  }
}
