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
  const tableNames = new Set(nodes.filter(isTable).map(({ name }) => name));
  for (const one of nodes) {
    const { name, node } = one;
    // Rows of a table are read for themselves: a join behind the step meets no record that is read again.
    const streams = one.inputs.filter((input) => !tableNames.has(input.name));
    const isBehind = streams.length > 0 && streams.every((input) => behind.has(input.name));
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

function isTable({ node }: StageNode): boolean {
  return node.kind === 'source' && node.table !== undefined;
}

function isPinning({ node }: StageNode): boolean {
  return node.kind === 'step' && node.outside?.isPinning === true;
}
