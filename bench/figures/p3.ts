/** P3: small produce, one record of 100 B per request, 100 in flight over 20 connections: rate, and what a request costs. */
import { usualConditions } from '../conditions.ts';
import type { Figure } from '../figure.ts';
import type { Outcome } from '../load/generate.ts';
import { SMALL } from '../loads.ts';
import { ProduceSide } from '../produce-side.ts';
import { GREGOR, kafka } from '../server.ts';

/** Both servers live through all pairs, and the warm-up pair runs before: this only fills the windows again. */
const WARM_UP_SECONDS = 1;

export const p3: Figure = {
  id: 'P3',
  title: 'small produce, 1 record of 100 B per request, 100 in flight over 20 connections, acks=all',
  conditions: usualConditions(8),
  warmUpSeconds: 60,
  measures: [
    { name: 'requestsPerSecond', unit: 'requests/s', goal: { atLeast: 2 } },
    { name: 'serverMicrosecondsPerRequest', unit: 'cpu µs/request', goal: { atMost: 1 / 3 } },
    { name: 'latencyP50Ms', unit: 'ms p50' },
    { name: 'latencyP99Ms', unit: 'ms p99' },
  ],
  async open(_condition, tools) {
    const options = {
      load: SMALL,
      warmUpSeconds: WARM_UP_SECONDS,
      warmUpMebibytes: 0,
      isFresh: false,
      measures: ({ requests, seconds, serverSeconds }: Outcome) => ({
        requestsPerSecond: requests / seconds,
        serverMicrosecondsPerRequest: (serverSeconds * 1e6) / requests,
      }),
    };
    return {
      ours: new ProduceSide({ ...options, kind: GREGOR }, tools),
      peer: new ProduceSide({ ...options, kind: kafka() }, tools),
    };
  },
};
