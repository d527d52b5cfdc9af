/**
 * Placed kills: the real program ends, by its own hand, at the n-th write, sync, rename or unlink in its folder, before the
 * call or right after it; n is swept. Producers write meanwhile, checkpoints are asked for, topics come and go, records are
 * deleted. Then the log is held against what was acknowledged, and the folder is verified.
 *
 * Files are renamed where they appear whole: the two manifests of a new folder, so some kills are in a folder of their own, and a
 * producer snapshot that replaces the one of the same offset, which a checkpoint after DeleteRecords writes.
 *
 *   node test/kill/placed.ts --kills 500
 *
 * Skipped with the reason where the machine cannot (Linux and a C compiler are needed).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { deleteTopicsApi, encodeBatch, produceApi } from '../../src/protocol/index.ts';
import { BrokerProcess, freePort } from '../wire/broker-process.ts';
import { WireClient } from '../wire/wire-client.ts';
import { check, createTopic, readLog } from './account.ts';
import { checkpoint } from './checkpoint.ts';
import { KillProofProducer } from './producer.ts';
import { TrimmedTopic } from './trimmed-topic.ts';
import { number, readOptions } from '../../scripts/options.ts';

const TOPIC = 'placed';
const PARTITIONS = 4;
/** Half of the batches go straight into their segment. */
const DIRECT = ['--set', 'gregor.direct.batch.bytes=200'];
/** A placement that is not reached within this time was too far away: the next one is nearer. */
const REACHED_WITHIN_MS = 4_000;
const PROGRAM = path.join(import.meta.dirname, '../../bin/gregor.mjs');

type Call = 'write' | 'sync' | 'rename' | 'unlink';

/** How far n is swept; it shrinks when a placement was not reached. */
const furthest: Record<Call, number> = { write: 160, sync: 100, rename: 4, unlink: 12 };
/** Every so manieth kill at a rename is in a new folder, which has two of them. */
const NEW_FOLDER_EVERY = 3;
const RENAMES_OF_A_NEW_FOLDER = 2;
const ORDER: readonly Call[] = ['write', 'sync', 'rename', 'write', 'sync', 'unlink'];

