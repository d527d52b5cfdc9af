/**
 * `gregor pipeline run` while broker and pipeline are killed with -9: readings of sensors are written shuffled, every third twice, some
 * broken. At the end every reading must be in the output once, each sensor's in order, and every broken one in the dead letter topic once.
 *
 *   node test/pipelines/run.ts                                  against Gregor, the share that CI runs
 *   node test/pipelines/run.ts --records 200000 --kills 50      the whole check
 *   node test/pipelines/run.ts --target both                    the same against Apache Kafka
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createTopicsApi, encodeBatch, metadataApi, produceApi } from '../../src/protocol/index.ts';
import { makeTarget, type Target, type TargetName, targetNames } from '../compat/targets.ts';
import { readCommitted } from '../exactly-once/committed-reader.ts';
import { Copier } from '../exactly-once/copier.ts';
import { WireClient } from '../wire/wire-client.ts';
import type { Reading } from './sensors.ts';
import { number, oneOf, readOptions } from '../../scripts/options.ts';

/** Not long ago: the first look of the retention, 30 s after a broker's start, would delete what is older than its seven days. */
const FILLED_AT = Date.now();
const PARTITIONS = 3;
const SENSORS = 20;
const BROKEN_EACH = 500;
const SHUFFLED_OVER = 100;
const PER_BATCH = 200;
const LOOK_MS = 50;
const DOWN_MS = 300;
const STUCK_MS = 180_000;
const SETTINGS = ['group.min.session.timeout.ms=500', 'group.initial.rebalance.delay.ms=0'];
const PROGRAM = path.join(import.meta.dirname, '../../bin/gregor.mjs');

