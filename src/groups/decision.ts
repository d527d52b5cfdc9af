/**
 * Decision: what a mind wants done after one event: answers to give, records to write, timers to set.
 *
 * The order that the runtime keeps: records get their place in the log, are replayed, become durable; only then do
 * the answers leave. A request that gets no answer in its own decision is parked: a later decision names its token.
 *
 *   D1  a token is answered at most once
 *   D2  of one timer key the last word of a decision counts (a moment, or null: forget it)
 */
import type { WrittenRecord } from './records.ts';

declare const answerOf: unique symbol;
/** A question that waits for an answer of type A; given out by the runtime. */
export type Token<A> = number & { readonly [answerOf]?: A };

/** Two times that are never mixed: wall time for what is written down, session time for patience. */
export interface Now {
  /** Milliseconds since the epoch: commit timestamps, retention. */
  readonly wallMs: number;
  /** Only rises, and leaves out the moments in which the process itself stood still: sessions, rebalances. */
  readonly sessionMs: number;
}

export interface Answer {
  readonly token: number;
  readonly response: unknown;
}

export class Decision {
  readonly now: Now;
  readonly answers: Answer[] = [];
  readonly records: WrittenRecord[] = [];
  /** Key -> session time at which to call `fire`, or null. */
  readonly timers = new Map<string, number | null>();

  constructor(now: Now) {
    this.now = now;
  }

  answer<A>(token: Token<A>, response: A): void {
    this.answers.push({ token, response });
  }

  write(record: WrittenRecord): void {
    this.records.push(record);
  }

  setTimer(key: string, atMs: number): void {
    this.timers.set(key, atMs);
  }

  cancelTimer(key: string): void {
    this.timers.set(key, null);
  }
}
