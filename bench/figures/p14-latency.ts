/**
 * P14L: what a pipeline adds to the latency when there is little to do: 100 records/s, from the moment each is due at its producer until
 * a reader of committed records has the output. Parse, filter, dedupe, serialise; each on its own broker, both commit every 200 ms.
 */
import type { Figure } from '../figure.ts';
import { GREGOR_PIPELINE, kafkaStreams } from '../pipelines/application.ts';
import { LatencySide } from '../pipelines/latency-side.ts';
import { GREGOR, kafka } from '../server.ts';

const GUARANTEES = { 'exactly once': 'exactly-once', 'exactly once off': 'at-least-once' } as const;

export const p14Latency: Figure = {
  id: 'P14L',
  title: 'pipeline: latency from input to output at 100 records/s',
  conditions: Object.keys(GUARANTEES).map((name) => ({ name, pinned: false, seconds: 15 })),
  warmUpSeconds: 1,
  measures: [
    { name: 'p50Ms', unit: 'ms p50' },
    { name: 'p99Ms', unit: 'ms p99' },
  ],
  open: async ({ name }, tools) => {
    const guarantee = GUARANTEES[name as keyof typeof GUARANTEES];
    return {
      ours: new LatencySide(GREGOR, GREGOR_PIPELINE, guarantee, tools),
      peer: new LatencySide(kafka(), kafkaStreams(), guarantee, tools),
    };
  },
};
