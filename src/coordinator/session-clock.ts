/**
 * Session clock: monotonic time without the moments in which this process stood still.
 *
 * A process that was stopped, suspended or busy for seconds has heard no heartbeat, through no fault of the members.
 * While anybody waits, a beat every half second shows that time is passing for us too; a gap of more than a second
 * between two looks is a stall, and is left out (guarantee C6).
 */
import type { Clock } from '../env/index.ts';

const BEAT_MS = 500;
const STALL_MS = 1_000;

export class SessionClock {
  readonly #clock: Clock;
  #stalledMs = 0;
  #seenMs: number;
  #waiting = 0;
  #stopBeat: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#seenMs = clock.monotonic();
  }

  now(): number {
    const nowMs = this.#clock.monotonic();
    const gapMs = nowMs - this.#seenMs;
    if (this.#stopBeat !== undefined && gapMs > STALL_MS) this.#stalledMs += gapMs - BEAT_MS;
    this.#seenMs = nowMs;
    return nowMs - this.#stalledMs;
  }

  /** Calls `wake` once, at the earliest `ms` from now; after a stall it may ring early by session time. */
  after(ms: number, wake: () => void): () => void {
    this.now();
    let waiting = true;
    const settle = () => {
      if (!waiting) return;
      waiting = false;
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#rest();
    };
    const cancel = this.#clock.after(Math.max(ms, 0), () => {
      this.now();
      settle();
      wake();
    });
    this.#waiting += 1;
    if (this.#stopBeat === undefined) this.#beat();
    return () => {
      cancel();
      settle();
    };
  }

  #beat(): void {
    this.#stopBeat = this.#clock.after(BEAT_MS, () => {
      this.now();
      this.#beat();
    });
  }

  #rest(): void {
    this.#stopBeat?.();
    this.#stopBeat = undefined;
  }
}
