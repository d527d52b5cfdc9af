/**
 * Waiters: fetches that wait until enough bytes are readable, a partition goes away, or their time is over.
 *
 * A waiter is woken at most once; who wakes it does not know what it waits for, it looks again by itself.
 */
export interface Waiter {
  /** Something changed that might be what was waited for. */
  wake(): void;
}

export class Waiters {
  #parked = new Set<Waiter>();

  get size(): number {
    return this.#parked.size;
  }

  park(waiter: Waiter): void {
    this.#parked.add(waiter);
  }

  leave(waiter: Waiter): void {
    this.#parked.delete(waiter);
  }

  /** Everyone who waits now; a waiter that parks again meanwhile is not woken twice. */
  wakeAll(): void {
    if (this.#parked.size === 0) return;
    for (const waiter of [...this.#parked]) waiter.wake();
  }
}
