/**
 * Answerer: who answers the questions of one step of one task (streams/operators/operator.ts, Q1 to Q5).
 *
 *   A1  `answer` is called in the order of asking, but not one after the other: many are open at once
 *   A2  it rejects when the world outside is down: the same question comes again, after a pause, for as long as that lasts
 *   A3  it throws Unanswerable when this question will never have an answer: the step dead-letters its record, or does what it
 *       was told for that case
 */
import type { EventSink } from '../../base/index.ts';
import type { Clock, Http, Programs } from '../../env/index.ts';
import type { Row } from '../../streams/index.ts';

export interface Answerer {
  answer(question: unknown): Promise<unknown>;
  /** For a task that is being opened, while others wait for it: rejects when who answers cannot be reached now. */
  reach?(): Promise<void>;
  /** Committed rows of the step's outside table; what is asked afterwards sees them. Resolves when they are there. */
  remember?(rows: readonly Row[]): Promise<void>;
  /** The task ends; open questions are of no interest any more. */
  close(): Promise<void>;
}

export class Unanswerable extends Error {
  override readonly name = 'Unanswerable';
}

/** Whose step it is, and what an answerer has to work with. */
export interface AnswererSettings {
  readonly pipeline: string;
  readonly step: string;
  readonly partition: number;
  readonly clock: Clock;
  readonly events: EventSink | undefined;
  /** Undefined: no programs can be started here. */
  readonly programs: Programs | undefined;
  /** Undefined: nobody is asked over HTTP here. */
  readonly http?: Http | undefined;
}

export type OpenAnswerer = (settings: unknown, task: AnswererSettings) => Promise<Answerer>;
