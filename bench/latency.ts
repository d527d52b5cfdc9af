/** The load of P4 and what it shows: how long a record is on its way from one end to the other, at 10,000 a second, one a request. */
import type { Measure } from './figure.ts';
import type { ReadOutcome } from './load/fetch.ts';
import type { Load, Outcome } from './load/generate.ts';

const LOAD: Load = {
  partitions: 10,
  connections: 10,
  inFlight: 256,
  recordsPerRequest: 1,
  valueBytes: 100,
  rate: 10_000,
};

export const LATENCY_MEASURES: readonly Measure[] = [
  { name: 'p50Ms', unit: 'ms p50' },
  { name: 'p99Ms', unit: 'ms p99' },
  { name: 'p999Ms', unit: 'ms p99.9' },
  { name: 'serverMicrosecondsPerRecord', unit: 'cpu µs/record' },
];

export const LATENCY = {
  load: LOAD,
  reading: { partitions: LOAD.partitions, connections: 1, isEverything: true, isStamped: true },
  warmUpSeconds: 3,
  measures: ({ requests, serverSeconds }: Outcome, { latencyMs }: ReadOutcome) => ({
    p50Ms: latencyMs.p50,
    p99Ms: latencyMs.p99,
    p999Ms: latencyMs.p999,
    serverMicrosecondsPerRecord: (serverSeconds * 1e6) / requests,
  }),
};
