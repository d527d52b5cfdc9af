/**
 * What a check costs: node bench/checks.ts [--pairs 5] [--seconds 5] [--before COMMIT]
 *
 *   before      a topic that asks for nothing, at the commit before checks came: in turn with the next, so that both have the same machine
 *   none        the same today: both must cost the same, within what runs of one side differ
 *   schema      the same requests to a topic with gregor.schema: processor time of the whole process, threads and all
 *   canonical   canonical orders to a topic with gregor.canonical
 *   beside      one record at a time to a topic without a check, while a slow check is busy: the latency is that without one
 *
 * Batches of 100 orders of 170 bytes, 4 connections with 5 requests in flight. Ends with a table. Processor time is from /proc, so it needs
 * Linux; the commit comes from git.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Lens, parseJsonDefinition } from '../src/canonical/index.ts';
import { createTopicsApi, encodeBatch, errorNameOf, produceApi } from '../src/protocol/index.ts';
import { type BrokerProcess, freePort } from '../test/wire/broker-process.ts';
import { WireClient } from '../test/wire/wire-client.ts';
import { number, readOptions, text } from '../scripts/options.ts';
import { processorSeconds } from './machine.ts';

const { values: options } = readOptions(import.meta.filename, {
  pairs: number(5),
  seconds: number(5),
  before: text('d4d65e7'),
});
const HERE = path.join(import.meta.dirname, '..');
const SECONDS = options.seconds;
const RECORDS = 100;
const CONNECTIONS = 4;
const IN_FLIGHT = 5;
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

/** The same shape as a definition; orders are canonical as they are written. */
const DEFINITION = JSON.stringify({
  canonical: 'order@1',
  class: 'iso',
  schema: {
    required: ['id', 'amount', 'currency', 'at', 'lines'],
    properties: {
      id: { type: 'string', minLength: 3 },
      amount: { type: 'number', minimum: 0 },
      currency: { enum: ['EUR', 'USD', 'GBP'] },
      at: { type: 'string', format: 'date-time' },
      lines: {
        type: 'array',
        items: {
          required: ['sku', 'n'],
          properties: { sku: { type: 'string' }, n: { type: 'integer', minimum: 1 } },
        },
      },
    },
  },
});

function orders(): string[] {
  return Array.from({ length: RECORDS }, (_, n) => {
    const lines = [
      { n: 1, sku: 'a-4711' },
      { n: 2, sku: `b-${n}` },
    ];
    return JSON.stringify({
      amount: n * 1.25,
      at: '2026-11-28T10:00:00Z',
      currency: 'EUR',
      id: `o-${n}`,
      lines,
    });
  });
}

function plainOrders(): Buffer {
  const records = orders().map((text) => ({
    key: null,
    value: Buffer.from(text),
    headers: [],
    timestamp: Date.now(),
  }));
  return encodeBatch({ records });
}

function canonicalOrders(): Buffer {
  const lens = new Lens(parseJsonDefinition(DEFINITION));
  const records = orders().map((text) => {
    const { value, headers } = lens.toCanonical(Buffer.from(text));
    const bytes = headers.map(([name, content]) => [name, Buffer.from(content!)] as const);
    return { key: null, value: Buffer.from(value!), headers: bytes, timestamp: Date.now() };
  });
  return encodeBatch({ records });
}

interface Sample {
  readonly perSecond: number;
  readonly perCpuSecond: number;
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
    return processorSeconds(this.#process.pid!);
  }

  async createTopic(name: string, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const client = await WireClient.connect(this.port);
    const configs = Object.entries(settings).map(([setting, value]) => ({ name: setting, value }));
    const topics = [{ name, numPartitions: CONNECTIONS, replicationFactor: -1, assignments: [], configs }];
    const answer = await client.send(createTopicsApi, 5, { topics, timeoutMs: 30_000 });
    if (answer.topics[0]!.errorCode !== 0) throw new Error(answer.topics[0]!.errorMessage ?? '');
    client.close();
  }

