/**
 * Operator: one step at work in one task. Pure: what it knows beyond the record lies in its tables, what time it is stands
 * in `time`, and all it does is emit, dead-letter, count and change its tables.
 *
 *   O1  `process` and `advance` end; nothing happens between them
 *   O2  everything it must still know after a restart is in a table; fields are caches that its maker fills from tables
 *   O3  it never keeps a partition waiting: what cannot go on yet is held in a table
 */
import type { StreamRecord } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import type { Codec } from '../store/overlay.ts';
import type { Table } from '../store/table.ts';
import type { TimeQueue } from '../store/time-queue.ts';

export interface Operator {
  process(record: StreamRecord): void;
  /** A clock moved: do what is due. Called often, so a glance must be enough when nothing is. */
  advance?(): void;
}

export interface Time {
  /** See time/watermark.ts. */
  readonly watermarkMs: number;
  readonly wallMs: number;
}

/** Tables are named within the step. */
export interface StepState {
  table<V>(name: string, codec: Codec<V>): Table<V>;
  dated<V>(name: string, codec: Codec<V>, dateOf: (value: V) => number | undefined): DatedTable<V>;
  queue<V>(name: string, codec: Codec<V>): TimeQueue<V>;
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
