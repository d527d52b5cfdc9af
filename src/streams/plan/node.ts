/**
 * PlanNode: one step of a pipeline as data. Frozen; it knows the steps before it and nothing of those behind, so a stream
 * can be continued in two ways without either knowing the other.
 *
 *   source -> step -> step -> rekey -> step -> sink        an edge names the node before and which of its outputs
 */
import type { Kept } from '../operators/kept.ts';
import type { MakeOperator, Outside } from '../operators/operator.ts';
import type { StreamRecord } from '../record.ts';
import type { WatermarkSettings } from '../time/watermark.ts';
import type { Paths } from './paths.ts';
import type { Serde } from './serde.ts';
import { remember } from './site.ts';

export interface Edge {
  readonly node: PlanNode;
  readonly output: number;
}

interface Common {
  /** What it does, in one word: the default of its name. */
  readonly type: string;
  /** As the user named it; state and repartition topics are found again by it. */
  readonly label: string | undefined;
  readonly inputs: readonly Edge[];
  /** For people: the options that matter. */
  readonly details: readonly string[];
}

export interface SourceNode extends Common {
  readonly kind: 'source';
  readonly topic: string;
  /** Undefined: a stream. A table is read to its end before the first record of a stream, and the group knows nothing of it. */
  readonly table: 'partitioned' | 'global' | undefined;
}

export interface StepNode extends Common {
  readonly kind: 'step';
  readonly make: MakeOperator;
  /** What it keeps in the changelog, for people; undefined: nothing. */
  readonly state: string | undefined;
  /** Equal keys must meet in one task: records with a new key go over a topic before it. */
  readonly isKeyed: boolean;
  /** Only of the step that says what event time is. */
  readonly time: WatermarkSettings | undefined;
  /** Which records must meet in one task for it to work: those that agree in these fields. */
  readonly meets: Meeting | undefined;
  /** It goes by event time, and means nothing where nobody says what that is. */
  readonly isByEventTime: boolean;
  /** A record may have been taken, and what comes of it leaves the step later. */
  readonly isHolding: boolean;
  /** What readers outside can ask of it by key; undefined: nothing. */
  readonly kept: Kept | undefined;
  /** What does not go on, and leaves no trace but a count: 'late', 'conflict', 'what its condition refuses'. */
  readonly drops: readonly string[];
  /** Why that is right, in the user's words. */
  readonly because: string | undefined;
  /** How its questions are answered; undefined: it asks none. */
  readonly outside: Outside | undefined;
}

/** `paths` is undefined when nobody can tell. */
export interface Meeting {
  readonly paths: Paths | undefined;
}

/** Gives records a new key. When a step behind is keyed, they go over a topic, so that equal keys meet in one task. */
export interface RekeyNode extends Common {
  readonly kind: 'rekey';
  readonly keyOf: (record: StreamRecord) => unknown;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  readonly partitions: number | undefined;
  /** The fields that the key is made of; undefined when nobody can tell. */
  readonly paths: Paths | undefined;
}

export interface SinkNode extends Common {
  readonly kind: 'sink';
  readonly topic: string;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
}

export type PlanNode = SourceNode | StepNode | RekeyNode | SinkNode;

export function frozen<N extends PlanNode>(node: N): N {
  Object.freeze(node.inputs);
  Object.freeze(node.details);
  remember(node);
  return Object.freeze(node);
}
