/**
 * Arrivals: frames of which only a part has arrived, over all connections.
 *
 * While they hold more than the limit, only the one that began first is read from, so that it becomes whole and makes
 * room; the others wait, and go on in the order in which they began.
 */
export interface Arriving {
  /** Bytes of its half frame may be read again. */
  readAgain(): void;
}

export class Arrivals {
  readonly #limitBytes: number;
  readonly #onCrowd: () => void;
  /** Bytes of each, in the order in which the frames began. */
  readonly #arriving = new Map<Arriving, number>();
  readonly #stopped = new Set<Arriving>();
  #bytes = 0;

  constructor(limitBytes: number, onCrowd: () => void) {
    this.#limitBytes = limitBytes;
    this.#onCrowd = onCrowd;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isCrowded(): boolean {
    return this.#bytes > this.#limitBytes;
  }

  /** So many bytes of a half frame are here; 0: it is whole, or gone. */
  report(who: Arriving, bytes: number): void {
    this.#bytes += bytes - (this.#arriving.get(who) ?? 0);
    if (bytes > 0) this.#arriving.set(who, bytes);
    else {
      this.#arriving.delete(who);
      this.#stopped.delete(who);
      this.#wake();
    }
    if (this.isCrowded) this.#onCrowd();
  }

  /** False: it must not be read from until `readAgain`. */
  mayRead(who: Arriving): boolean {
    if (!this.isCrowded || !this.#arriving.has(who) || this.#first() === who) return true;
    this.#stopped.add(who);
    return false;
  }

  #first(): Arriving | undefined {
    return this.#arriving.keys().next().value;
  }

  #wake(): void {
    if (this.#stopped.size === 0) return;
    const first = this.#first();
    const ready = this.isCrowded ? [...this.#stopped].filter((who) => who === first) : [...this.#stopped];
    for (const who of ready) {
      this.#stopped.delete(who);
      who.readAgain();
    }
  }
}
