/**
 * Operator: one step at work in one task. Pure: what it knows beyond the record lies in its tables, what time it is stands
 * in `time`, and all it does is emit, dead-letter, count and change its tables.
 *
 *   O1  `process` and `advance` end; nothing happens between them
 *   O2  everything it must still know after a restart is in a table; fields are caches that its maker fills from tables
 *   O3  it never keeps a partition waiting: what cannot go on yet is held in a table
 *
 * Questions. What only the world outside can say (a lookup, a cache, another program) an operator asks: it gives data, and
 * later its `resume` is called with the answer. It never sees a promise.
 *
 *   process(record) -> ask(question, resume) ····· outside ····· resume(answer) -> emit
 *   process(record) -> emit ----------- waits behind the question before it -----> the steps behind
 *
 *   Q1  only a step whose node says how it is answered (`outside`) may ask, in `process` and `advance`, not in `resume`
 *   Q2  what it emits and `resume` leave in the order in which they were asked, whatever order answers come in: the order of
 *       the task, and so that of every key. The steps behind see the time as it was then. So the outputs are those of a run
 *       in which every answer came at once
 *   Q3  a commit waits until nothing is asked any more; a question that is open when a task ends is asked again by the next
 *       one, because its record is read again. So a question may be asked twice, and the answer must not depend on that
 *   Q4  whoever answers is asked again for as long as he is down: nothing is dropped. A refusal is an answer: this question
 *       will never have another one
 *   Q5  at most `atOnce` questions of a step are outside; the others wait in the task, and so do, in their place, records
 */
import type { StreamRecord } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import type { OutsideTable } from '../store/outside-table.ts';
import type { Codec } from '../store/overlay.ts';
import type { Table } from '../store/table.ts';
import type { TimeQueue } from '../store/time-queue.ts';

export interface Operator {
  /** `input`: which of its step's inputs the record comes from. */
  process(record: StreamRecord, input: number): void;
  /** A clock moved: do what is due. Called often, so a glance must be enough when nothing is. */
  advance?(): void;
}

export interface Time {
  /** See time/watermark.ts. */
  readonly watermarkMs: number;
  readonly wallMs: number;
}

/** How the questions of a step are answered: data for whoever runs the task. */
export interface Outside {
  /** Who answers: `function`, `redis`, ... */
  readonly kind: string;
  /** For whoever that is. */
  readonly settings: unknown;
  /** Default QUESTIONS_AT_ONCE. */
  readonly atOnce?: number;
  /** The step holds records by reference (`context.pin`): see shelf.ts, and the rules in plan/pins.ts. */
  readonly isPinning?: boolean;
  /** Whoever answers keeps the rows of the step's outside table. */
  readonly hasRows?: boolean;
  /**
   * Stands in for it in a test without the world outside. One for each task; it may keep something between calls.
   * `rows`: what is committed of the step's outside table.
   */
  readonly pretend?: (rows: ReadonlyMap<string, Buffer>) => (question: unknown) => Answer;
}

export const QUESTIONS_AT_ONCE = 128;

export type Answer = { readonly value: unknown } | { readonly refusal: string };

/** The record of the input topic that is being processed. */
export interface Input {
  readonly offset: number;
  /** It was processed before, and all that came of it is committed; only what is held by reference is to be put back. */
  readonly isAgain: boolean;
}

/** Tables are named within the step. */
export interface StepState {
  table<V>(name: string, codec: Codec<V>): Table<V>;
  dated<V>(name: string, codec: Codec<V>, dateOf: (value: V) => number | undefined): DatedTable<V>;
  queue<V>(name: string, codec: Codec<V>): TimeQueue<V>;
  /** Of a step that asks: its answerer gets the rows once they are committed. */
  outside<V>(name: string, codec: Codec<V>): OutsideTable<V>;
  /** Of rows that are found again in a topic, so they are not in the changelog. */
  derived<V>(name: string, codec: Codec<V>): Table<V>;
}

export type DeadLetterReason =
  | 'unreadable'
  | 'failed'
  | 'invalid'
  | 'late'
  | 'duplicate'
  | 'conflict'
  | 'gap'
  | 'incomplete'
  | 'missing'
  | 'overflow';

export interface OperatorContext {
  readonly step: string;
  readonly time: Time;
  readonly state: StepState;
  /** To the steps behind; `output` is one of a branch. */
  emit(record: StreamRecord, output?: number): void;
  deadLetter(record: StreamRecord, reason: DeadLetterReason, message: string): void;
  /** For metrics: what happened without an output. */
  count(what: string, by?: number): void;
  /** The event time of the record that is being processed. */
  observe(timestampMs: number): void;
  /** Into a topic. */
  send(output: Output): void;
  readonly input: Input;
  /** `lowest`: the lowest offset of the input that is still needed; undefined: none. */
  pin(lowest: () => number | undefined): void;
  /** As long as `isFull` says so, whoever runs the task reads nothing more of its streams (overflow.ts). */
  pauseWhile(isFull: () => boolean): void;
  /** See Q1 to Q5. */
  ask(question: unknown, resume: (answer: Answer) => void): void;
}

export interface Output {
  readonly topic: string;
  /** Undefined: by the key; without a key, the task's own. */
  readonly partition?: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[];
  readonly timestampMs: number;
}

export type MakeOperator = (context: OperatorContext) => Operator;
