/**
 * RequestBudget: the bytes of all requests that are being served (`queued.max.request.bytes`), over all connections.
 *
 * Who finds it empty stops reading and is served again in the order of asking. One request is always let in when nobody
 * else is served, however large it is.
 */
export class RequestBudget {
  readonly #limitBytes: number;
  #used = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** True: taken. False: wait for `whenFree`. */
  take(bytes: number): boolean {
    if (this.#used > 0 && this.#used + bytes > this.#limitBytes) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    if (this.#waiting.length > 0 && this.#used < this.#limitBytes) this.#waiting.shift()!();
  }

  whenFree(wake: () => void): void {
    this.#waiting.push(wake);
  }
}
