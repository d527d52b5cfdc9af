/**
 * Decision: what the mind wants done after one event: answers to give, records to write, timers to set.
 *
 * Records get their place in the log, with the markers that belong to them, and are replayed; only then do answers leave.
 */
import type { TransactionRecord } from './records.ts';

declare const answerOf: unique symbol;
/** A question that waits for an answer of type A; given out by the runtime. */
export type Token<A> = number & { readonly [answerOf]?: A };

/** Wall time is for what is written down; session time leaves out when the broker was down or stood still. */
export interface Now {
  readonly wallMs: number;
  readonly sessionMs: number;
}

export class Decision {
  readonly now: Now;
  readonly answers: { readonly token: number; readonly response: unknown }[] = [];
  readonly records: TransactionRecord[] = [];
  /** Key -> session time at which to call `fire`, or null. */
  readonly timers = new Map<string, number | null>();

  constructor(now: Now) {
    this.now = now;
  }

  answer<A>(token: Token<A>, response: A): void {
    this.answers.push({ token, response });
  }

  write(record: TransactionRecord): void {
    this.records.push(record);
  }

  setTimer(key: string, atMs: number): void {
    this.timers.set(key, atMs);
  }
}
