/**
 * What a step that holds records by reference (operators/shelf.ts) asks of its stage: after a start records are read again that have
 * had their effect, so no step that they meet before it may remember them, and none may ask outside.
 */
import { PlanError } from '../plan-error.ts';
import type { Stage, StageNode } from './layout.ts';

export function checkPins({ nodes, inputs, tables }: Stage): void {
  const pinning = nodes.find(isPinning);
  if (pinning === undefined) return;
  const fix = `put keyBy(…) right before '${pinning.name}', so that what comes to it is read again from a topic of its own`;
  if (inputs.length > 1)
    throw new PlanError(
      `'${pinning.name}' holds records in Redis, and its stage reads ${inputs.join(' and ')}: one position cannot stay behind for all; ${fix}`,
    );
  const behind = new Set<string>();
  for (const one of nodes) {
    const { name, node } = one;
    const isBehind = one.inputs.length > 0 && one.inputs.every((input) => behind.has(input.name));
    if (isBehind || isPinning(one)) behind.add(name);
    if (isBehind && isPinning(one))
      throw new PlanError(
        `'${name}' holds records in Redis, and so does a step before it in its stage; ${fix}`,
      );
    if (isBehind || isPinning(one) || node.kind !== 'step') continue;
    const why =
      node.state !== undefined
        ? `keeps ${node.state}: it would take them for new ones, or for duplicates`
        : node.outside !== undefined
          ? 'asks outside, and may get another answer'
          : node.isKeyed && tables.length > 0
            ? 'joins a table, which may have changed'
            : undefined;
    if (why !== undefined)
      throw new PlanError(
        `'${pinning.name}' holds records in Redis, by reference: after a start they are read again, and '${name}' ${why}; ${fix}`,
      );
  }
}

function isPinning({ node }: StageNode): boolean {
  return node.kind === 'step' && node.outside?.isPinning === true;
}
