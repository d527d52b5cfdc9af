/**
 * P14: a pipeline's records per second beside the same topology in Kafka Streams: parse JSON, filter, dedupe, re-order by event time,
 * serialise, exactly once, state with a changelog. Each on its own broker; or both on Apache Kafka.
 */
import type { Condition, Figure } from '../figure.ts';
import {
  GREGOR_PIPELINE,
  gregorPipelineWithRedis,
  kafkaStreams,
  type Mode,
} from '../pipelines/application.ts';
import { PipelineSide } from '../pipelines/side.ts';
import { GREGOR, kafka } from '../server.ts';

interface Measured {
  readonly mode: Mode;
  readonly ours: () => typeof GREGOR;
  readonly hasRedis?: boolean;
  readonly isExactlyOnce?: boolean;
}

const MODES: Readonly<Record<string, Measured>> = {
  'pinned, each on its own broker': { mode: 'all', ours: () => GREGOR },
  'pinned, both on Apache Kafka': { mode: 'all', ours: kafka },
  stateless: { mode: 'stateless', ours: () => GREGOR },
  'dedupe only': { mode: 'dedupe', ours: () => GREGOR },
  're-order only': { mode: 'reorder', ours: () => GREGOR },
  // The peer keeps what it holds in its own memory, as before.
  're-order with Redis': { mode: 'reorder', ours: () => GREGOR, hasRedis: true },
  'exactly once off': { mode: 'all', ours: () => GREGOR, isExactlyOnce: false },
  'stateless, exactly once off': { mode: 'stateless', ours: () => GREGOR, isExactlyOnce: false },
};

export const p14: Figure = {
  id: 'P14',
  title: 'pipeline: parse, filter, dedupe, re-order, serialise, exactly once',
  conditions: Object.keys(MODES).map((name): Condition => ({ name, pinned: true, seconds: 20 })),
  warmUpSeconds: 5,
  measures: [
    { name: 'recordsPerSecond', unit: 'records/s', goal: { atLeast: 1.5 } },
    { name: 'applicationMicroseconds', unit: 'application cpu µs/record' },
    { name: 'brokerMicroseconds', unit: 'broker cpu µs/record' },
  ],
  open: async ({ name }, tools) => {
    const { mode, ours, hasRedis = false, isExactlyOnce = true } = MODES[name]!;
    const topology = { mode, guarantee: isExactlyOnce ? 'exactly-once' : 'at-least-once' } as const;
    const peer = new PipelineSide(kafka(), kafkaStreams(), topology, tools);
    const application = hasRedis ? await gregorPipelineWithRedis(tools) : GREGOR_PIPELINE;
    return { ours: new PipelineSide(ours(), application, topology, tools), peer };
  },
};
