/**
 * A copy job in other people's clients: consume, transform, produce, offsets in the same transaction; and a word count in Kafka
 * Streams (exactly_once_v2); while broker and client are killed with -9 and started again. At the end every record must be in the
 * output exactly once, and every count right.
 *
 *   node test/exactly-once/run.ts                                     every client against Gregor, the share that CI runs
 *   node test/exactly-once/run.ts --records 200000 --kills 50         the whole check
 *   node test/exactly-once/run.ts --target both --only aiokafka       the same faults against Apache Kafka: evidence
 *
 * A client that ends by itself (a fatal error) or hangs is started again, as its supervisor would do. Fails when Gregor's output has a record twice
 * or lacks one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  createTopicsApi,
  encodeBatch,
  findCoordinatorApi,
  metadataApi,
  produceApi,
} from '../../src/protocol/index.ts';
import { kafkaHome, LOG_SETTINGS } from '../compat/kafka/home.ts';
import { type Command, python } from '../compat/suites.ts';
import { makeTarget, type Target, type TargetName, targetNames } from '../compat/targets.ts';
import { WireClient } from '../wire/wire-client.ts';
import { committedSum, readCommitted } from './committed-reader.ts';
import { Copier } from './copier.ts';
import { flag, number, oneOf, readOptions, text } from '../../scripts/options.ts';

/** Not long ago: the first look of the retention, 30 s after a broker's start, would delete what is older than its seven days. */
const FILLED_AT = Date.now();
const PARTITIONS = 2;
const RECORDS_PER_BATCH = 500;
const DOWN_MS = 300;
/** Without any progress for so long the job hangs. */
const STUCK_MS = 180_000;
/** An output that does not grow for so long is all that comes. */
const SETTLED_MS = 30_000;
const LOOK_MS = 200;
const WRITE_ATTEMPTS = 50;
const SETTINGS = ['group.min.session.timeout.ms=500', 'group.initial.rebalance.delay.ms=0'];

/** A Java client is started anew so often that its start is most of what it does. */
const QUICK_TO_START = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m'];

const file = (name: string) => path.join(import.meta.dirname, name);
const node = (name: string) => (): Command => ({ run: [process.execPath, file(name)] });
const java = (name: string) => (): Command => {
  const home = kafkaHome();
  if ('missing' in home) return home;
  const logs = `-Dlog4j2.configurationFile=${LOG_SETTINGS}`;
  return { run: ['java', ...QUICK_TO_START, '-cp', home.classPath, logs, file(name)] };
};
const COPIERS: Readonly<Record<string, () => Command>> = {
  aiokafka: python('../../exactly-once/aiokafka_copier.py'),
  'confluent-kafka': python('../../exactly-once/confluent_copier.py'),
  kafkajs: node('kafkajs_copier.ts'),
  platformatic: node('platformatic_copier.ts'),
  java: java('Copier.java'),
  'kafka-streams': java('WordCount.java'),
};
/** As in WordCount.java. */
const WORDS = 20;

/** What the output holds once for the nth record: a copy of it, or the next count of its word. */
function expected(client: string, n: number): string {
  return client === 'kafka-streams' ? `word ${n % WORDS} = ${Math.floor(n / WORDS) + 1}` : `copy ${n}`;
}

interface Output {
  /** Record → how often it is there. */
  readonly seen: ReadonlyMap<string, number>;
  /** Records that should not be there at all. */
  readonly foreign: number;
}

const { values } = readOptions(import.meta.filename, {
  only: text(),
  target: oneOf(['gregor', 'kafka', 'both'], 'gregor'),
  records: number(10_000),
  /** Of the broker, and as many of the client. */
  kills: number(5),
  /** Seconds; a client that gets nowhere for so long while the broker is there is killed, as a liveness probe would do. */
  probe: number(30),
  /** Tells how far it is, a line for every tenth. */
  progress: flag(),
});
const { records: recordCount, kills } = values;
const hungMs = values.probe * 1000;
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const name of targetNames(values.target)) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-exactly-once-'));
  const target = await makeTarget(name, folder, SETTINGS);
  await target.start();
  for (const client of values.only?.split(',') ?? Object.keys(COPIERS)) await check(name, target, client);
  await target.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 || (counts.skipped > 0 && process.env['CI'] !== undefined) ? 1 : 0);

async function check(name: TargetName, target: Target, client: string): Promise<void> {
  const command = COPIERS[client]?.() ?? { missing: `there is no copier '${client}'` };
  if ('missing' in command) {
    counts.skipped++;
    console.log(`- ${name}, ${client}: skipped, ${command.missing}`);
    return;
  }
  const began = Date.now();
  const job = `copy-${client}`;
  await fill(target.port, `${job}-in`, `${job}-out`);
  const copier = new Copier(command.run, [`${job}-in`, `${job}-out`, job, `127.0.0.1:${target.port}`]);
  const stuck = await faults(target, copier, job);
  const { seen, foreign } = await settled(() => outputOf(target.port, `${job}-out`, client));
  copier.stop();
  const missing = recordCount - seen.size;
  const twice = [...seen.values()].filter((times) => times > 1).length;
  const isRight = missing === 0 && twice === 0 && foreign === 0 && stuck === '';
  // What Apache Kafka does with the same client is evidence, not a failure of ours.
  if (!isRight && name === 'gregor') counts.failed++;
  else counts.passed++;
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(
    `${isRight ? '✔' : '✖'} ${name}, ${client}: ${recordCount} records, ${kills} kills of the broker and ${kills} of the client, ` +
      `${copier.ends} ends of its own, ${copier.hangs} hangs, ${missing} missing, ${twice} twice, ${foreign} foreign, ${seconds} s${stuck}`,
  );
}

