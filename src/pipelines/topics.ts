/** Topics: what a pipeline needs is there before it runs: its inputs must be, its outputs and its own topics are made. */
import { type Layout, PlanError, type Stage } from '../streams/index.ts';
import { MissingTopic } from './missing-topic.ts';
import type { LogClient, NewTopic } from './log-client.ts';

/** Event times are what records say: years back, or ahead where a clock was wrong. A broker that refused them would stop the pipeline. */
const ANY_TIME = { 'message.timestamp.after.max.ms': String(2n ** 63n - 1n) };
/** Nobody sees what a pipeline has not committed, whatever client they use. Only Gregor knows it. */
const COMMITTED = { 'gregor.fetch.isolation': 'committed' };
/** A record that was taken elsewhere becomes larger here: headers say where it comes from, or why it is dead; state is JSON. */
const ANY_SIZE = { 'max.message.bytes': String(64 * 1024 * 1024) };
const OUTPUT = { ...COMMITTED, ...ANY_TIME, ...ANY_SIZE };
/** Retention goes by event time too, and would take old ones at once. */
const KEPT = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };
const SETTINGS = {
  repartition: { ...OUTPUT, ...KEPT },
  changelog: { ...OUTPUT, 'cleanup.policy': 'compact' },
  'dead letter': { ...OUTPUT, ...KEPT },
};

export interface PreparedTopics {
  /** Topic -> how many partitions it has, for all topics of the pipeline. */
  readonly partitionsOf: (topic: string) => number;
  /** Those that were not there. */
  readonly made: ReadonlySet<string>;
}

export async function prepareTopics(client: LogClient, layout: Layout): Promise<PreparedTopics> {
  const own = new Set(layout.topics.map(({ name }) => name));
  const inputs = unique(layout.stages.flatMap(readBy)).filter((name) => !own.has(name));
  const outputs = unique(layout.stages.flatMap(({ outputs }) => outputs)).filter((name) => !own.has(name));
  const there = await client.partitions(inputs);
  for (const name of inputs)
    if (!there.has(name))
      throw new MissingTopic(
        `there is no topic '${name}', which the pipeline reads: gregor topic create ${name}`,
      );
  const counts = new Map(there);
  const made = new Set<string>();
  const planned = new Map(layout.topics.map((topic) => [topic.name, topic]));
  /** Of a topic that may still have to be made. */
  const countOf = (name: string): number => {
    const { partitions, like = [] } = planned.get(name) ?? {};
    return counts.get(name) ?? partitions ?? Math.max(...like.map(countOf));
  };
  for (const { name, kind, like, partitions } of layout.topics) {
    const count = partitions ?? Math.max(...like.map(countOf));
    if (await ensure(client, { name, partitions: count, settings: SETTINGS[kind] }, counts)) made.add(name);
    if (counts.get(name)! < count && kind === 'changelog')
      throw new PlanError(
        `'${name}' has ${counts.get(name)} partitions, but there are ${count} tasks: state would have no home`,
      );
  }
  for (const name of outputs) await ensure(client, { name, partitions: undefined, settings: OUTPUT }, counts);
  for (const stage of layout.stages) requireEqual(stage, counts);
  return { partitionsOf: (topic) => counts.get(topic)!, made };
}

/** True: it was not there. */
async function ensure(client: LogClient, topic: NewTopic, counts: Map<string, number>): Promise<boolean> {
  const { name } = topic;
  let count = (await client.partitions([name])).get(name);
  const isNew = count === undefined;
  if (isNew) {
    await client.create(topic);
    count = (await client.partitions([name])).get(name);
  }
  if (count === undefined) throw new Error(`the topic '${name}' was created and is not there`);
  counts.set(name, count);
  return isNew;
}

/** Equal keys of all inputs must meet in one task. */
function requireEqual({ inputs, tables, isKeyed }: Stage, counts: ReadonlyMap<string, number>): void {
  const parted = tables.filter(({ isGlobal }) => !isGlobal).map(({ topic }) => topic);
  const met = [...inputs, ...parted];
  if (!isKeyed || new Set(met.map((name) => counts.get(name))).size <= 1) return;
  const told = met.map((name) => `${name} (${counts.get(name)})`).join(', ');
  const instead =
    parted.length > 0
      ? `add keyBy(…) before the join, or read the table whole: table('${parted[0]}', { global: true })`
      : 'add keyBy(…) before merge(…)';
  throw new PlanError(
    `equal keys must meet in one task, but the topics have different numbers of partitions: ${told}; ${instead}`,
  );
}

function readBy({ inputs, tables }: Stage): string[] {
  return [...inputs, ...tables.map(({ topic }) => topic)];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