const { values } = readOptions(import.meta.filename, { kills: number(500) });
const folder = await mkdtemp(path.join(os.tmpdir(), 'gregor-placed-'));
const library = path.join(folder, 'shim.so');
const reason = compile();
if (reason !== undefined) {
  console.log(`placed kills: skipped, ${reason}`);
  process.exit(0);
}
const { kills } = values;
const data = path.join(folder, 'data');
const port = await freePort();
const placed: Record<Call, number> = { write: 0, sync: 0, rename: 0, unlink: 0 };
const next: Record<Call, number> = { write: 0, sync: 0, rename: 0, unlink: 0 };
let isOver = false;
let duringStart = 0;
const problems: string[] = [];
let current = new BrokerProcess(data, port, DIRECT);
const trimmed = new TrimmedTopic(port);
const all = [...Array(PARTITIONS).keys()];
const producers = [
  ...[1, 2].map((n) => new KillProofProducer(`idempotent-${n}`, TOPIC, port, all, true)),
  new KillProofProducer('plain', TOPIC, port, all, false),
];
try {
  await current.start();
  await createTopic(port, TOPIC, PARTITIONS);
  await trimmed.create();
  await current.stop();
  const running = producers.map((producer) =>
    producer
      .run(() => isOver)
      .catch((error: unknown) => {
        problems.push(`${producer.name}: ${(error as Error).message}`);
        isOver = true;
      }),
  );
  for (let done = 0, turn = 0; done < kills && !isOver; turn++) {
    const call = ORDER[turn % ORDER.length]!;
    const isInNew = call === 'rename' && next.rename % NEW_FOLDER_EVERY === 0;
    if (await (isInNew ? killInNewFolder(turn) : killAt(call, turn))) done++;
    if (done > 0 && done % 50 === 0) console.log(`${done} placed kills`);
  }
  current = new BrokerProcess(data, port, DIRECT);
  await current.start();
  isOver = true;
  await Promise.all(running);
  problems.push(...check(producers, await readLog(port, TOPIC, PARTITIONS)));
  problems.push(...(await trimmed.check()));
  await current.stop();
  const verified = spawnSync(process.execPath, [PROGRAM, 'verify', '--data', data], { encoding: 'utf8' });
  if (verified.status !== 0) problems.push(`gregor verify: ${verified.stdout}${verified.stderr}`);
} catch (error) {
  problems.push(`${error instanceof Error ? error.stack : String(error)}\n${current.output.slice(-2000)}`);
} finally {
  await current.kill();
  if (problems.length === 0) await rm(folder, { recursive: true, force: true });
  else console.log(`data folder: ${data}`);
}
const acknowledged = producers.reduce((sum, producer) => sum + producer.acknowledged.length, 0);
const where = Object.entries(placed).map(([call, count]) => `${count} at a ${call}`);
console.log(
  `${kills} placed kills (${where.join(', ')}; ${duringStart} of them before the port answered) · ` +
    `${acknowledged} records acknowledged · ${problems.length} violations`,
);
for (const problem of problems.slice(0, 10)) console.log(`  ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);

/** True when the program died where it was told to. */
async function killAt(call: Call, turn: number): Promise<boolean> {
  const nth = 1 + (next[call]++ % furthest[call]);
  const when = turn % 2 === 0 ? 'before' : 'after';
  current = new BrokerProcess(data, port, DIRECT, launcher(data, call, nth, when));
  const isUp = await current.start().then(
    () => true,
    () => false,
  );
  if (isUp) await poke(call, turn);
  else duringStart++;
  const isReached = await current.hasDied('SIGKILL', REACHED_WITHIN_MS);
  if (isReached) placed[call]++;
  else {
    await current.kill();
    furthest[call] = Math.max(1, nth - 1);
    if (!isUp) duringStart--;
  }
  return isReached;
}

function launcher(target: string, call: Call, nth: number, when: string): string[] {
  return [
    ...['env', `LD_PRELOAD=${library}`, 'UV_USE_IO_URING=0', `KILL_FOLDER=${target}`],
    ...[`KILL_CALL=${call}`, `KILL_NTH=${nth}`, `KILL_WHEN=${when}`],
  ];
}

/** A folder whose first start ended in the middle is still new, or whole: it starts, takes a record, and has it. */
async function killInNewFolder(turn: number): Promise<boolean> {
  const fresh = path.join(folder, `new-${turn}`);
  const count = next.rename++ / NEW_FOLDER_EVERY;
  const nth = 1 + (count % RENAMES_OF_A_NEW_FOLDER);
  const when = count % (2 * RENAMES_OF_A_NEW_FOLDER) < RENAMES_OF_A_NEW_FOLDER ? 'before' : 'after';
  const first = new BrokerProcess(fresh, await freePort(), [], launcher(fresh, 'rename', nth, when));
  const isUp = await first.start().then(
    () => true,
    () => false,
  );
  const isReached = await first.hasDied('SIGKILL', isUp ? REACHED_WITHIN_MS : 0);
  await first.kill();
  const second = new BrokerProcess(fresh, await freePort());
  try {
    await second.start();
    const topic = new TrimmedTopic(second.port);
    await topic.create();
    await topic.trim();
    await second.kill();
    await second.start();
    problems.push(...(await topic.check()).map((problem) => `new folder, rename ${nth} ${when}: ${problem}`));
  } finally {
    await second.kill();
  }
  rmSync(fresh, { recursive: true, force: true });
  if (isReached) placed.rename++;
  if (isReached && !isUp) duringStart++;
  return isReached;
}

/** Makes checkpoints, and files come and go, until the program is gone; at the end a stop, if it stood it all. */
async function poke(call: Call, turn: number): Promise<void> {
  const until = Date.now() + REACHED_WITHIN_MS / 2;
  for (let n = 0; Date.now() < until && !(await current.hasDied('SIGKILL', 0)); n++) {
    await checkpoint(data);
    if (call === 'rename') await trimmed.trim().catch(() => undefined); // it died meanwhile
    if (call === 'unlink' || n % 4 === 3)
      await topicComesAndGoes(`passing-${turn}-${n}`).catch(() => undefined); // it died meanwhile
  }
  if (!(await current.hasDied('SIGKILL', 0))) void current.stop();
}

/** Makes files that go again. Rejects when the program dies meanwhile. */
async function topicComesAndGoes(name: string): Promise<void> {
  await createTopic(port, name, 1);
  const client = await WireClient.connect(port);
  try {
    const record = { key: null, value: Buffer.from('passing'), headers: [], timestamp: Date.now() };
    const partitionData = [{ index: 0, records: encodeBatch({ records: [record] }) }];
    await client.send(produceApi, 9, { acks: -1, timeoutMs: 10_000, topicData: [{ name, partitionData }] });
    await checkpoint(data);
    await client.send(deleteTopicsApi, 5, { topicNames: [name], timeoutMs: 10_000 });
  } finally {
    client.close();
  }
}

/** Why this machine cannot; undefined when the shim is there. */
function compile(): string | undefined {
  if (process.platform !== 'linux') return `the shim needs Linux, this is ${process.platform}`;
  try {
    execFileSync(
      'gcc',
      ['-shared', '-fPIC', '-O1', '-o', library, path.join(import.meta.dirname, 'shim.c'), '-ldl'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Buffer };
    return code === 'ENOENT' ? 'there is no gcc' : `gcc failed: ${stderr?.toString()}`;
  }
}
