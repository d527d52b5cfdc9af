/**
 * Layout: the plan cut into stages. A stage is what one task runs in one go; between stages records go over a topic.
 *
 *   from raw - parse - keyBy -> orders-keyBy-repartition -> dedupe - reorder - to clean
 *   +------- stage 0 --------+                            +------- stage 1 ----------+
 *
 *   Y1  a keyBy is a hop only when a step behind it is keyed, before the next keyBy; else it only changes the key
 *   Y2  names of steps are unique and depend on the plan alone: a step finds its state again after a restart
 *   Y3  a stream's topic is read by one stage; no topic is both read and written
 *   Y4  tables are read beside the streams: they make no tasks, and what is keyed by one has as many partitions as it
 */
import { PlanError } from '../plan-error.ts';
import type { Edge, PlanNode, RekeyNode, SinkNode } from './node.ts';
import { named } from './names.ts';
import { checkPins } from './pins.ts';
import type { PipelineSettings } from './pipeline.ts';

export interface Layout {
  readonly settings: PipelineSettings;
  readonly stages: readonly Stage[];
  readonly topics: readonly InternalTopic[];
}

export interface Stage {
  readonly index: number;
  /** Of its first entry; state is found again by it. */
  readonly name: string;
  /** Entries first, then every node behind those it comes from. */
  readonly nodes: readonly StageNode[];
  /** The topics of streams that it reads. */
  readonly inputs: readonly string[];
  readonly tables: readonly TableInput[];
  /** The topics that it writes, besides its changelog and the dead letters. */
  readonly outputs: readonly string[];
  /** Equal keys of all inputs must meet in one task. */
  readonly isKeyed: boolean;
  /** Undefined: it keeps nothing that is not found elsewhere. */
  readonly changelog: string | undefined;
}

export interface TableInput {
  readonly topic: string;
  /** Every task reads all of it; else only the partition of its own number. */
  readonly isGlobal: boolean;
}

export interface StageNode {
  readonly name: string;
  readonly node: PlanNode;
  /** A hop stands at the end of one stage and at the beginning of the next: 'enter' there. */
  readonly role: 'enter' | 'work' | 'leave';
  /** The topic that it reads or writes, where it does. */
  readonly topic: string | undefined;
  /** Who hands it records, by name, and from which output. */
  readonly inputs: readonly { readonly name: string; readonly output: number }[];
}

/** A topic that the pipeline makes for itself. */
export interface InternalTopic {
  readonly name: string;
  readonly kind: 'repartition' | 'changelog' | 'dead letter';
  /** As many partitions as the largest of these, unless said otherwise. */
  readonly like: readonly string[];
  readonly partitions: number | undefined;
}

export function layout(settings: PipelineSettings, sinks: readonly SinkNode[]): Layout {
  const names = named(sinks);
  const nodes = [...names.keys()];
  const hops = new Map<PlanNode, string>();
  for (const node of nodes)
    if (node.kind === 'rekey' && isHop(node, nodes))
      hops.set(node, `${settings.name}-${names.get(node)!}-repartition`);
  const stages = groups(nodes, hops).map((group, index) => stageOf(settings, index, group, { names, hops }));
  checkTopics(stages, hops);
  for (const stage of stages) {
    checkTimes(stage);
    checkPins(stage);
  }
  checkDelays(names);
  return Object.freeze({ settings, stages: Object.freeze(stages), topics: internalTopics(settings, stages) });
}

function topicsOf(nodes: readonly StageNode[], role: StageNode['role']): string[] {
  return [...new Set(nodes.filter((one) => one.role === role && !isTable(one)).map(({ topic }) => topic!))];
}

const isTable = ({ node }: StageNode): boolean => node.kind === 'source' && node.table !== undefined;

