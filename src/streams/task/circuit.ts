/**
 * Circuit: the operators of a stage, wired as the plan says. A record goes in at an entry and runs through in one go, depth
 * first, up to the steps that ask; behind those it goes on when they are answered (delay.ts).
 */
import { assert } from '../../base/index.ts';
import {
  type MakeOperator,
  type Operator,
  type OperatorContext,
  QUESTIONS_AT_ONCE,
  type Time,
} from '../operators/operator.ts';
import { rekey } from '../operators/stateless.ts';
import type { Stage, StageNode } from '../plan/layout.ts';
import type { StreamRecord } from '../record.ts';
import { Delay } from './delay.ts';
import { enterHop, leaveHop, leaveStage } from './ends.ts';
import type { Questions } from './questions.ts';

/** What the circuit itself gives an operator; the task adds the rest. */
export type Wires = Pick<OperatorContext, 'emit' | 'ask' | 'time'> & {
  /** The time that hops may be told with a record: as it was when all steps had last looked at it. What they let go because the watermark rose must not come behind it. */
  settled(): Time;
};
export type Surroundings = (name: string, wires: Wires) => OperatorContext;

interface Placed {
  readonly operator: Operator;
  /** Which of its inputs is meant. */
  readonly input: number;
  readonly level: number;
}

export interface CircuitSettings {
  readonly stage: Stage;
  /** For the provenance of outputs. */
  readonly by: string;
  readonly time: Time;
  readonly questions: Questions;
}

export class Circuit {
  /** Topic -> where its records go in. */
  readonly #entries = new Map<string, Operator[]>();
  /** By level. */
  readonly #alert: Operator[][] = [[]];
  readonly #delays: readonly Delay[];
  readonly #time: Time;
  /** By level. */
  readonly #settled: { watermarkMs: number; wallMs: number }[];
  readonly #questions: Questions;

  constructor({ stage, by, time, questions }: CircuitSettings, surroundings: Surroundings) {
    this.#time = time;
    this.#questions = questions;
    const { levels, deepest } = levelsOf(stage.nodes);
    this.#delays = Array.from({ length: deepest }, () => new Delay(time));
    this.#alert = Array.from({ length: deepest + 1 }, () => []);
    this.#settled = this.#alert.map((_, level) => ({ ...this.#timeAt(level) }));
    const outputs = new Map<string, Placed[][]>(stage.nodes.map(({ name }) => [name, []]));
    const made = stage.nodes.map((one): [StageNode, Operator] => {
      const wires = this.#wires(one, levels.get(one.name)!, outputs.get(one.name)!);
      return [one, makerOf(one, by)(surroundings(one.name, wires))];
    });
    for (const [{ name, inputs, role, topic }, operator] of made) {
      const level = levels.get(name)!;
      for (const [input, from] of inputs.entries())
        (outputs.get(from.name)![from.output] ??= []).push({ operator, input, level });
      if (role === 'enter') this.#entries.set(topic!, [...(this.#entries.get(topic!) ?? []), operator]);
      if (operator.advance !== undefined) this.#alert[level]!.push(operator);
    }
  }

  /** How much waits for answers, questions and what came behind them. */
  get waiting(): number {
    return this.#delays.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  process(topic: string, record: StreamRecord): void {
    const entries = this.#entries.get(topic);
    assert(entries !== undefined, () => `no step reads ${topic}`);
    for (const entry of entries) entry.process(record, 0);
  }

  /** In the order of the plan, so that what one lets go reaches those behind it before they look at the clock. */
  advance(level = 0): void {
    for (const operator of this.#alert[level]!) operator.advance!();
    this.#settled[level]!.watermarkMs = this.#timeAt(level).watermarkMs;
    this.#delays[level]?.pushTime(this.#timeAt(level), () => this.advance(level + 1));
  }

  #timeAt(level: number): Time {
    return level === 0 ? this.#time : this.#delays[level - 1]!.time;
  }

  #wires({ name, node }: StageNode, level: number, outputs: readonly Placed[][]): Wires {
    const outside = node.kind === 'step' ? node.outside : undefined;
    const time = this.#timeAt(level);
    const settled = () => (this.#alert.some((alert) => alert.length > 0) ? this.#settled[level]! : time);
    if (outside === undefined)
      return {
        time,
        settled,
        emit: this.#delays.length === 0 ? direct(outputs) : this.#emitter(outputs, () => level),
        ask: () => assert(false, `step ${name} asks, and its node does not say how it is answered`),
      };
    const delay = this.#delays[level]!;
    return {
      time,
      settled,
      emit: this.#emitter(outputs, () => (delay.isReleasing ? level + 1 : level)),
      ask: (question, resume) => {
        assert(!delay.isReleasing, () => `step ${name} asks where it is answered`);
        const settle = delay.hold(time, resume);
        this.#questions.ask(name, outside.atOnce ?? QUESTIONS_AT_ONCE, question, settle);
      },
    };
  }

  #emitter(outputs: readonly Placed[][], levelNow: () => number): OperatorContext['emit'] {
    return (record, output = 0) => {
      const level = levelNow();
      for (const to of outputs[output] ?? []) this.#cross(level, to, record);
    };
  }

  #cross(level: number, to: Placed, record: StreamRecord): void {
    if (level === to.level) to.operator.process(record, to.input);
    else this.#delays[level]!.push(this.#timeAt(level), () => this.#cross(level + 1, to, record));
  }
}

/** Nodes come behind those they come from. */
function levelsOf(nodes: readonly StageNode[]): { levels: ReadonlyMap<string, number>; deepest: number } {
  const behind = new Map<string, number>();
  const levels = new Map<string, number>();
  for (const { name, node, inputs } of nodes) {
    const level = Math.max(0, ...inputs.map((input) => behind.get(input.name)!));
    levels.set(name, level);
    behind.set(name, node.kind === 'step' && node.outside !== undefined ? level + 1 : level);
  }
  return { levels, deepest: Math.max(...behind.values()) };
}

function makerOf({ node, role, topic }: StageNode, by: string): MakeOperator {
  switch (node.kind) {
    case 'source':
      return (context) => ({ process: (record) => context.emit(record) });
    case 'step':
      return node.make;
    case 'rekey':
      if (role === 'work') return rekey(node.keyOf);
      return role === 'enter' ? enterHop(node) : leaveHop(node, topic!, by);
    case 'sink':
      return leaveStage(node, by);
  }
}

function direct(outputs: readonly Placed[][]): OperatorContext['emit'] {
  return (record, output = 0) => {
    const placed = outputs[output];
    if (placed !== undefined) for (const { operator, input } of placed) operator.process(record, input);
  };
}
