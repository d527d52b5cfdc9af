/**
 * The demo: real flights through an idempotent Python producer, while the broker is killed with -9 and started again.
 *
 *   npm run demo                       300,000 flights, 5 kills
 *   npm run demo -- --rows 50000 --kills 3
 *   npm run demo -- --all              all three million
 *
 * A group of two consumers reads everything at the same time. At the end: as many rows as were sent, none lost, none
 * twice, in order within each partition. Exit code 1 when any of that is not so.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { BrokerProcess, freePort } from '../../test/wire/broker-process.ts';
import { Ledger } from './ledger.ts';
import { pythonWith } from './python.ts';
import { flag, number, readOptions } from '../options.ts';

const TOPIC = 'flights';
const GROUP = 'readers';
const ALL_ROWS = 3_000_000;
/** The group has read nothing new for so long: what is missing now stays missing. */
const SILENCE_MS = 60_000;
const CLIENT_LOG_MAX = 5_000;

const { values } = readOptions(import.meta.filename, {
  rows: number(300_000),
  all: flag(),
  kills: number(5),
});
const rows = values.all ? ALL_ROWS : values.rows;
const { kills } = values;

say(`${rows.toLocaleString('en')} flights, ${kills} kills`);
const found = pythonWith(['aiokafka', 'pyarrow']);
if ('missing' in found) {
  console.error(`The demo needs Python 3 and PyPI: ${found.missing}`);
  process.exit(1);
}
const parquet = path.join(import.meta.dirname, '../../node_modules/vega-datasets/data/flights-3m.parquet');
const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-demo-'));
const broker = new BrokerProcess(folder, await freePort());
const children: ChildProcess[] = [];
const ledger = new Ledger(rows);
const began = Date.now();
let acknowledged = 0;
let killed = 0;
let lastRead = Date.now();
/** The clients complain while the broker is away, as they should; shown only when something went wrong. */
let clientLog = '';
try {
  await broker.start();
  say(`broker on 127.0.0.1:${broker.port}, data in ${folder}`);
  for (const name of ['first', 'second']) consume(name);
  const producer = python(['producer.py', address(), TOPIC, parquet, String(rows)]);
  const produced = ended(producer);
  createInterface({ input: producer.stdout! }).on('line', (line) => {
    acknowledged = Number(line.split(' ')[1]);
  });
  const progress = setInterval(
    () => say(`${percent(acknowledged)} acknowledged · ${percent(ledger.read)} read · ${killed} kills`),
    2_000,
  );
  await Promise.race([killOnTheWay(), produced]);
  const code = await produced;
  if (code !== 0) throw new Error(`the producer ended with ${code}`);
  say('everything is acknowledged; the group reads on');
  while (ledger.read < rows && Date.now() - lastRead < SILENCE_MS) await pause(100);
  await pause(1_000); // a duplicate would come now
  clearInterval(progress);
  report();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(clientLog);
  console.error(broker.output.slice(-2_000));
  process.exitCode = 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

function address(): string {
  return `127.0.0.1:${broker.port}`;
}

function python(args: readonly string[]): ChildProcess {
  const [script, ...rest] = args;
  const child = spawn(
    (found as { python: string }).python,
    [path.join(import.meta.dirname, script!), ...rest],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  child.stderr!.on('data', (bytes: Buffer) => {
    clientLog = (clientLog + bytes.toString()).slice(-CLIENT_LOG_MAX);
  });
  children.push(child);
  return child;
}

function consume(name: string): void {
  const child = python(['consumer.py', address(), TOPIC, GROUP]);
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const [partition, offset, row] = line.split(' ');
    ledger.note(Number(partition), Number(offset), Number(row));
    lastRead = Date.now();
  });
  child.once('exit', (code) => {
    if (code !== null && code !== 0) say(`the ${name} consumer ended with ${code}`);
  });
}

/** Kills spread evenly over the way, each followed by a start at once. */
async function killOnTheWay(): Promise<void> {
  for (let n = 1; n <= kills; n++) {
    while (acknowledged < (rows * n) / (kills + 1)) await pause(5);
    await broker.kill();
    const from = Date.now();
    await broker.start();
    killed++;
    say(`kill -9 at ${percent(acknowledged)}; serving again after ${Date.now() - from} ms`);
  }
}

function report(): void {
  const verdict = ledger.verdict();
  const seconds = (Date.now() - began) / 1000;
  const lines: [string, string | number, boolean][] = [
    ['flights sent', rows, true],
    ['acknowledged', acknowledged, acknowledged === rows],
    ['read by the group', verdict.read, verdict.read === rows],
    ['lost', verdict.missing, verdict.missing === 0],
    ['there twice', verdict.duplicates, verdict.duplicates === 0],
    ['out of order', verdict.outOfOrder, verdict.outOfOrder === 0],
    ['offsets skipped', verdict.gaps, verdict.gaps === 0],
    ['delivered again after a rebalance', verdict.redelivered, true],
    ['kill -9', killed, killed === kills],
    ['seconds', seconds.toFixed(1), true],
  ];
  console.log();
  for (const [name, value, isFine] of lines)
    console.log(`  ${name.padEnd(36)}${value.toLocaleString('en').padStart(12)}  ${isFine ? '' : '✖'}`);
  const isFine = lines.every(([, , fine]) => fine);
  if (!isFine) console.log(`\n${clientLog}`);
  console.log(
    isFine ? '\n  Nothing lost, nothing twice, everything in order.\n' : '\n  A promise was broken.\n',
  );
  process.exitCode = isFine ? 0 : 1;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

function percent(count: number): string {
  return `${((count / rows) * 100).toFixed(0).padStart(3)} %`;
}

function say(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
