/** Circuit: the operators of a stage, wired as the plan says. A record goes in at an entry and runs through in one go, depth first. */
import { assert } from '../../base/index.ts';
import type { MakeOperator, Operator, OperatorContext } from '../operators/operator.ts';
import { rekey } from '../operators/stateless.ts';
import type { Stage, StageNode } from '../plan/layout.ts';
import type { StreamRecord } from '../record.ts';
import { enterHop, leaveHop, leaveStage } from './ends.ts';

type Emit = OperatorContext['emit'];
/** What an operator is given besides the way to the steps behind it. */
export type Surroundings = (name: string, emit: Emit) => OperatorContext;

export class Circuit {
  /** Topic → where its records go in. */
  readonly #entries = new Map<string, Operator[]>();
  readonly #alert: Operator[] = [];

  /** `by`: for the provenance of outputs. */
  constructor(stage: Stage, by: string, surroundings: Surroundings) {
    const outputs = new Map<string, Operator[][]>(stage.nodes.map(({ name }) => [name, []]));
    const made = stage.nodes.map((one): [StageNode, Operator] => {
      const make = makerOf(one, by);
      return [one, make(surroundings(one.name, emitter(outputs.get(one.name)!)))];
    });
    for (const [{ inputs, role, topic }, operator] of made) {
      for (const { name, output } of inputs) (outputs.get(name)![output] ??= []).push(operator);
      if (role === 'enter') this.#entries.set(topic!, [...(this.#entries.get(topic!) ?? []), operator]);
      if (operator.advance !== undefined) this.#alert.push(operator);
    }
  }

  process(topic: string, record: StreamRecord): void {
    const entries = this.#entries.get(topic);
    assert(entries !== undefined, () => `no step reads ${topic}`);
    for (const entry of entries) entry.process(record);
  }

  /** In the order of the plan, so that what one lets go reaches those behind it before they look at the clock. */
  advance(): void {
    for (const operator of this.#alert) operator.advance!();
  }
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

function emitter(outputs: readonly Operator[][]): Emit {
  return (record, output = 0) => {
    const operators = outputs[output];
    if (operators !== undefined) for (const operator of operators) operator.process(record);
  };
}