function tablesOf(nodes: readonly StageNode[]): TableInput[] {
  const tables = new Map<string, TableInput>();
  for (const { node } of nodes) {
    if (node.kind !== 'source' || node.table === undefined) continue;
    const isGlobal = node.table === 'global';
    if ((tables.get(node.topic)?.isGlobal ?? isGlobal) !== isGlobal)
      throw new PlanError(`the table '${node.topic}' is read whole by one join and in parts by another`);
    tables.set(node.topic, Object.freeze({ topic: node.topic, isGlobal }));
  }
  return [...tables.values()];
}

export const isHopEntry = ({ node, role }: StageNode): boolean => node.kind === 'rekey' && role === 'enter';

function isHop(rekey: RekeyNode, nodes: readonly PlanNode[]): boolean {
  const behind = new Set<PlanNode>([rekey]);
  for (const node of nodes) {
    if (behind.has(node) || !node.inputs.some((edge) => behind.has(edge.node))) continue;
    if (node.kind === 'step' && node.isKeyed) return true;
    if (node.kind !== 'rekey') behind.add(node);
  }
  return false;
}

interface Member {
  readonly node: PlanNode;
  readonly role: StageNode['role'];
}

/** What hangs together when the hops are cut, in the order of the plan; sources of one topic belong together. */
function groups(nodes: readonly PlanNode[], hops: ReadonlyMap<PlanNode, string>): Member[][] {
  const found: Member[][] = [];
  const groupOf = new Map<string | PlanNode, Member[]>();
  const join = (member: Member, others: readonly (Member[] | undefined)[]): Member[] => {
    const [first, ...rest] = [...new Set(others.filter((group) => group !== undefined))];
    const group = first ?? [];
    if (first === undefined) found.push(group);
    for (const other of rest) {
      group.push(...other);
      found.splice(found.indexOf(other), 1);
      for (const [key, value] of groupOf) if (value === other) groupOf.set(key, group);
    }
    group.push(member);
    return group;
  };
  for (const node of nodes) {
    const inputs = node.inputs.map((edge) => groupOf.get(edge.node));
    const topic = node.kind === 'source' && node.table === undefined ? node.topic : undefined;
    const group = join({ node, role: roleOf(node, hops) }, [
      ...inputs,
      topic === undefined ? undefined : groupOf.get(topic),
    ]);
    if (topic !== undefined) groupOf.set(topic, group);
    groupOf.set(node, hops.has(node) ? join({ node, role: 'enter' }, []) : group);
  }
  const place = new Map(nodes.map((node, n) => [node, n]));
  const rank = ({ node, role }: Member) => place.get(node)! + (role === 'enter' ? 0 : nodes.length);
  return found.map((group) => group.sort((a, b) => rank(a) - rank(b)));
}

function roleOf(node: PlanNode, hops: ReadonlyMap<PlanNode, string>): StageNode['role'] {
  if (node.kind === 'source') return 'enter';
  return node.kind === 'sink' || hops.has(node) ? 'leave' : 'work';
}

function stageOf(
  settings: PipelineSettings,
  index: number,
  group: readonly Member[],
  plan: { readonly names: ReadonlyMap<PlanNode, string>; readonly hops: ReadonlyMap<PlanNode, string> },
): Stage {
  const nodes = group.map(({ node, role }): StageNode => {
    const topic = node.kind === 'source' || node.kind === 'sink' ? node.topic : plan.hops.get(node);
    const edges: readonly Edge[] = role === 'enter' ? [] : node.inputs;
    const inputs = edges.map((edge) => ({ name: plan.names.get(edge.node)!, output: edge.output }));
    return Object.freeze({ name: plan.names.get(node)!, node, role, topic, inputs });
  });
  const isStateful = nodes.some(({ node }) => node.kind === 'step' && node.state !== undefined);
  const changelog = isStateful ? `${settings.name}-${nodes[0]!.name}-changelog` : undefined;
  return Object.freeze({
    index,
    name: nodes[0]!.name,
    nodes: Object.freeze(nodes),
    inputs: Object.freeze(topicsOf(nodes, 'enter')),
    tables: Object.freeze(tablesOf(nodes)),
    outputs: Object.freeze(topicsOf(nodes, 'leave')),
    isKeyed: nodes.some(({ node }) => node.kind === 'step' && node.isKeyed),
    changelog,
  });
}

