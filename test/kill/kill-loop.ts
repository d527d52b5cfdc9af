/**
 * The kill loop: the real program is killed with -9 again and again while producers write; then the log is held against
 * what was acknowledged.
 *
 *   node test/kill/kill-loop.ts --cycles 200
 *
 * Checked: nothing acknowledged is lost, and it stands at the offset that the answer named; nothing from an idempotent
 * producer is there twice; its order is the order sent; offsets are dense.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createTopicsApi, decodeRecords, fetchApi, forEachBatch } from '../../src/protocol/index.ts';
import { BrokerProcess, freePort } from '../wire/broker-process.ts';
import { WireClient } from '../wire/wire-client.ts';
import { type Acknowledged, KillProofProducer, Violation } from './producer.ts';

const TOPIC = 'killed';
const PARTITIONS = 6;
const OPENED_BYTES_MAX = 64 * 1024 * 1024;

const { values } = parseArgs({
  options: { cycles: { type: 'string', default: '200' }, keep: { type: 'boolean', default: false } },
});
const cycles = Number(values.cycles);
const folder = await mkdtemp(path.join(os.tmpdir(), 'gregor-kill-'));
const broker = new BrokerProcess(folder, await freePort());
let isOver = false;
try {
  await broker.start();
  await createTopic();
  const all = [...Array(PARTITIONS).keys()];
  const producers = [
    ...[1, 2, 3].map((n) => new KillProofProducer(`idempotent-${n}`, TOPIC, broker.port, all, true)),
    new KillProofProducer('plain', TOPIC, broker.port, all, false),
  ];
  const running = Promise.all(producers.map((producer) => producer.run(() => isOver)));
  running.catch(() => {
    isOver = true;
  });
  await killAgainAndAgain();
  isOver = true;
  await running;
  const log = await readAll();
  const problems = check(producers, log);
  const acknowledged = producers.reduce((sum, producer) => sum + producer.acknowledged.length, 0);
  const inLog = [...log.values()].reduce((sum, records) => sum + records.length, 0);
  console.log(
    `${cycles} kills · ${acknowledged} records acknowledged · ${inLog} in the log · ${problems.length} violations`,
  );
  for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Violation ? error.message : error);
  console.error(broker.output.slice(-3000));
  process.exitCode = 1;
} finally {
  await broker.kill();
  if (process.exitCode === 0 && !values.keep) await rm(folder, { recursive: true, force: true });
  else console.log(`data folder: ${folder}`);
}
process.exit();

async function createTopic(): Promise<void> {
  const client = await WireClient.connect(broker.port);
  const answer = await client.send(createTopicsApi, 7, {
    topics: [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1 }],
    timeoutMs: 30_000,
  });
  client.close();
  if (answer.topics[0]!.errorCode !== 0) throw new Violation(`topic: ${answer.topics[0]!.errorMessage}`);
}

async function killAgainAndAgain(): Promise<void> {
  for (let cycle = 1; cycle <= cycles && !isOver; cycle++) {
    await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 170));
    await broker.kill();
    await broker.start();
    if (cycle % 20 === 0) console.log(`${cycle} kills`);
  }
}

async function readAll(): Promise<Map<number, { offset: number; value: string }[]>> {
  const client = await WireClient.connect(broker.port);
  const log = new Map<number, { offset: number; value: string }[]>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const records: { offset: number; value: string }[] = [];
    log.set(partition, records);
    for (let offset = 0; ; ) {
      const answer = await client.send(fetchApi, 11, {
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes: 8 << 20,
        topics: [
          {
            topic: TOPIC,
            partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: 4 << 20, logStartOffset: -1 }],
          },
        ],
      });
      const { errorCode, records: bytes } = answer.responses[0]!.partitions[0]!;
      if (errorCode !== 0)
        throw new Violation(`fetch of partition ${partition} at ${offset}: error ${errorCode}`);
      if (bytes === null || bytes.length === 0) break;
      forEachBatch(bytes, (batch) => {
        for (const record of decodeRecords(batch, OPENED_BYTES_MAX))
          records.push({ offset: record.offset, value: record.value!.toString() });
        offset = batch.lastOffset + 1;
      });
    }
  }
  client.close();
  return log;
}

function check(
  producers: readonly KillProofProducer[],
  log: Map<number, { offset: number; value: string }[]>,
): string[] {
  const problems: string[] = [];
  for (const [partition, records] of log) {
    for (const [index, { offset }] of records.entries())
      if (offset !== index) problems.push(`partition ${partition}: offset ${offset} where ${index} was due`);
    for (const producer of producers) {
      if (producer.name === 'plain') continue;
      const mine = records
        .filter(({ value }) => value.startsWith(`${producer.name}:`))
        .map(({ value }) => value);
      const sent = producer.sent.get(partition) ?? [];
      if (mine.length !== sent.length)
        problems.push(
          `${producer.name} partition ${partition}: ${sent.length} sent, ${mine.length} in the log`,
        );
      const wrong = mine.findIndex((value, n) => value !== sent[n]);
      if (wrong >= 0)
        problems.push(`${producer.name} partition ${partition}: ${mine[wrong]} where ${sent[wrong]} was due`);
    }
  }
  for (const producer of producers)
    for (const one of producer.acknowledged)
      if (!stands(one, log)) problems.push(`lost: ${JSON.stringify(one)}`);
  return problems;
}

function stands(
  { partition, offset, value }: Acknowledged,
  log: Map<number, { offset: number; value: string }[]>,
): boolean {
  return log.get(partition)?.[offset]?.value === value;
}
