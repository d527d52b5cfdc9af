/**
 * Recovery: the real program is filled over the wire, killed with -9 while producers write, and started again. Measured: from
 * the start of the process to the first answered Produce, and to the first answered Fetch of the oldest record. Several
 * times for each size; a folder ten times as large must not take much longer.
 *
 *   node test/kill/recovery.ts --gigabytes 2,20
 *   node test/kill/recovery.ts --gigabytes 0.1 --partitions 10000
 *   node test/kill/recovery.ts --gigabytes 0.1,1 --starts 3 --factor 3     what CI runs: more than that is a failure
 *
 * What has to be replayed is bounded by `gregor.journal.bytes`, and how much it was is printed: it is the rest. Skipped with the
 * reason where there is no C compiler (bench/load makes the load), no room, or no Linux (/proc).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fill } from '../../bench/fill.ts';
import { generate, type Load } from '../../bench/load/generate.ts';
import { processorSeconds } from '../../bench/machine.ts';
import { decodeManifest, MANIFEST_FILES } from '../../src/log/index.ts';
import { encodeBatch, fetchApi, initProducerIdApi, produceApi } from '../../src/protocol/index.ts';
import { BrokerProcess, freePort } from '../wire/broker-process.ts';
import { WireClient } from '../wire/wire-client.ts';
import { createTopic } from './account.ts';
import { checkpoint } from './checkpoint.ts';
import { number, numbers, readOptions } from '../../scripts/options.ts';

const TOPIC = 'filled';
const GIGABYTE = 1e9;
const MEBIBYTE = 2 ** 20;
/** The folder, and the journal beside the segments. */
const ROOM_FACTOR = 1.2;
const ROOM_BESIDES = 4 * GIGABYTE;
const KILL_AFTER_MS = { least: 1_000, spread: 2_000 };
const CONNECTIONS_MAX = 12;
const TOUCHED_AT_ONCE = 500;
const ANSWERED_WITHIN_MS = 120_000;

const { values } = readOptions(import.meta.filename, {
  gigabytes: numbers([2, 20]),
  partitions: number(12),
  starts: number(5),
  factor: number(),
});
const { gigabytes: sizes, partitions, starts } = values;

/** As many producers as fill a folder quickly, one partition each. */
const LOAD: Load = {
  partitions,
  connections: Math.min(partitions, CONNECTIONS_MAX),
  inFlight: 5,
  recordsPerRequest: 100,
  valueBytes: 1_000,
};

/** One start after kill -9. Milliseconds from the start of the process. */
interface Start {
  readonly produceMs: number;
  readonly fetchMs: number;
  readonly listeningMs: number;
  /** Of the process until then: other programs of the machine do not change it much. */
  readonly processorMs: number;
  /** What the broker says of it. */
  readonly recovered: string;
}

const reason = whyNot();
if (reason !== undefined) {
  console.log(`recovery: skipped, ${reason}`);
  process.exit(0);
}
const medians: { gigabytes: number; produceMs: number; fetchMs: number; processorMs: number }[] = [];
for (const gigabytes of sizes) medians.push(await measure(gigabytes));
process.exit(compare() ? 0 : 1);

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return `processor time is read from /proc, this is ${process.platform}`;
  if (spawnSync('cc', ['--version']).error !== undefined) return 'there is no C compiler';
  const { bavail, bsize } = statfsSync(os.tmpdir());
  const wanted = Math.max(...sizes) * GIGABYTE * ROOM_FACTOR + ROOM_BESIDES;
  return bavail * bsize < wanted
    ? `${os.tmpdir()} has ${(bavail * bsize) / GIGABYTE} GB free, ${wanted / GIGABYTE} are needed`
    : undefined;
}

