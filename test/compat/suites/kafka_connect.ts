/**
 * Kafka Connect, distributed: a worker keeps its settings, offsets and states in compacted topics and leads its tasks by a
 * group of its own; a file goes through a source with exactly-once support into a topic, and from there by a sink into another file.
 * The worker is killed with -9 in the middle and started again: every line is in the topic once, and in the sink's file.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { freePort } from '../../wire/broker-process.ts';
import { kafkaHome, LOG_SETTINGS } from '../kafka/home.ts';

const bootstrap = process.argv[2]!;
const LINES = 2_000;
/** Written in pieces, each of which becomes a transaction or two. */
const PIECE = 20;
const PIECE_MS = 20;
const KILLED_AT = 1_500;
const WITHIN_MS = 120_000;
const STEP_MS = 200;
const run = `connect-${Date.now()}`;
const topic = `${run}-lines`;
const home = kafkaHome();
assert.ok(!('missing' in home));
const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-connect-'));
const [from, to, settings] = ['from.txt', 'to.txt', 'worker.properties'].map((name) =>
  path.join(folder, name),
) as [string, string, string];
const port = await freePort();
const json = 'org.apache.kafka.connect.json.JsonConverter';
writeFileSync(
  settings,
  Object.entries({
    'bootstrap.servers': bootstrap,
    'group.id': run,
    listeners: `http://127.0.0.1:${port}`,
    'plugin.discovery': 'service_load',
    'key.converter': json,
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'exactly.once.source.support': 'enabled',
    'offset.flush.interval.ms': 1_000,
    'session.timeout.ms': 6_000,
    'scheduled.rebalance.max.delay.ms': 0,
    ...Object.fromEntries(
      ['config', 'offset', 'status'].flatMap((what) => [
        [`${what}.storage.topic`, `${run}-${what}`],
        [`${what}.storage.replication.factor`, 1],
      ]),
    ),
    'offset.storage.partitions': 3,
    'status.storage.partitions': 2,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join(''),
);
let worker: ChildProcess | undefined;
let said = '';
try {
  append(0, LINES / 2);
  startWorker();
  await until('the worker answers', async () => (await rest('GET', '')).status === 200);
  await connector('source', {
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
    'exactly.once.support': 'required',
    'transaction.boundary': 'poll',
    file: from,
    topic,
  });
  await connector('sink', {
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
    file: to,
    topics: topic,
  });
  await until('half of the lines arrive', () => sunk().size >= LINES / 2);
  for (let n = LINES / 2; n < LINES; n += PIECE) {
    append(n, n + PIECE);
    if (n === KILLED_AT) worker!.kill('SIGKILL');
    if (n === KILLED_AT + 2 * PIECE) startWorker();
    await sleep(PIECE_MS);
  }
  await until('all of the lines arrive', () => sunk().size >= LINES);
  const offsets = (await (await rest('GET', '/connectors/source/offsets')).json()) as {
    offsets: { offset: { position: number } }[];
  };
  assert.equal(offsets.offsets[0]!.offset.position, readFileSync(from).length);
  await ended();
  console.log(await summary());
} catch (error) {
  console.error(said.slice(-4_000));
  throw error;
} finally {
  worker?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

/** Pause, resume and delete, as a console does. */
async function ended(): Promise<void> {
  await rest('PUT', '/connectors/sink/pause');
  await until('the sink is paused', async () => (await stateOf('sink')) === 'PAUSED');
  await rest('PUT', '/connectors/sink/resume');
  await until('the sink goes on', async () => (await stateOf('sink')) === 'RUNNING');
  for (const name of ['source', 'sink'])
    assert.equal((await rest('DELETE', `/connectors/${name}`)).status, 204);
}

async function summary(): Promise<string> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${run}-count` }); // kafkajs reads committed by default
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const counts = new Map<string, number>();
  await consumer.run({
    eachMessage: async ({ message }) => {
      const line = message.value!.toString();
      counts.set(line, (counts.get(line) ?? 0) + 1);
    },
  });
  await until('the topic is read', () => counts.size >= LINES);
  await consumer.disconnect();
  const twice = [...counts.values()].filter((count) => count > 1).length;
  assert.equal(twice, 0, `${twice} lines are in the topic more than once`);
  return `Kafka Connect, distributed, killed once: ${counts.size} lines through an exactly-once source and a sink, 0 missing, 0 twice`;
}

function append(start: number, end: number): void {
  let text = '';
  for (let n = start; n < end; n++) text += `line ${n}\n`;
  appendFileSync(from, text);
}

function sunk(): Set<string> {
  return new Set(existsSync(to) ? readFileSync(to, 'utf8').split('\n').filter(Boolean) : []);
}

function startWorker(): void {
  assert.ok(!('missing' in home!));
  worker = spawn(
    'java',
    [
      '-Xmx256m',
      '-cp',
      home.classPath,
      `-Dlog4j2.configurationFile=${LOG_SETTINGS}`,
      'org.apache.kafka.connect.cli.ConnectDistributed',
      settings,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  for (const stream of [worker.stdout!, worker.stderr!])
    stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
}

function rest(method: string, where: string, body?: unknown): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${where}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
}

/** Made, and its task runs. While workers find together the answer is 409, as Connect documents. */
async function connector(name: string, config: Record<string, unknown>): Promise<void> {
  await until(`${name} is made`, async () =>
    [200, 201].includes(
      (await rest('PUT', `/connectors/${name}/config`, { 'tasks.max': '1', ...stringsOf(config) })).status,
    ),
  );
  await until(`${name} runs`, async () => (await stateOf(name)) === 'RUNNING');
}

/** Connect takes texts only. */
function stringsOf(config: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));
}

async function stateOf(name: string): Promise<string | undefined> {
  const answer = await rest('GET', `/connectors/${name}/status`);
  if (answer.status !== 200) return undefined;
  const { tasks } = (await answer.json()) as { tasks: { state: string; trace?: string }[] };
  assert.notEqual(tasks[0]?.state, 'FAILED', tasks[0]?.trace);
  return tasks[0]?.state;
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  let last: unknown = 'not yet';
  while (Date.now() < deadline) {
    try {
      if (await isSo()) return;
    } catch (error) {
      if ((error as Error).name === 'AssertionError') throw error;
      last = error; // the worker is not up: it is asked again
    }
    await sleep(STEP_MS);
  }
  throw new Error(`waited ${WITHIN_MS} ms in vain: ${what} (${String(last)})`);
}
