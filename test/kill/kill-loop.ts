/**
 * The kill loop: the real program is killed with -9 again and again while producers write; then the log is held against
 * what was acknowledged.
 *
 *   node test/kill/kill-loop.ts --cycles 200
 * What is checked: account.ts.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BrokerProcess, freePort } from '../wire/broker-process.ts';
import { check, createTopic, readLog } from './account.ts';
import { KillProofProducer, Violation } from './producer.ts';
import { flag, number, readOptions } from '../../scripts/options.ts';

const TOPIC = 'killed';
const PARTITIONS = 6;
/** Half of the batches go straight into their segment. */
const DIRECT = ['--set', 'gregor.direct.batch.bytes=200'];

const { values } = readOptions(import.meta.filename, { cycles: number(200), keep: flag() });
const { cycles } = values;
const folder = await mkdtemp(path.join(os.tmpdir(), 'gregor-kill-'));
const broker = new BrokerProcess(folder, await freePort(), DIRECT);
let isOver = false;
try {
  await broker.start();
  await createTopic(broker.port, TOPIC, PARTITIONS);
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
  const log = await readLog(broker.port, TOPIC, PARTITIONS);
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

async function killAgainAndAgain(): Promise<void> {
  for (let cycle = 1; cycle <= cycles && !isOver; cycle++) {
    await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 170));
    await broker.kill();
    await broker.start();
    if (cycle % 20 === 0) console.log(`${cycle} kills`);
  }
}