async function measure(gigabytes: number) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-recovery-'));
  const broker = new BrokerProcess(folder, await freePort());
  try {
    await broker.start();
    await createTopic(broker.port, TOPIC, partitions);
    const began = performance.now();
    await fill(
      LOAD,
      { topic: TOPIC, port: broker.port, pid: broker.pid!, launcher: [] },
      gigabytes * GIGABYTE,
    );
    await touchAll(broker);
    await checkpoint(folder);
    const { bytes, segments } = sizeOf(folder);
    console.log(
      `${gigabytes} GB in ${partitions} partitions: ${segments} segments of ${(bytes / GIGABYTE).toFixed(2)} GB ` +
        `in all, filled in ${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
    const measured: Start[] = [];
    for (let n = 0; n < starts; n++) {
      await killUnderLoad(broker);
      measured.push(await restart(broker));
      console.log(`  ${startText(measured.at(-1)!)}`);
    }
    const median = {
      gigabytes,
      produceMs: medianOf(measured.map(({ produceMs }) => produceMs)),
      fetchMs: medianOf(measured.map(({ fetchMs }) => fetchMs)),
      processorMs: medianOf(measured.map((one) => one.processorMs)),
    };
    console.log(
      `  median of ${starts}: first Produce after ${median.produceMs} ms, first Fetch after ${median.fetchMs} ms, ` +
        `processor ${median.processorMs} ms`,
    );
    return median;
  } catch (error) {
    console.error(broker.output.slice(-2000));
    throw error;
  } finally {
    await broker.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function startText({ produceMs, fetchMs, listeningMs, processorMs, recovered }: Start): string {
  return `processor ${processorMs} ms · port after ${listeningMs} ms · Produce answered after ${produceMs} ms · Fetch after ${fetchMs} ms · ${recovered}`;
}

/** One record of an idempotent producer in every partition: each has files, and a producer to be known again. */
async function touchAll(broker: BrokerProcess): Promise<void> {
  const client = await WireClient.connect(broker.port);
  const { producerId } = await client.send(initProducerIdApi, 4, {
    transactionalId: null,
    transactionTimeoutMs: 60_000,
  });
  const record = { key: null, value: Buffer.from('touched'), headers: [], timestamp: Date.now() };
  const records = encodeBatch({ records: [record], producerId, producerEpoch: 0, baseSequence: 0 });
  for (let from = 0; from < partitions; from += TOUCHED_AT_ONCE) {
    const count = Math.min(TOUCHED_AT_ONCE, partitions - from);
    const partitionData = Array.from({ length: count }, (_, n) => ({ index: from + n, records }));
    const topicData = [{ name: TOPIC, partitionData }];
    const answer = await client.send(produceApi, 9, { acks: -1, timeoutMs: 30_000, topicData });
    const refused = answer.responses[0]!.partitionResponses.find(({ errorCode }) => errorCode !== 0);
    if (refused !== undefined) throw new Error(`partition ${refused.index}: error ${refused.errorCode}`);
  }
  client.close();
}

function runOn({ port, pid }: BrokerProcess) {
  return { topic: TOPIC, port, pid: pid!, seconds: 1, warmUpSeconds: 0, warmUpMebibytes: 0, launcher: [] };
}

async function killUnderLoad(broker: BrokerProcess): Promise<void> {
  const load = generate(LOAD, { ...runOn(broker), seconds: 60 }).catch(() => undefined); // its connections break
  await new Promise((resolve) =>
    setTimeout(resolve, KILL_AFTER_MS.least + Math.random() * KILL_AFTER_MS.spread),
  );
  await broker.kill();
  await load;
}

async function restart(broker: BrokerProcess): Promise<Start> {
  broker.output = '';
  const began = performance.now();
  const since = () => Math.round(performance.now() - began);
  await broker.start();
  const listeningMs = since();
  const client = await WireClient.connect(broker.port);
  try {
    await answered(() => produce(client));
    const produceMs = since();
    await answered(() => fetchOldest(client));
    return {
      processorMs: Math.round(processorSeconds(broker.pid!) * 1000),
      listeningMs,
      produceMs,
      fetchMs: since(),
      recovered: recoveredText(broker.output),
    };
  } finally {
    client.close();
  }
}

function recoveredText(output: string): string {
  const line = output.split('\n').find((text) => text.includes('"Recovered'));
  if (line === undefined) throw new Error('the broker does not say that it recovered');
  const { frames, bytes, milliseconds } = JSON.parse(line);
  return `${frames} frames with ${(bytes / MEBIBYTE).toFixed(0)} MiB replayed and saved in ${milliseconds} ms`;
}

/** Asks again until the answer is no error. */
async function answered(ask: () => Promise<number>): Promise<void> {
  const until = performance.now() + ANSWERED_WITHIN_MS;
  for (;;) {
    const errorCode = await ask();
    if (errorCode === 0) return;
    if (performance.now() > until) throw new Error(`error ${errorCode} for ${ANSWERED_WITHIN_MS} ms`);
  }
}

async function produce(client: WireClient): Promise<number> {
  const record = { key: null, value: Buffer.from('first'), headers: [], timestamp: Date.now() };
  const partitionData = [{ index: 0, records: encodeBatch({ records: [record] }) }];
  const topicData = [{ name: TOPIC, partitionData }];
  const answer = await client.send(produceApi, 9, { acks: -1, timeoutMs: 30_000, topicData });
  return answer.responses[0]!.partitionResponses[0]!.errorCode;
}

/** The oldest record lies in the first segment, however many there are. */
async function fetchOldest(client: WireClient): Promise<number> {
  const read = { partition: 0, fetchOffset: 0, partitionMaxBytes: MEBIBYTE, logStartOffset: -1 };
  const topics = [{ topic: TOPIC, partitions: [read] }];
  const answer = await client.send(fetchApi, 11, { maxWaitMs: 0, minBytes: 1, maxBytes: MEBIBYTE, topics });
  const { errorCode, records } = answer.responses[0]!.partitions[0]!;
  if (errorCode === 0 && (records?.length ?? 0) === 0) throw new Error('the oldest record is gone');
  return errorCode;
}

/** Of what the newest manifest names. */
function sizeOf(folder: string): { bytes: number; segments: number } {
  const copies = MANIFEST_FILES.map((file) => decodeManifest(readFileSync(path.join(folder, file))));
  const whole = copies.filter((copy) => typeof copy !== 'string');
  const { content } = whole.reduce((newest, copy) => (copy.generation > newest.generation ? copy : newest));
  const segments = content.partitions.flatMap((partition) => partition.segments);
  return { bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0), segments: segments.length };
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

/** False: the largest folder took so much longer than the smallest one. */
function compare(): boolean {
  const [first] = medians;
  const last = medians.at(-1)!;
  if (first === undefined || first === last) return true;
  const ratio = Math.max(last.produceMs / first.produceMs, last.fetchMs / first.fetchMs);
  const isMore = values.factor !== undefined && ratio > values.factor;
  const work = (last.processorMs / first.processorMs).toFixed(2);
  const sizesText = `${last.gigabytes} GB takes ${ratio.toFixed(2)} times as long as ${first.gigabytes} GB, and ${work} times its processor time`;
  console.log(isMore ? `${sizesText}: more than ${values.factor}` : sizesText);
  return !isMore;
}
