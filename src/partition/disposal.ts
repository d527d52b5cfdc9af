/**
 * Disposal: files that no manifest names any more, until they are unlinked.
 *
 *   checkpoint -> waiting (`file.delete.delay.ms`) -> unlinked, one file after the other
 *
 * Nothing waits for it: a topic with tens of thousands of segments goes without holding up a checkpoint or a sync. What a
 * crash leaves here is found again at the next start: no manifest names it.
 */
import type { EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';

interface Waiting {
  readonly what: string;
  /** Monotonic milliseconds. */
  readonly dueAt: number;
  readonly unlink: () => Promise<void>;
}

export class Disposal {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #events: EventSink;
  #waiting: Waiting[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(clock: Pick<Clock, 'monotonic'>, events: EventSink) {
    this.#clock = clock;
    this.#events = events;
  }

  /** `what`: the folder, for those who read of a failure. */
  add(what: string, delayMs: number, unlink: () => Promise<void>): void {
    this.#waiting.push({ what, dueAt: this.#clock.monotonic() + delayMs, unlink });
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** Unlinks what is due. Resolves when that is done, and never rejects. */
  run(): Promise<void> {
    return this.#unlink(this.#clock.monotonic());
  }

  /** Unlinks everything, due or not: the folder is being closed. */
  finish(): Promise<void> {
    return this.#unlink(Number.POSITIVE_INFINITY);
  }

  #unlink(until: number): Promise<void> {
    const due = this.#waiting.filter(({ dueAt }) => dueAt <= until);
    if (due.length > 0) {
      this.#waiting = this.#waiting.filter(({ dueAt }) => dueAt > until);
      this.#running = this.#running.then(() => this.#work(due));
    }
    return this.#running;
  }

  async #work(due: readonly Waiting[]): Promise<void> {
    for (const { what, unlink } of due)
      await unlink().catch((error: unknown) =>
        this.#events(
          'warn',
          'Files that nothing needs any more could not be removed. The next start tries again.',
          {
            what,
            error: String(error),
          },
        ),
      );
  }
}