function checkTopics(stages: readonly Stage[], hops: ReadonlyMap<PlanNode, string>): void {
  for (const { inputs, tables } of stages)
    for (const { topic } of tables)
      if (inputs.includes(topic))
        throw new PlanError(`'${topic}' is a stream and a table of the same stage: a record cannot be both`);
  const read = new Set(
    stages.flatMap(({ inputs, tables }) => [...inputs, ...tables.map(({ topic }) => topic)]),
  );
  for (const name of hops.values()) read.delete(name);
  for (const { nodes } of stages)
    for (const { role, topic } of nodes)
      if (role === 'leave' && read.has(topic!))
        throw new PlanError(
          `the pipeline reads '${topic}' and writes to it: it would never come to an end. Let it write another one`,
        );
}

/** Behind a step that asks, records come later than their time is read: the time must be known before. */
function checkTimes({ nodes }: Stage): void {
  const behind = new Set<string>();
  for (const { name, node, inputs } of nodes) {
    const isBehind = inputs.some((input) => behind.has(input.name));
    if (node.kind !== 'step') {
      if (isBehind) behind.add(name);
      continue;
    }
    if (isBehind && node.time !== undefined)
      throw new PlanError(
        `'${name}' says what event time is, behind a step that asks outside: put eventTime(…) before that step`,
      );
    if (isBehind || node.outside !== undefined) behind.add(name);
  }
}

/** The watermark does not wait for what throttle holds: it would be late for whoever goes by event time behind it. */
function checkDelays(names: ReadonlyMap<PlanNode, string>): void {
  const delayed = new Map<PlanNode, string>();
  for (const [node, name] of names) {
    const by = node.inputs.map((edge) => delayed.get(edge.node)).find((found) => found !== undefined);
    if (by !== undefined && node.kind === 'step' && node.isByEventTime)
      throw new PlanError(
        `'${name}' goes by event time, behind '${by}', which delays records: they would come late. Put '${by}' behind it`,
      );
    if (by !== undefined || node.type === 'throttle') delayed.set(node, by ?? name);
  }
}

function internalTopics(settings: PipelineSettings, stages: readonly Stage[]): InternalTopic[] {
  const topics: InternalTopic[] = [];
  for (const stage of stages) {
    for (const { node, role, topic } of stage.nodes)
      if (node.kind === 'rekey' && role === 'leave')
        topics.push({
          name: topic!,
          kind: 'repartition',
          like: likeOf(topic!, stages),
          partitions: node.partitions,
        });
    if (stage.changelog !== undefined)
      topics.push({ name: stage.changelog, kind: 'changelog', like: stage.inputs, partitions: undefined });
  }
  const deadLetter = settings.deadLetterTopic;
  return [...topics, { name: deadLetter, kind: 'dead letter', like: [], partitions: 1 }];
}

/** All that meets in one stage has equally many partitions: as many as what it cannot choose, or else the largest that feeds it. */
function likeOf(hop: string, stages: readonly Stage[]): readonly string[] {
  const { inputs, tables, nodes } = stages.find((stage) => stage.inputs.includes(hop))!;
  const hops = new Set(nodes.filter(isHopEntry).map(({ topic }) => topic!));
  const given = [
    ...inputs.filter((topic) => !hops.has(topic)),
    ...tables.filter(({ isGlobal }) => !isGlobal).map(({ topic }) => topic),
  ];
  if (given.length > 0) return given;
  return [
    ...new Set(stages.flatMap((from) => (from.outputs.some((topic) => hops.has(topic)) ? from.inputs : []))),
  ];
}
