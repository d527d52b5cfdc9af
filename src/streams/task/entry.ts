/** Entry: what a stage must know of its input topics: which channels of time they bring, and how their records begin their way. */
import { partitionOfKey } from '../../base/index.ts';
import { PlanError } from '../plan-error.ts';
import { isHopEntry, type Layout, type Stage } from '../plan/layout.ts';
import type { Header, StreamRecord } from '../record.ts';
import type { ChannelSpec, WatermarkSettings } from '../time/watermark.ts';
import { sourceOf, userHeaders } from './headers.ts';

/** A record as it lies in the log. */
export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
}

export type PartitionsOf = (topic: string) => number;

/** A stage has as many tasks as its largest input has partitions. */
export function taskCount(stage: Stage, partitionsOf: PartitionsOf): number {
  return Math.max(...stage.inputs.map(partitionsOf));
}

export function hopsInto(stage: Stage): Set<string> {
  return new Set(stage.nodes.filter(isHopEntry).map(({ topic }) => topic!));
}

export function hopsOutOf(stage: Stage): Set<string> {
  return new Set(
    stage.nodes
      .filter(({ node, role }) => node.kind === 'rekey' && role === 'leave')
      .map(({ topic }) => topic!),
  );
}

export function hopChannel(topic: string, upstream: number): string {
  return `${topic}<${upstream}`;
}

/** Every input topic, or every task that writes to it. */
export function channelsOf(stage: Stage, layout: Layout, partitionsOf: PartitionsOf): ChannelSpec[] {
  const hops = hopsInto(stage);
  return stage.inputs.flatMap((topic): ChannelSpec[] => {
    if (!hops.has(topic)) return [{ name: topic, speaks: false }];
    const upstream = layout.stages.find((one) => hopsOutOf(one).has(topic))!;
    return Array.from({ length: taskCount(upstream, partitionsOf) }, (_, n) => ({
      name: hopChannel(topic, n),
      speaks: true,
    }));
  });
}

const RECORD_TIMES: WatermarkSettings = { maxOutOfOrderMs: 0, idleAfterMs: 10_000 };

/** As an event-time step of the stage says, else one of the pipeline, else that the records' timestamps are in order. */
export function timeOf(stage: Stage, layout: Layout): WatermarkSettings {
  for (const { nodes } of [stage, ...layout.stages])
    for (const { node } of nodes) if (node.kind === 'step' && node.time !== undefined) return node.time;
  return RECORD_TIMES;
}

/** Topics whose event time is found by a step, and not by the record's timestamp. */
export function timedTopics({ nodes }: Stage): Set<string> {
  const topics = new Set<string>();
  const timed = new Set<string>();
  for (const { name, node, inputs, topic, role } of nodes.toReversed()) {
    if (node.kind === 'step' && node.time !== undefined) timed.add(name);
    if (!timed.has(name)) continue;
    for (const input of inputs) timed.add(input.name);
    if (role === 'enter') topics.add(topic!);
  }
  return topics;
}

/** Undefined for a message of a hop that carries no record. */
export function entering(logged: LogRecord, isHop: boolean): StreamRecord | undefined {
  const { topic, partition, offset, timestampMs, key, value, headers } = logged;
  const source = isHop ? sourceOf(headers) : { topic, partition, offset };
  if (source === undefined) return undefined;
  const kept = isHop ? userHeaders(headers) : headers;
  return { key, value, headers: kept, timestampMs, source, raw: { key, value } };
}

/** What came over a repartition lies where Kafka's own partitioner puts it: a table that was written by another one would never be met. */
export function checkPartition(logged: LogRecord, stage: Stage, partitionsOf: PartitionsOf): void {
  const { topic, partition, offset, key } = logged;
  const isGlobal = stage.tables.some((table) => table.topic === topic && table.isGlobal);
  if (isGlobal || key === null) return;
  const expected = partitionOfKey(key, partitionsOf(topic));
  if (expected !== partition)
    throw new PlanError(
      `${topic}, partition ${partition}, offset ${offset}: its key belongs into partition ${expected} by Kafka's partitioner, where the join looks for it. ` +
        `Whoever writes the table uses another one (librdkafka: set partitioner=murmur2_random); or read it whole: table('${topic}', { global: true })`,
    );
}
