/**
 * node bench/pipeline-adapters.ts [--records N] [--each N] [--runs N]
 *
 * The same pipeline over the network (`gregor pipeline run`) and inside the broker (`gregor start --pipeline`), in turns: how many
 * records a second it works off of what is there, how much processor time broker and pipeline take for one, which a busy machine
 * changes least, and how long after its sending one record is read from the output, when one comes
 * at a time. What is read over is the same on both sides: a kafkajs producer and consumer in this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { number, readOptions } from '../scripts/options.ts';
import { processorSeconds } from './machine.ts';

const { values } = readOptions(import.meta.filename, {
  records: number(100_000),
  each: number(200),
  runs: number(3),
});
const RECORDS = values.records;
const EACH = values.each;
const PARTITIONS = 3;
const KEYS = 1_000;
const PRODUCED_AT_ONCE = 2_000;
const PAUSE_MS = 25;
const program = path.join(import.meta.dirname, '../bin/gregor.mjs');
const streams = path.join(import.meta.dirname, '../src/streams/index.ts');

const PIPELINE = `import { pipeline, serde, topic } from '${streams}'
const item = serde.json<{ k: string; n: number }>()
export default pipeline('adapters')
  .from(topic('raw', { key: serde.text, value: item }))
  .dedupe({ by: (r) => r.value.k + ':' + r.value.n, window: { count: 100_000 } })
  .reorder({ sequence: (r) => r.value.n, start: 0, gap: { onTimeout: 'wait' } })
  .to(topic('clean', { key: serde.text, value: item }))
`;

type Side = 'over the network' | 'inside the broker';
interface Measured {
  readonly recordsPerSecond: number;
  readonly cpuMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function measure(side: Side): Promise<Measured> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-adapters-'));
  const file = path.join(folder, 'pipeline.ts');
  writeFileSync(file, PIPELINE);
  const data = path.join(folder, 'data');
  let children: ChildProcess[] = [];
  try {
    const filling = await start(['start', '--listen', '127.0.0.1:0', '--data', data]);
    children = [filling.child];
    await fill(filling.port);
    await ended(filling.child);
    const inside = side === 'inside the broker' ? ['--pipeline', file] : [];
    const { child, port } = await start(['start', '--listen', '127.0.0.1:0', '--data', data, ...inside]);
    children = [child];
    if (side === 'over the network')
      children.push(gregor(['pipeline', 'run', file, '--bootstrap', `127.0.0.1:${port}`]));
    const recordsPerSecond = await rate(port);
    const cpuMicros = children.reduce((sum, one) => sum + processorSeconds(one.pid!) * 1e6, 0) / RECORDS;
    const { p50Ms, p99Ms } = await latency(port);
    for (const one of children.reverse()) await ended(one);
    return { recordsPerSecond, cpuMicros, p50Ms, p99Ms };
  } finally {
    for (const one of children) one.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function gregor(parameters: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, ...parameters], { stdio: ['ignore', 'pipe', 'ignore'] });
}

function start(parameters: readonly string[]): Promise<{ child: ChildProcess; port: number }> {
  const child = gregor(parameters);
  return new Promise((resolve, reject) => {
    let banner = '';
    child.stdout!.on('data', (chunk) => {
      banner += chunk;
      const found = /127\.0\.0\.1:(\d+)/.exec(banner);
      if (found !== null) resolve({ child, port: Number(found[1]) });
    });
    child.once('exit', (code) => reject(new Error(`gregor ended with ${code}`)));
  });
}

function ended(child: ChildProcess): Promise<unknown> {
  const over = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  return over;
}

function client(port: number): Kafka {
  return new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
}

/** Neighbours of a key are exchanged, and every tenth record comes twice. */
async function fill(port: number): Promise<void> {
  const kafka = client(port);
  const admin = kafka.admin();
  await admin.connect();
  const topics = ['raw', 'clean'].map((topic) => ({ topic, numPartitions: PARTITIONS }));
  await admin.createTopics({ topics });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  for (let from = 0; from < RECORDS; from += PRODUCED_AT_ONCE) {
    const messages = Array.from({ length: Math.min(PRODUCED_AT_ONCE, RECORDS - from) }, (_, i) => {
      const n = Math.floor((from + i) / KEYS);
      return message(`k${(from + i) % KEYS}`, n % 2 === 0 ? n + 1 : n - 1);
    });
    await producer.send({
      topic: 'raw',
      messages: messages.flatMap((one, i) => (i % 10 === 0 ? [one, one] : [one])),
    });
  }
  await producer.disconnect();
}

function message(k: string, n: number) {
  return { key: k, value: JSON.stringify({ k, n }) };
}

/** From the first record that is there to the last. */
async function rate(port: number): Promise<number> {
  const admin = client(port).admin();
  await admin.connect();
  let [first, from] = [0, 0];
  for (;;) {
    const offsets = await admin.fetchTopicOffsets('clean');
    const now = performance.now();
    const count = offsets.reduce((sum, { high }) => sum + Number(high), 0);
    if (first === 0 && count > 0) [first, from] = [count, now];
    if (count >= RECORDS) {
      await admin.disconnect();
      return ((count - first) / (now - from)) * 1000;
    }
    await sleep(5);
  }
}

async function latency(port: number) {
  const kafka = client(port);
  const consumer = kafka.consumer({ groupId: 'latency', maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic: 'clean', fromBeginning: false });
  const seen = new Map<string, number>();
  await consumer.run({
    eachMessage: ({ message: { value } }) => {
      seen.set(value!.toString(), performance.now());
      return Promise.resolve();
    },
  });
  const producer = kafka.producer();
  await producer.connect();
  await untilRead(producer, seen);
  const tookMs: number[] = [];
  for (let n = 0; n < EACH; n++) {
    const one = message('latency', n);
    const sentAt = performance.now();
    await producer.send({ topic: 'raw', messages: [one] });
    while (!seen.has(one.value)) await sleep(0);
    tookMs.push(seen.get(one.value)! - sentAt);
    await sleep(PAUSE_MS);
  }
  await Promise.all([producer.disconnect(), consumer.disconnect()]);
  tookMs.sort((a, b) => a - b);
  return { p50Ms: tookMs[EACH >> 1]!, p99Ms: tookMs[Math.floor(EACH * 0.99)]! };
}

/** The consumer has joined its group, and reads. */
async function untilRead(producer: Producer, seen: ReadonlyMap<string, number>): Promise<void> {
  for (let n = 0; seen.size === 0; n++) {
    await producer.send({ topic: 'raw', messages: [message('warm', n)] });
    await sleep(100);
  }
}

const busy = () => os.loadavg()[0]!.toFixed(1);
for (let run = 0; run < values.runs; run++)
  for (const side of ['over the network', 'inside the broker'] as const) {
    const { recordsPerSecond, cpuMicros, p50Ms, p99Ms } = await measure(side);
    console.log(
      `${side}: ${Math.round(recordsPerSecond)} records/s, ${cpuMicros.toFixed(0)} µs of processor time a record; one at a time ${p50Ms.toFixed(1)} ms (p50) ${p99Ms.toFixed(1)} ms (p99), load ${busy()}`,
    );
  }
