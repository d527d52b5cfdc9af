/** Slot: a request that is being served, and its place among the answers of its connection. */
import type { Answer, AnswerReceiver } from './answer.ts';

/** Reads of the log take memory for their answers (S5); an append is never held up by who sent it; some wait for other clients. */
export type RequestKind = 'append' | 'read' | 'wait' | 'other';

/** Requests that are smaller may be served for as long as they like (S6): they wait for records, or for their group. */
const LONG_REQUEST_BYTES_MIN = 16 * 1024;

export const NOTHING_LENT: readonly Buffer[] = [];

export interface SlotOwner {
  done(slot: Slot, answer: Answer): void;
  failed(slot: Slot, error: unknown): void;
}

export class Slot implements AnswerReceiver {
  readonly kind: RequestKind;
  readonly #startedAt: number;
  /** What it has of `requests`. */
  requestBytes: number;
  /** What it has of `answers`, before its answer is there. */
  reservedBytes = 0;
  isDone = false;
  answer: Answer = undefined;
  /** Memory that the answer lies in, held for it. */
  lent = NOTHING_LENT;
  readonly #owner: SlotOwner;

  constructor(owner: SlotOwner, kind: RequestKind, requestBytes: number, startedAt: number) {
    this.#owner = owner;
    this.kind = kind;
    this.requestBytes = requestBytes;
    this.#startedAt = startedAt;
  }

  awaits(answer: Promise<Answer>): void {
    answer.then(
      (later) => this.answered(later),
      (error: unknown) => this.failed(error),
    );
  }

  answered(answer: Answer): void {
    this.#owner.done(this, answer);
  }

  failed(error: unknown): void {
    this.#owner.failed(this, error);
  }

  isLong(before: number): boolean {
    return this.kind !== 'append' && this.requestBytes >= LONG_REQUEST_BYTES_MIN && this.#startedAt < before;
  }
}