const { values } = readOptions(import.meta.filename, {
  target: oneOf(['gregor', 'kafka', 'both'], 'gregor'),
  records: number(20_000),
  /** Of the broker, and as many of the pipeline. */
  kills: number(5),
});
const recordCount = Math.ceil(values.records / SENSORS) * SENSORS;
const { kills } = values;
let failures = 0;
let batchesWritten = 0;
for (const name of targetNames(values.target)) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-pipelines-'));
  const target = await makeTarget(name, folder, SETTINGS);
  await target.start();
  try {
    await check(name, target);
  } finally {
    await target.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(failures > 0 ? 1 : 0);

async function check(name: TargetName, target: Target): Promise<void> {
  const began = Date.now();
  const input = messages();
  await prepare(target.port);
  const pipeline = new Copier(
    [process.execPath, PROGRAM, 'pipeline', 'run', path.join(import.meta.dirname, 'sensors.ts')],
    ['-b', `127.0.0.1:${target.port}`, '--session-timeout', '1'],
  );
  const stuck = await faults(target, pipeline, input);
  pipeline.stop();
  const out = await outputs(target.port);
  const dead = await count(target.port, 'dlq.sensors', 1);
  const broken = input.filter((value) => value.startsWith('{"broken')).length;
  const wrong = [...out.wrong, ...(dead === broken ? [] : [`${dead} dead letters, ${broken} expected`])];
  if (stuck !== '') wrong.push(stuck);
  if (wrong.length > 0) failures++;
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(
    `${wrong.length === 0 ? '✔' : '✖'} ${name}: ${input.length} records in, ${out.count} out, ${dead} dead letters, ` +
      `${kills} kills of the broker and ${kills} of the pipeline, ${pipeline.ends} ends of its own, ${seconds} s`,
  );
  for (const one of wrong.slice(0, 10)) console.log(`  ${one}`);
}

/** In the order in which they are written. */
function messages(): string[] {
  const written: { at: number; value: string }[] = [];
  for (let i = 0; i < recordCount; i++) {
    const reading: Reading = { sensor: `s${i % SENSORS}`, n: Math.floor(i / SENSORS) };
    const value = JSON.stringify(reading);
    written.push({ at: i + ((i * 7919) % SHUFFLED_OVER), value });
    if (i % 3 === 0) written.push({ at: i + SHUFFLED_OVER + ((i * 104_729) % SHUFFLED_OVER), value });
    if (i % BROKEN_EACH === 0) written.push({ at: i, value: `{"broken ${i}` });
  }
  return written.sort((a, b) => a.at - b.at).map(({ value }) => value);
}

/**
 * The input comes in parts. As soon as something of a part has come out, one side is killed: there is state behind it and
 * work before it. Answers what went wrong besides.
 */
async function faults(target: Target, pipeline: Copier, input: readonly string[]): Promise<string> {
  pipeline.start();
  const parts = kills * 2 + 1;
  const upTo = (total: number, part: number) => Math.floor((total * part) / parts);
  let done = 0;
  for (let part = 1; part <= parts; part++) {
    await write(target.port, input.slice(upTo(input.length, part - 1), upTo(input.length, part)));
    // What is still to come holds some of it back.
    const wanted = part === parts ? recordCount : Math.max(done, upTo(recordCount, part) - 2 * SHUFFLED_OVER);
    for (const sum of part === parts ? [wanted] : [done + 1, wanted]) {
      const stuck = await reached(target.port, sum);
      if (stuck !== undefined) return `stuck at ${stuck}: ${pipeline.errors.slice(-1_000)}`;
      if (sum === wanted) continue;
      if (part % 2 === 1) await pipeline.kill();
      else {
        await target.kill();
        await pause(DOWN_MS);
        await target.start();
      }
    }
    done = wanted;
  }
  return '';
}

/** Undefined when there are so many outputs; else where it stopped. */
async function reached(port: number, wanted: number): Promise<number | undefined> {
  for (let last = { sum: -1, at: Date.now() }; ; await pause(LOOK_MS)) {
    const sum = await count(port, 'sensors-out', PARTITIONS).catch(() => -1);
    if (sum >= wanted) return undefined;
    if (sum > last.sum) last = { sum, at: Date.now() };
    if (Date.now() - last.at > STUCK_MS) return sum;
  }
}

/** Of each sensor, in the order of its partition: 0, 1, 2 … and nothing else. */
async function outputs(port: number): Promise<{ count: number; wrong: string[] }> {
  const next = new Map<string, number>();
  const wrong: string[] = [];
  let found = 0;
  await read(port, 'sensors-out', PARTITIONS, (value) => {
    const { sensor, n } = JSON.parse(value) as Reading;
    const expected = next.get(sensor) ?? 0;
    if (n !== expected) wrong.push(`${sensor}: ${n} where ${expected} was next`);
    next.set(sensor, n + 1);
    found++;
  });
  if (found !== recordCount) wrong.push(`${found} outputs, ${recordCount} expected`);
  return { count: found, wrong };
}

async function count(port: number, topic: string, partitions: number): Promise<number> {
  let found = 0;
  await read(port, topic, partitions, () => found++);
  return found;
}

async function read(
  port: number,
  topic: string,
  partitions: number,
  onRecord: (value: string) => void,
): Promise<void> {
  const client = await WireClient.connect(port);
  try {
    for (let partition = 0; partition < partitions; partition++)
      await readCommitted(client, topic, partition, onRecord);
  } finally {
    client.close();
  }
}

async function prepare(port: number): Promise<void> {
  const client = await WireClient.connect(port);
  const topics = ['sensors-in', 'sensors-out'];
  await client.send(createTopicsApi, 5, {
    topics: topics.map((name) => ({
      name,
      numPartitions: PARTITIONS,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    })),
    timeoutMs: 10_000,
    validateOnly: false,
  });
  while (!(await areReady(client, topics))) await pause(100);
  client.close();
}

async function write(port: number, values: readonly string[]): Promise<void> {
  const client = await WireClient.connect(port);
  for (let from = 0; from < values.length; from += PER_BATCH) {
    const records = values.slice(from, from + PER_BATCH).map((value) => ({
      key: null,
      value: Buffer.from(value),
      headers: [],
      timestamp: FILLED_AT,
    }));
    await send(client, { index: batchesWritten++ % PARTITIONS, records: encodeBatch({ records }) });
  }
  client.close();
}

/** A new topic of Apache Kafka refuses for a moment. */
async function send(
  client: WireClient,
  partition: { readonly index: number; readonly records: Buffer },
): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const answer = await client.send(produceApi, 9, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: 'sensors-in', partitionData: [partition] }],
    });
    if (answer.responses[0]!.partitionResponses[0]!.errorCode === 0) return;
    await pause(100);
  }
  throw new Error('the input could not be written');
}

async function areReady(client: WireClient, topics: readonly string[]): Promise<boolean> {
  const answer = await client.send(metadataApi, 4, {
    topics: topics.map((name) => ({ name })),
    allowAutoTopicCreation: false,
  });
  return answer.topics.every(
    ({ errorCode, partitions }) =>
      errorCode === 0 &&
      partitions.length === PARTITIONS &&
      partitions.every(({ leaderId }) => leaderId >= 0),
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
