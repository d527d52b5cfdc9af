/**
 * What a check costs: node bench/checks.ts [--pairs 5] [--seconds 5] [--other DIR]
 *
 *   without   a topic that asks for nothing; with --other DIR in turn with the clone in DIR: both must cost the same
 *   with      the same requests to a topic with gregor.schema: processor time of the whole process, threads and all
 *   beside    one record at a time to a topic without a check, while a slow check is busy: the latency is that without one
 *
 * Batches of 100 orders of 170 bytes, 4 connections with 5 requests in flight. Processor time is from /proc, so it needs Linux.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createTopicsApi, encodeBatch, errorNameOf, produceApi } from '../src/protocol/index.ts';
import { type BrokerProcess, freePort } from '../test/wire/broker-process.ts';
import { WireClient } from '../test/wire/wire-client.ts';

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    other: { type: 'string' },
  },
});
const HERE = path.join(import.meta.dirname, '..');
const SECONDS = Number(options.seconds);
const RECORDS = 100;
const CONNECTIONS = 4;
const IN_FLIGHT = 5;
const TICKS_PER_SECOND = 100;
const SCHEMA = JSON.stringify({
  type: 'object',
  required: ['id', 'amount', 'currency', 'at', 'lines'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', pattern: '^o-[0-9]+$' },
    amount: { type: 'number', minimum: 0 },
    currency: { enum: ['EUR', 'USD', 'GBP'] },
    at: { type: 'string', format: 'date-time' },
    lines: {
      type: 'array',
      items: {
        type: 'object',
        required: ['sku', 'n'],
        properties: { sku: { type: 'string' }, n: { type: 'integer', minimum: 1 } },
      },
    },
  },
});
/** Quadratic, so that one value keeps a thread busy for a second or so. */
const SLOW_SCHEMA = JSON.stringify({ type: 'array', uniqueItems: true });

function orders(): Buffer {
  const records = Array.from({ length: RECORDS }, (_, n) => {
    const lines = [
      { sku: 'a-4711', n: 1 },
      { sku: `b-${n}`, n: 2 },
    ];
    const order = { id: `o-${n}`, amount: n * 1.25, currency: 'EUR', at: '2026-11-28T10:00:00Z', lines };
    return { key: null, value: Buffer.from(JSON.stringify(order)), headers: [], timestamp: Date.now() };
  });
  return encodeBatch({ records });
}

type Process = Pick<BrokerProcess, 'pid' | 'stop'>;

class Run {
  readonly port: number;
  readonly #folder: string;
  readonly #process: Process;

  private constructor(port: number, folder: string, process: Process) {
    this.port = port;
    this.#folder = folder;
    this.#process = process;
  }

  static async begin(clone: string): Promise<Run> {
    const { BrokerProcess } = (await import(
      path.join(clone, 'test/wire/broker-process.ts')
    )) as typeof import('../test/wire/broker-process.ts');
    const port = await freePort();
    const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-checks-'));
    const process = new BrokerProcess(folder, port);
    await process.start();
    return new Run(port, folder, process);
  }

  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  async createTopic(name: string, schema: string | undefined): Promise<void> {
    const client = await WireClient.connect(this.port);
    const configs = schema === undefined ? [] : [{ name: 'gregor.schema', value: schema }];
    const topics = [{ name, numPartitions: CONNECTIONS, replicationFactor: -1, assignments: [], configs }];
    const answer = await client.send(createTopicsApi, 5, { topics, timeoutMs: 30_000 });
    if (answer.topics[0]!.errorCode !== 0) throw new Error(answer.topics[0]!.errorMessage ?? '');
    client.close();
  }

