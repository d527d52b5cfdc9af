/**
 * Clock: the only way to know the time or to wait.
 *
 * Two times that must never be mixed: `now` is wall time and may jump (timestamps, retention);
 * `monotonic` only rises (deadlines, sessions, durations).
 */
export interface Clock {
  /** Milliseconds since the epoch; may jump in both directions. */
  now(): number;
  /** Milliseconds since an arbitrary start, with fractions; never falls. */
  monotonic(): number;
  /** Resolves `ms` later, or at once when `signal` aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `wake` once, `ms` from now, unless the returned function is called before. Never keeps a process alive. */
  after(ms: number, wake: () => void): () => void;
  /** Lets all input and output that is ready be handled first: the end of this event-loop turn. */
  turn(): Promise<void>;
}
