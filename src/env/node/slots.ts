/**
 * Slots: how many calls may occupy libuv's thread pool at once, so that two of its threads stay free.
 *
 * A journal's sync that queued behind eight cold reads would make every producer wait for them. So whatever may be
 * slow and is not the journal (all reads, everything on files opened with `background`, listings, removals) takes a
 * slot; the journal's own writes and syncs, renames and folder syncs do not. First come, first served; those who call
 * bound how much they ask for.
 */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next(); // the slot goes straight to the next one
    }
  }
}

const THREADS_DEFAULT = 4;
const THREADS_KEPT_FREE = 2;

/** libuv reads this variable once, at the first use of its pool: set it before the process starts. */
export function slotCount(threads: string | undefined): number {
  const count = Number(threads ?? THREADS_DEFAULT);
  return Math.max(1, (Number.isInteger(count) && count > 0 ? count : THREADS_DEFAULT) - THREADS_KEPT_FREE);
}
