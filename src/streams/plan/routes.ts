/**
 * Routes: over which topics the records of an input come to a step: the input, then the repartition topics between, in order.
 *
 *   raw - keyBy a = a-repartition = dedupe - keyBy b = b-repartition = window        [raw, a-repartition, b-repartition]
 */
import { PlanError } from '../plan-error.ts';
import type { Layout, Stage, StageNode } from './layout.ts';

/** None: the step gets nothing of that topic. Throws PlanError where a step between may hold records back: then nobody can say when one is there. */
export function routesTo({ stages }: Layout, stage: Stage, step: string, topic: string): string[][] {
  const routes = new Map<string, string[]>();
  const walk = (at: Stage, of: StageNode, behind: readonly string[], holder: string | undefined): void => {
    for (const input of of.inputs) {
      const before = nodeOf(at, input.name);
      const { node } = before;
      if (node.kind === 'source' && node.table === undefined && before.topic === topic) {
        if (holder !== undefined)
          throw new PlanError(
            `'${holder}' may hold records of '${topic}' back before they reach '${step}': nobody can say when one is in it`,
          );
        const route = [topic, ...behind];
        routes.set(route.join(' '), route);
      } else if (node.kind === 'rekey' && before.role === 'enter') {
        const from = stages.find(({ outputs }) => outputs.includes(before.topic!))!;
        const leaving = from.nodes.find((one) => one.node === node && one.role === 'leave')!;
        walk(from, leaving, [before.topic!, ...behind], holder);
      } else walk(at, before, behind, node.kind === 'step' && node.isHolding ? before.name : holder);
    }
  };
  walk(stage, nodeOf(stage, step), [], undefined);
  return [...routes.values()];
}

/** The keyBy whose repartition topic brings the step its records, and says in which partition a key lies; undefined: they come as they were written. */
export function hopBefore(stage: Stage, step: string): StageNode | undefined {
  for (const input of nodeOf(stage, step).inputs) {
    const before = nodeOf(stage, input.name);
    if (before.node.kind === 'rekey' && before.role === 'enter') return before;
    const found = hopBefore(stage, before.name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** That hands records on: a hop has its name at the end of one stage, too. */
function nodeOf(stage: Stage, name: string): StageNode {
  return stage.nodes.find((one) => one.name === name && one.role !== 'leave')!;
}
