/**
 * P3P: the load of P3 beside logs that speak something else: one record of 100 B an append, 100 in flight over 20 connections, four
 * partitions or streams. Each as it ships and with a sync before the answer, which is what Gregor always does.
 */
import type { Condition, Figure, Sample } from '../figure.ts';
import { append } from '../load/append.ts';
import type { Outcome } from '../load/generate.ts';
import { SMALL } from '../loads.ts';
import { nats, type OtherKind, redis } from '../peers.ts';
import { ProduceSide } from '../produce-side.ts';
import { GREGOR } from '../server.ts';
import { ServedSide } from '../served.ts';
import type { Tools } from '../tools.ts';

const WARM_UP_SECONDS = 2;

const PEERS: Readonly<Record<string, () => OtherKind>> = {
  'NATS synced': () => nats(true),
  'NATS as it ships': () => nats(false),
  'Redis synced': () => redis(true),
  'Redis every second': () => redis(false),
};

export const p3Peers: Figure = {
  id: 'P3P',
  title: 'P3 beside NATS JetStream and Redis Streams',
  conditions: Object.keys(PEERS).map((name): Condition => ({ name, pinned: true, seconds: 8 })),
  warmUpSeconds: 5,
  measures: [
    { name: 'requestsPerSecond', unit: 'requests/s' },
    { name: 'serverMicrosecondsPerRequest', unit: 'cpu µs/request' },
    { name: 'latencyP50Ms', unit: 'ms p50' },
    { name: 'latencyP99Ms', unit: 'ms p99' },
  ],
  async open({ name }, tools) {
    const ours = {
      kind: GREGOR,
      load: SMALL,
      warmUpSeconds: WARM_UP_SECONDS,
      warmUpMebibytes: 0,
      isFresh: false,
      measures: ({ requests, seconds, serverSeconds }: Outcome) => ({
        requestsPerSecond: requests / seconds,
        serverMicrosecondsPerRequest: (serverSeconds * 1e6) / requests,
      }),
    };
    return { ours: new ProduceSide(ours, tools), peer: new AppendSide(PEERS[name]!(), tools) };
  },
};

class AppendSide extends ServedSide {
  readonly #kind: OtherKind;

  constructor(kind: OtherKind, tools: Tools) {
    super(kind, tools);
    this.#kind = kind;
  }

  async sample(seconds: number): Promise<Sample> {
    const { port, pid } = await this.served.server();
    const name = this.served.nextTopic();
    const seen = await append(SMALL, {
      protocol: this.#kind.protocol,
      name,
      port,
      pid: pid!,
      seconds,
      warmUpSeconds: WARM_UP_SECONDS,
      launcher: this.tools.load,
    });
    if (seen.held !== seen.acknowledged)
      throw new Error(`${this.name}: ${seen.acknowledged} appends acknowledged, ${seen.held} held`);
    return {
      requestsPerSecond: seen.requests / seen.seconds,
      serverMicrosecondsPerRequest: (seen.serverSeconds * 1e6) / seen.requests,
      latencyP50Ms: seen.latencyMs.p50,
      latencyP99Ms: seen.latencyMs.p99,
    };
  }
}