  async publish(): Promise<void> {
    await this.createTopic('__canonical', { 'cleanup.policy': 'compact' });
    const client = await WireClient.connect(this.port);
    const record = {
      key: Buffer.from('order@1'),
      value: Buffer.from(DEFINITION),
      headers: [],
      timestamp: Date.now(),
    };
    const error = await produce(client, '__canonical', 0, encodeBatch({ records: [record] }));
    if (error !== 'NONE') throw new Error(error);
    client.close();
  }

  /** Records a second of wall time and of processor time, after one second of warming up. */
  async load(topic: string, records: Buffer): Promise<Sample> {
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
          const error = await produce(client, topic, index, records);
          if (error !== 'NONE') throw new Error(`${topic}: ${error}`);
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

async function beside(): Promise<string[]> {
  const run = await Run.begin(HERE);
  await run.createTopic('plain');
  await run.createTopic('slow', { 'gregor.schema': SLOW_SCHEMA });
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
  await run.end();
  const row = (name: string, sorted: readonly number[]) =>
    `| ${name} | ${sorted[500]!.toFixed(2)} ms | ${sorted[990]!.toFixed(2)} ms |`;
  return [row('no check runs', alone), row(`slow checks run (${checked} ended meanwhile)`, withSlow)];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** A copy of the commit, with the packages of this one. */
function copyOf(commit: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-before-'));
  for (const args of [
    ['clone', '--quiet', '--shared', '--no-checkout', HERE, folder],
    ['-C', folder, 'checkout', '--quiet', commit],
  ]) {
    const { status, stderr } = spawnSync('git', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  }
  symlinkSync(path.join(HERE, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

type Side = 'before' | 'none' | 'schema' | 'canonical';

async function sample(side: Side, before: string): Promise<Sample> {
  const run = await Run.begin(side === 'before' ? before : HERE);
  if (side === 'canonical') await run.publish();
  const settings =
    side === 'schema'
      ? { 'gregor.schema': SCHEMA }
      : side === 'canonical'
        ? { 'gregor.canonical': 'order@1' }
        : {};
  await run.createTopic('orders', settings as Record<string, string>);
  const found = await run.load('orders', side === 'canonical' ? canonicalOrders() : plainOrders());
  await run.end();
  return found;
}

const SIDES: readonly Side[] = ['before', 'none', 'schema', 'canonical'];
const NAMES: Readonly<Record<Side, string>> = {
  before: `without a check, before checks existed (${options.before})`,
  none: 'without a check',
  schema: '`gregor.schema` with a pattern, a date and two lines',
  canonical: '`gregor.canonical`, the same orders',
};
const thousands = (value: number) => `${Math.round(value / 1000)}`;
const before = copyOf(options.before);
const seen: Record<Side, Sample[]> = { before: [], none: [], schema: [], canonical: [] };
try {
  for (let pair = 0; pair < options.pairs; pair++)
    for (const side of pair % 2 === 0 ? SIDES : [...SIDES].reverse()) {
      const found = await sample(side, before);
      seen[side].push(found);
      const { perSecond, perCpuSecond } = found;
      console.error(
        `pair ${pair + 1}: ${side} ${thousands(perSecond)} k/s, ${thousands(perCpuSecond)} k per core second`,
      );
    }
} finally {
  rmSync(before, { recursive: true, force: true });
}
const latency = await beside();
console.log(
  '| topic | records for each second of a core, thousands: median (all runs) | records/s, thousands |\n|---|---|---|',
);
for (const side of SIDES) {
  const cpu = seen[side].map(({ perCpuSecond }) => perCpuSecond);
  const wall = seen[side].map(({ perSecond }) => perSecond);
  console.log(
    `| ${NAMES[side]} | ${thousands(median(cpu))} (${cpu.map(thousands).join(', ')}) | ${thousands(median(wall))} |`,
  );
}
const ratios = seen.none.map(({ perCpuSecond }, pair) => perCpuSecond / seen.before[pair]!.perCpuSecond);
const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
console.log(
  `\nWithout a check, today against before, pair by pair: ×${median(ratios).toFixed(2)} (${least.toFixed(2)} – ${most.toFixed(2)}) as many records for each second of a core.`,
);
console.log('\n| one record at a time, topic without a check | p50 | p99 |\n|---|---|---|');
for (const row of latency) console.log(row);
