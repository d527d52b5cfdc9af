/**
 * P4: from the moment a record is due at its producer to the moment a reader has it, at 10,000 records/s of 100 B, one a request.
 * An open loop: a server that falls behind pays for it in every later latency.
 */
import type { Figure } from '../figure.ts';
import type { ReadOutcome } from '../load/fetch.ts';
import type { Load, Outcome } from '../load/generate.ts';
import { GREGOR, kafka } from '../server.ts';
import { TailSide } from '../tail-side.ts';

const LOAD: Load = {
  partitions: 10,
  connections: 10,
  inFlight: 256,
  recordsPerRequest: 1,
  valueBytes: 100,
  rate: 10_000,
};
const WARM_UP_SECONDS = 3;

export const p4: Figure = {
  id: 'P4',
  title: 'end-to-end latency at 10,000 records/s of 100 B, linger 0, acks=all',
  conditions: [
    { name: 'pinned', pinned: true, seconds: 15 },
    { name: 'unpinned', pinned: false, seconds: 15 },
  ],
  warmUpSeconds: 60,
  measures: [
    { name: 'p50Ms', unit: 'ms p50', goal: { atMost: 1 / 3 } },
    { name: 'p99Ms', unit: 'ms p99', goal: { atMost: 1 / 3 } },
    { name: 'p999Ms', unit: 'ms p99.9', goal: { atMost: 1 / 3 } },
    { name: 'serverMicrosecondsPerRecord', unit: 'cpu µs/record' },
  ],
  async open(_condition, tools) {
    const options = {
      load: LOAD,
      reading: { partitions: LOAD.partitions, connections: 1, isEverything: true, isStamped: true },
      warmUpSeconds: WARM_UP_SECONDS,
      measures: ({ requests, serverSeconds }: Outcome, { latencyMs }: ReadOutcome) => ({
        p50Ms: latencyMs.p50,
        p99Ms: latencyMs.p99,
        p999Ms: latencyMs.p999,
        serverMicrosecondsPerRecord: (serverSeconds * 1e6) / requests,
      }),
    };
    return {
      ours: new TailSide({ ...options, kind: GREGOR }, tools),
      peer: new TailSide({ ...options, kind: kafka() }, tools),
    };
  },
};
