/**
 * Mutated frames: well-formed requests of every API and version, damaged at random, through real sockets to the real program.
 *
 *   node test/fuzz/mutated-frames.ts --frames 1000000 --seed 1
 *
 * Demanded: the process lives on, a healthy connection beside is served all the time, resident memory grows by less than
 * 64 MiB. The seed decides every mutation.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { SeededRandom } from '../../src/env/seeded-random.ts';
import { encodeBatch, fetchApi, metadataApi, produceApi } from '../../src/protocol/index.ts';
import { BrokerProcess, freePort } from '../wire/broker-process.ts';
import { WireClient } from '../wire/wire-client.ts';
import { sampleFrames } from './sample-frames.ts';
import { mutate } from './mutations.ts';
import { number, readOptions, text } from '../../scripts/options.ts';

const TOPIC = 'fuzzed';
const SOCKETS = 8;
/** Frames sent on one connection at a time before its answers (or its end) are awaited. */
const BURST = 4;
const GROWTH_MAX = 64 * 1024 * 1024;
/** Some frames are whole and their records kept: the newest ones in memory up to this limit, which is full before the first reading. */
const TAIL_BYTES = 2 * 1024 * 1024;

const { values } = readOptions(import.meta.filename, { frames: number(1_000_000), seed: text('1') });
const total = values.frames;
const random = new SeededRandom(values.seed);
const folder = await mkdtemp(path.join(os.tmpdir(), 'gregor-fuzz-'));
const broker = new BrokerProcess(folder, await freePort(), ['--set', `gregor.tail.bytes=${TAIL_BYTES}`]);
let sent = 0;
let healthy = 0;
let connections = 0;
try {
  await broker.start();
  const samples = sampleFrames(TOPIC);
  await checkHealth(); // makes the topic
  await storm(samples, Math.min(total, 100_000)); // caches, pools and compiled schemas are filled before the first reading
  const before = await residentBytes();
  await storm(samples, total);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = await residentBytes();
  const growth = after - before;
  console.log(
    `${sent} mutated frames over ${connections} connections · ${healthy} healthy round trips beside them · resident ${mebibytes(before)} → ${mebibytes(after)} MiB`,
  );
  if (growth > GROWTH_MAX)
    throw new Error(
      `resident memory grew by ${mebibytes(growth)} MiB, at most ${mebibytes(GROWTH_MAX)} MiB are allowed`,
    );
  if (/unhandled|uncaught|AssertionFailed/i.test(broker.output))
    throw new Error('the broker met an unhandled error');
} catch (error) {
  console.error(error);
  console.error(
    broker.output
      .split('\n')
      .filter((l) => !l.startsWith('{'))
      .join('\n')
      .slice(-3000),
  );
  process.exitCode = 1;
} finally {
  await broker.kill();
  await rm(folder, { recursive: true, force: true });
}
process.exit();

async function storm(samples: readonly Buffer[], count: number): Promise<void> {
  const end = sent + count;
  const workers = Array.from({ length: SOCKETS }, async () => {
    while (sent < end) {
      const burst: Buffer[] = [];
      for (let n = 0; n < BURST; n++) burst.push(mutate(samples[random.below(samples.length)]!, random));
      sent += BURST;
      await deliver(burst);
    }
  });
  const health = (async () => {
    while (sent < end) {
      await checkHealth();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  await Promise.all([...workers, health]);
}

/** Sends on fresh connections as long as the broker closes them; each frame is delivered on a live connection. */
function deliver(frames: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // Each source address has its own ports: half a million short connections would use up those of one.
    const localAddress = `127.0.0.${2 + (connections++ % 100)}`;
    const socket = net.connect({ port: broker.port, host: '127.0.0.1', localAddress, noDelay: true });
    socket.once('connect', () => {
      for (const frame of frames) socket.write(frame);
      socket.end();
    });
    socket.resume();
    socket.setTimeout(20_000, () => {
      socket.destroy();
      reject(new Error('a connection hung for 20 s'));
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE')
        reject(new Error(`not delivered: ${error.message}`));
    });
    socket.once('close', () => resolve());
  });
}

async function checkHealth(): Promise<void> {
  const client = await WireClient.connect(broker.port);
  await client.send(metadataApi, 8, { topics: [{ name: TOPIC }], allowAutoTopicCreation: true });
  const value = Buffer.from(`healthy ${healthy}`);
  const records = encodeBatch({ records: [{ key: null, value, headers: [], timestamp: Date.now() }] });
  const produced = await client.send(produceApi, 9, {
    acks: -1,
    timeoutMs: 10_000,
    topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }],
  });
  const { errorCode, baseOffset } = produced.responses[0]!.partitionResponses[0]!;
  if (errorCode !== 0) throw new Error(`the healthy connection got error ${errorCode}`);
  const fetched = await client.send(fetchApi, 11, {
    maxWaitMs: 1000,
    minBytes: 1,
    maxBytes: 1 << 20,
    topics: [
      { topic: TOPIC, partitions: [{ partition: 0, fetchOffset: baseOffset, partitionMaxBytes: 1 << 20 }] },
    ],
  });
  if (!fetched.responses[0]!.partitions[0]!.records!.includes(value))
    throw new Error('a produced record did not come back');
  client.close();
  healthy++;
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${broker.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