/** Kills both sides, evenly over the records, until the job is done. Answers what went wrong besides. */
async function faults(target: Target, copier: Copier, job: string): Promise<string> {
  copier.start();
  const steps = kills * 2;
  let step = 0;
  let last = { sum: -1, at: Date.now() };
  let hung = Date.now();
  for (;;) {
    await pause(LOOK_MS);
    const sum = await progress(target.port, job);
    if (sum > last.sum) {
      last = { sum, at: Date.now() };
      hung = last.at;
    }
    if (Date.now() - hung > hungMs && sum < recordCount) {
      hung = Date.now();
      await copier.restartHung();
    }
    if (Date.now() - last.at > STUCK_MS) return `\n  stuck at ${sum}: ${copier.errors.slice(-500)}`;
    const isDone = sum >= recordCount;
    if (isDone && step >= steps) return '';
    if (step >= steps || (!isDone && sum < (recordCount * step) / steps)) continue;
    if (step++ % 2 === 0) await copier.kill();
    else {
      await target.kill();
      await pause(DOWN_MS);
      await target.start();
      hung = Date.now();
    }
    if (values.progress && Math.floor((step * 10) / steps) > Math.floor(((step - 1) * 10) / steps))
      console.log(
        `  ${job}: ${sum} records, ${step} kills, ${copier.ends} ends of its own, ${copier.hangs} hangs`,
      );
  }
}

/** −1 while the broker does not answer. */
async function progress(port: number, job: string): Promise<number> {
  let client: WireClient | undefined;
  try {
    client = await WireClient.connect(port);
    await client.send(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: [job] });
    return await committedSum(client, job, `${job}-in`, PARTITIONS);
  } catch {
    return -1;
  } finally {
    client?.close();
  }
}

async function fill(port: number, source: string, target: string): Promise<void> {
  const client = await WireClient.connect(port);
  await client.send(createTopicsApi, 5, {
    topics: [source, target].map((name) => ({
      name,
      numPartitions: PARTITIONS,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    })),
    timeoutMs: 10_000,
    validateOnly: false,
  });
  while (!(await isReady(client, [source, target]))) await pause(100);
  for (let from = 0; from < recordCount; from += RECORDS_PER_BATCH) {
    const count = Math.min(RECORDS_PER_BATCH, recordCount - from);
    const records = Array.from({ length: count }, (_, n) => ({
      key: null,
      value: Buffer.from(String(from + n)),
      headers: [],
      timestamp: FILLED_AT,
    }));
    const index = (from / RECORDS_PER_BATCH) % PARTITIONS;
    await write(client, source, { index, records: encodeBatch({ records }) });
  }
  client.close();
}

/** A new topic of Apache Kafka refuses for a moment. */
async function write(
  client: WireClient,
  topic: string,
  partition: { readonly index: number; readonly records: Buffer },
): Promise<void> {
  for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
    const answer = await client.send(produceApi, 9, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: topic, partitionData: [partition] }],
    });
    if (answer.responses[0]!.partitionResponses[0]!.errorCode === 0) return;
    await pause(100);
  }
  throw new Error(`the input ${topic} could not be written`);
}

async function isReady(client: WireClient, topics: readonly string[]): Promise<boolean> {
  const answer = await client.send(metadataApi, 4, {
    topics: topics.map((name) => ({ name })),
    allowAutoTopicCreation: false,
  });
  return answer.topics.every(
    ({ errorCode, partitions }) =>
      errorCode === 0 && partitions.length === PARTITIONS && partitions.every((one) => one.leaderId >= 0),
  );
}

/** The whole output. Behind the input there may be more stages: they go on until nothing comes any more. */
async function settled(look: () => Promise<Output>): Promise<Output> {
  for (let last = await look(), at = Date.now(); ; ) {
    if (last.seen.size >= recordCount || Date.now() - at > SETTLED_MS) return last;
    await pause(LOOK_MS);
    const now = await look();
    if (now.seen.size > last.seen.size) at = Date.now();
    last = now;
  }
}

async function outputOf(port: number, topic: string, client: string): Promise<Output> {
  const wire = await WireClient.connect(port);
  const wanted = new Set(Array.from({ length: recordCount }, (_, n) => expected(client, n)));
  const seen = new Map<string, number>();
  let foreign = 0;
  for (let partition = 0; partition < PARTITIONS; partition++)
    await readCommitted(wire, topic, partition, (value) => {
      if (wanted.has(value)) seen.set(value, (seen.get(value) ?? 0) + 1);
      else foreign++;
    });
  wire.close();
  return { seen, foreign };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