  /** Records a second of wall time and of processor time, after one second of warming up. */
  async load(topic: string, records: Buffer): Promise<{ perSecond: number; perCpuSecond: number }> {
    await Promise.all(this.#producers(topic, records, 1000));
    const before = this.cpuSeconds();
    const began = performance.now();
    const sent = await Promise.all(this.#producers(topic, records, SECONDS * 1000));
    const count = sent.reduce((sum, n) => sum + n, 0) * RECORDS;
    const seconds = (performance.now() - began) / 1000;
    return { perSecond: count / seconds, perCpuSecond: count / (this.cpuSeconds() - before) };
  }

  #producers(topic: string, records: Buffer, ms: number): Promise<number>[] {
    return Array.from({ length: CONNECTIONS }, async (_, index) => {
      const client = await WireClient.connect(this.port);
      const until = performance.now() + ms;
      let count = 0;
      const one = async () => {
        while (performance.now() < until) {
          await produce(client, topic, index, records);
          count++;
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, one));
      client.close();
      return count;
    });
  }

  async end(): Promise<void> {
    await this.#process.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function produce(client: WireClient, topic: string, index: number, records: Buffer): Promise<string> {
  const topicData = [{ name: topic, partitionData: [{ index, records }] }];
  const request = { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData };
  const { responses } = await client.send(produceApi, 9, request);
  return errorNameOf(responses[0]!.partitionResponses[0]!.errorCode);
}

/** Milliseconds of single records to a topic without a check, sorted. */
async function latencies(run: Run, count: number): Promise<number[]> {
  const client = await WireClient.connect(run.port);
  const records = encodeBatch({
    records: [{ key: null, value: Buffer.from('a'), headers: [], timestamp: Date.now() }],
  });
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    const before = performance.now();
    await produce(client, 'plain', 0, records);
    took.push(performance.now() - before);
  }
  client.close();
  return took.sort((a, b) => a - b);
}

async function beside(): Promise<void> {
  const run = await Run.begin(HERE);
  await run.createTopic('plain', undefined);
  await run.createTopic('slow', SLOW_SCHEMA);
  await latencies(run, 500);
  const alone = await latencies(run, 1000);
  const value = JSON.stringify(Array.from({ length: 12_000 }, (_, n) => ({ n })));
  const slow = encodeBatch({
    records: [{ key: null, value: Buffer.from(value), headers: [], timestamp: Date.now() }],
  });
  let isOver = false;
  const busy = Array.from({ length: CONNECTIONS }, async (_, index) => {
    const client = await WireClient.connect(run.port);
    let count = 0;
    for (; !isOver; count++) await produce(client, 'slow', index, slow);
    client.close();
    return count;
  });
  const withSlow = await latencies(run, 1000);
  isOver = true;
  const checked = (await Promise.all(busy)).reduce((sum, n) => sum + n, 0);
  const tell = (name: string, sorted: readonly number[]) =>
    process.stdout.write(
      `beside   ${name}: p50 ${sorted[500]!.toFixed(2)} ms, p99 ${sorted[990]!.toFixed(2)} ms\n`,
    );
  tell('no check runs', alone);
  tell(`slow checks run (${checked} ended meanwhile)`, withSlow);
  await run.end();
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

const batch = orders();
const sides: [name: string, clone: string, schema: string | undefined][] = [
  ['without', HERE, undefined],
  ...(options.other === undefined
    ? []
    : [['without, other', path.resolve(options.other), undefined] as [string, string, undefined]]),
  ['with', HERE, SCHEMA],
];
const seen = new Map<string, { perSecond: number; perCpuSecond: number }[]>();
for (let pair = 0; pair < Number(options.pairs); pair++)
  for (const [name, clone, schema] of sides) {
    const run = await Run.begin(clone);
    await run.createTopic('orders', schema);
    seen.set(name, [...(seen.get(name) ?? []), await run.load('orders', batch)]);
    await run.end();
  }
for (const [name, samples] of seen) {
  const cpu = samples.map(({ perCpuSecond }) => perCpuSecond);
  process.stdout.write(
    `${name}: ${Math.round(median(samples.map(({ perSecond }) => perSecond)))} records/s, ` +
      `${Math.round(median(cpu))} per core second (${cpu.map((one) => Math.round(one / 1000)).join(', ')} thousand)\n`,
  );
}
await beside();
