/** Answers: what a request gets, at once or later. */

/** The parts of a frame, to be sent together; undefined: there is none (produce with acks=0). */
export type Answer = readonly Uint8Array[] | undefined;

/** An answer that comes later, without a promise of its own. */
export interface LaterAnswer {
  /** Called once. `receiver` is told once, in a later turn. */
  tell(receiver: AnswerReceiver): void;
}

export interface AnswerReceiver {
  answered(answer: Answer): void;
  failed(error: unknown): void;
}

export type AnswerSoon = Answer | LaterAnswer | Promise<Answer>;

export function isHere(answer: AnswerSoon): answer is Answer {
  return answer === undefined || Array.isArray(answer);
}
