/**
 * Power cuts on a real file system: the real program on an ext4 whose disk loses what was not flushed, while producers of
 * ours and kafkajs write; then the log is held against what was acknowledged.
 *
 *   node test/powercut/powercut.ts --cuts 200
 *   node test/powercut/powercut.ts --cuts 20 --no-sync     the rig is tested: without syncs it must find losses
 *
 * Every third cut comes right after a start, so that recovery itself is cut too. Skipped with the reason where the machine
 * cannot (no root, no FUSE, nbdkit not installed).
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { check, createTopic, readLog } from '../kill/account.ts';
import { KillProofProducer } from '../kill/producer.ts';
import { BrokerProcess, freePort } from '../wire/broker-process.ts';
import { KafkajsProducer } from './kafkajs-producer.ts';
import { Machine, missing } from './machine.ts';
import { flag, number, readOptions } from '../../scripts/options.ts';

const TOPIC = 'cut';
const PARTITIONS = 5;
/** Half of the batches go straight into their segment. */
const DIRECT = 'gregor.direct.batch.bytes=200';
/** The last one is kafkajs's own. */
const KAFKAJS_PARTITION = PARTITIONS - 1;

const { values } = readOptions(import.meta.filename, {
  cuts: number(200),
  seed: number(1),
  'no-sync': flag(),
});
const reason =
  missing() ?? (values['no-sync'] && !hasCompiler() ? 'there is no C compiler for --no-sync' : undefined);
if (reason !== undefined) {
  console.log(`power cuts: skipped, ${reason}`);
  process.exit(0);
}
const { cuts } = values;
const folder = await mkdtemp(path.join(os.tmpdir(), 'gregor-powercut-'));
const machine = new Machine(folder);
const broker = new BrokerProcess(
  path.join(machine.data, 'log'),
  await freePort(),
  ['gregor.journal.bytes=64MiB', DIRECT].flatMap((setting) => ['--set', setting]),
  lie(),
);
let isOver = false;
let isOn = false;
let sectors = { kept: 0, unflushed: 0 };
const problems: string[] = [];
const all = [...Array(PARTITIONS - 1).keys()];
const producers = [
  ...[1, 2].map((n) => new KillProofProducer(`idempotent-${n}`, TOPIC, broker.port, all, true)),
  new KillProofProducer('plain', TOPIC, broker.port, all, false),
  new KafkajsProducer(TOPIC, broker.port, KAFKAJS_PARTITION),
];
try {
  await powerOn();
  await createTopic(broker.port, TOPIC, PARTITIONS);
  execFileSync('sync', ['-f', machine.data]); // the topic survives even a broker that lies, so that records are what is lost
  const running = producers.map((producer) =>
    producer
      .run(() => isOver)
      .catch((error: unknown) => {
        problems.push(`${producer.name}: ${(error as Error).message}`);
        isOver = true;
      }),
  );
  await cutAgainAndAgain();
  isOver = true;
  await Promise.race([Promise.all(running), new Promise((resolve) => setTimeout(resolve, 30_000))]);
  problems.push(...check(producers, await readLog(broker.port, TOPIC, PARTITIONS)));
} catch (error) {
  problems.push(String(error));
} finally {
  await broker.kill();
  if (isOn) await machine.takeAway();
  await rm(folder, { recursive: true, force: true });
}
const acknowledged = producers.reduce((sum, producer) => sum + producer.acknowledged.length, 0);
console.log(
  `${cuts} power cuts${values['no-sync'] ? ' WITHOUT SYNC' : ''} · ${acknowledged} records acknowledged · ` +
    `${sectors.kept} of ${sectors.unflushed} unflushed sectors survived · ${problems.length} violations`,
);
for (const problem of problems.slice(0, 10)) console.log(`  ${problem}`);
if (values['no-sync']) {
  console.log(
    problems.length > 0
      ? 'the rig notices that syncs are missing'
      : 'THE RIG IS BLIND: nothing was lost without syncs',
  );
  process.exit(problems.length > 0 ? 0 : 1);
}
process.exit(problems.length === 0 ? 0 : 1);

async function powerOn(): Promise<void> {
  isOn = true;
  await machine.powerOn();
  await broker.start();
}

async function cutAgainAndAgain(): Promise<void> {
  for (let cut = 1; cut <= cuts && !isOver; cut++) {
    await new Promise((resolve) =>
      setTimeout(resolve, cut % 3 === 0 ? Math.random() * 30 : 100 + Math.random() * 400),
    );
    const lost = await machine.cutPower(values.seed * 1_000_003 + cut);
    sectors = { kept: sectors.kept + lost.kept, unflushed: sectors.unflushed + lost.unflushed };
    await broker.kill();
    await machine.takeAway();
    await powerOn();
    if (cut % 20 === 0) console.log(`${cut} power cuts`);
  }
}

function hasCompiler(): boolean {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // that is the answer
  }
}

/** Prefix of the broker's command: nothing, or a library whose syncs do nothing. */
function lie(): string[] {
  if (!values['no-sync']) return [];
  const library = path.join(folder, 'no-sync.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-o', library, path.join(import.meta.dirname, 'no-sync.c')]);
  return ['env', `LD_PRELOAD=${library}`, 'UV_USE_IO_URING=0'];
}
