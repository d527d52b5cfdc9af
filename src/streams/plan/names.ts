/** The nodes of a plan in order, sources first, each with a name of its own: what it is called, or what it does and a number. */
import { PlanError } from '../plan-error.ts';
import type { PlanNode, SinkNode } from './node.ts';

export function named(sinks: readonly SinkNode[]): Map<PlanNode, string> {
  const nodes = new Set<PlanNode>();
  for (const sink of sinks) visit(sink, nodes);
  const names = new Map<PlanNode, string>();
  const taken = new Set<string>();
  for (const { label } of nodes) if (label !== undefined) take(label, taken);
  const counts = new Map<string, number>();
  for (const node of nodes) names.set(node, node.label ?? numbered(node.type, taken, counts));
  return names;
}

function take(label: string, taken: Set<string>): void {
  if (!/^[a-zA-Z0-9._-]{1,60}$/.test(label))
    throw new PlanError(`as: '${label}' is no name: letters, digits, '.', '_' and '-', at most 60`);
  if (taken.has(label)) throw new PlanError(`two steps are called '${label}': state is found by the name`);
  taken.add(label);
}

function numbered(type: string, taken: ReadonlySet<string>, counts: Map<string, number>): string {
  for (;;) {
    const count = (counts.get(type) ?? 0) + 1;
    counts.set(type, count);
    const name = count === 1 ? type : `${type}-${count}`;
    if (!taken.has(name)) return name;
  }
}

/** Those before a node come before it. */
function visit(node: PlanNode, nodes: Set<PlanNode>): void {
  if (nodes.has(node)) return;
  for (const { node: before } of node.inputs) visit(before, nodes);
  nodes.add(node);
}
