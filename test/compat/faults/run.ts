/**
 * Producers of other people while the broker is killed with -9 and started again: what was acknowledged must be there once
 * and in order. The same against Apache Kafka shows what is the client's own doing.
 *
 *   node test/compat/faults/run.ts                      every client against Gregor
 *   node test/compat/faults/run.ts --target both --kills 3 --records 3000 --only aiokafka
 *   node test/compat/faults/run.ts --away 60            one kill, and the broker stays away for 60 s
 *
 * Fails when Gregor loses an acknowledged record, or holds one twice that an idempotent producer sent.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Admin, Consumer, stringDeserializers } from '@platformatic/kafka';
import { kafkaHome, LOG_SETTINGS } from '../kafka/home.ts';
import { type Command, python } from '../suites.ts';
import { makeTarget, type Target, type TargetName, targetNames } from '../targets.ts';
import { Account } from './account.ts';
import { number, oneOf, readOptions, text } from '../../../scripts/options.ts';

const PRODUCER_MS = 240_000;
/** A kill before the producer has begun says nothing about it: this many records first, or this long. */
const BEFORE_KILL_RECORDS = 100;
const BEFORE_KILL_MS = 20_000;
const BETWEEN_KILLS_MS = 500;
const DOWN_MS = 300;

const file = (name: string) => path.join(import.meta.dirname, name);
const node = (name: string) => (): Command => ({ run: [process.execPath, file(name)] });
const CLIENTS: Readonly<Record<string, () => Command>> = {
  aiokafka: python('../faults/aiokafka_producer.py'),
  'confluent-kafka': python('../faults/confluent_producer.py'),
  'kafka-python': python('../faults/kafka_python_producer.py'),
  kafkajs: node('kafkajs_producer.ts'),
  platformatic: node('platformatic_producer.ts'),
  java: () => {
    const home = kafkaHome();
    if ('missing' in home) return home;
    const log = `-Dlog4j2.configurationFile=${LOG_SETTINGS}`;
    return { run: ['java', '-cp', home.classPath, log, file('Producer.java')] };
  },
};

const { values } = readOptions(import.meta.filename, {
  only: text(),
  target: oneOf(['gregor', 'kafka', 'both'], 'gregor'),
  records: number(2000),
  kills: number(2),
  away: number(),
});
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const name of targetNames(values.target)) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-faults-'));
  const target = await makeTarget(name, folder);
  await target.start();
  for (const client of values.only?.split(',') ?? Object.keys(CLIENTS)) await check(name, target, client);
  await target.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 || (counts.skipped > 0 && process.env['CI'] !== undefined) ? 1 : 0);

async function check(name: TargetName, target: Target, client: string): Promise<void> {
  const command = CLIENTS[client]?.() ?? { missing: `there is no client '${client}'` };
  if ('missing' in command) {
    counts.skipped++;
    console.log(`- ${name}, ${client}: skipped, ${command.missing}`);
    return;
  }
  const topic = `faults-${client}`;
  await makeTopic(target.port, topic);
  const account = new Account(values.records);
  const ended = produce(command.run, topic, `127.0.0.1:${target.port}`, account);
  await account.acknowledgedAtLeast(BEFORE_KILL_RECORDS, BEFORE_KILL_MS);
  if (values.away === undefined) await killAgainAndAgain(target, values.kills);
  else await stayAway(target, values.away * 1_000);
  const problem = await ended;
  await readAll(target.port, topic, account);
  const broken = account.lost > 0 || account.twice > 0;
  // What Apache Kafka does with the same client is evidence, not a failure of ours.
  if (broken && name === 'gregor') counts.failed++;
  else counts.passed++;
  console.log(`${broken ? '✖' : '✔'} ${name}, ${client}: ${account.line()}${problem}`);
}

async function killAgainAndAgain(target: Target, kills: number): Promise<void> {
  for (let kill = 0; kill < kills; kill++) {
    await stayAway(target, DOWN_MS);
    await pause(BETWEEN_KILLS_MS);
  }
}

async function stayAway(target: Target, ms: number): Promise<void> {
  await target.kill();
  await pause(ms);
  await target.start();
}

/** Resolves when the producer has ended, with what it complained about. */
function produce(
  command: readonly string[],
  topic: string,
  bootstrap: string,
  account: Account,
): Promise<string> {
  return new Promise((resolve) => {
    const [program, ...rest] = command;
    const child = spawn(program!, [...rest, topic, String(values.records), bootstrap], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PRODUCER_MS,
    });
    let errors = '';
    let partial = '';
    child.stdout.on('data', (bytes: Buffer) => {
      const lines = (partial + bytes.toString()).split('\n');
      partial = lines.pop()!;
      for (const line of lines) account.told(line);
    });
    child.stderr.on('data', (bytes: Buffer) => (errors = (errors + bytes.toString()).slice(-2_000)));
    child.once('close', (code) =>
      resolve(code === 0 ? '' : `\n  the producer ended with ${code}: ${errors.trim().split('\n').at(-1)}`),
    );
  });
}

async function makeTopic(port: number, topic: string): Promise<void> {
  const admin = new Admin({ clientId: 'faults', bootstrapBrokers: [`127.0.0.1:${port}`] });
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
  await admin.close();
}

/** Everything in partition 0, from the start to what is its end now. */
async function readAll(port: number, topic: string, account: Account): Promise<void> {
  const consumer = new Consumer({
    clientId: 'faults',
    groupId: `${topic}-${port}`,
    bootstrapBrokers: [`127.0.0.1:${port}`],
    deserializers: stringDeserializers,
  });
  const offsets = await consumer.listOffsets({ topics: [topic], timestamp: -1n });
  const end = Number(offsets.get(topic)![0]);
  if (end > 0) {
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false });
    for await (const message of stream) {
      account.read(Number(message.value));
      if (Number(message.offset) >= end - 1) break;
    }
    await stream.close();
  }
  await consumer.close(true);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
