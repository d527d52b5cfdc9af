/**
 * Clean at the producer: the same flights in three dialects, from three clients, become one canonical topic that the broker keeps
 * canonical; and every original comes back byte for byte, from the topic alone.
 *
 *   npm run demo:canonical                     3,000 flights
 *   npm run demo:canonical -- --rows 3000000   all
 *
 * Each producer is a process of its own, writes to a partition of its own and hashes the raw values it was given; at the end every record
 * is turned back, and the hashes must be the same. Nobody keeps the rows. Exit code 1 when a byte is missing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BrokerProcess, freePort } from '../../../test/wire/broker-process.ts';
import { pythonWith } from '../python.ts';
import { CLIENTS, DIALECTS, type Dialect } from './dialects.ts';
import { number, readOptions } from '../../options.ts';

const TOPIC = 'flights';
const HERE = import.meta.dirname;
const PROGRAM = path.join(HERE, '../../../bin/gregor.mjs');
const PARQUET = path.join(HERE, '../../../node_modules/vega-datasets/data/flights-3m.parquet');
const TICKS_PER_SECOND = 100;

interface Sent {
  readonly count: number;
  readonly digest: string;
  readonly cpuSeconds: number;
}

interface Back extends Sent {
  readonly bytes: number;
  readonly complements: number;
  /** Why a record could not be turned back; empty: all were. */
  readonly missing: string;
  readonly raw: string;
  readonly canonical: string;
}

const { values } = readOptions(import.meta.filename, { rows: number(3000) });
const { rows } = values;
const found = pythonWith(['aiokafka', 'pyarrow']);
if ('missing' in found) {
  console.error(`The demo needs Python 3 and PyPI: ${found.missing}`);
  process.exit(1);
}
const { python } = found;
const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-canonical-demo-'));
const broker = new BrokerProcess(folder, await freePort());
const bootstrap = `127.0.0.1:${broker.port}`;
try {
  await broker.start();
  console.log(`${rows.toLocaleString('en')} flights in three dialects\n`);
  await gregor('canonical', 'publish', path.join(HERE, 'flight.lens.yaml'));
  await gregor('topic', 'create', TOPIC, '--partitions', '3', '--config', 'gregor.canonical=flight@1');
  const [sent, produced] = await timed(() => all<Sent>(send));
  const [back, restored] = await timed(() => all<Back>(turnBack));
  for (const dialect of DIALECTS) tell(dialect, sent[dialect], back[dialect]);
  console.log(
    `\n  in    ${rateText(produced, sent)}, three clients beside the broker, which checks each record`,
  );
  console.log(`  back  ${rateText(restored, back)}, a process for each partition`);
} finally {
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
}

function tell(dialect: Dialect, sent: Sent, back: Back): void {
  const isSame = back.count === sent.count && back.digest === sent.digest && back.missing === '';
  if (!isSame) process.exitCode = 1;
  const verdict = isSame ? 'every byte came back' : `✖ NOT THE SAME ${back.missing}`;
  const counted = `${String(back.count).padStart(9)} records`;
  const sizes = `${back.complements} complements, ${back.bytes} bytes`;
  console.log(`  ${dialect.padEnd(7)} ${CLIENTS[dialect].padEnd(20)} ${counted}  ${verdict}  ${sizes}`);
  console.log(`          ${back.raw}\n          ${back.canonical}`);
}

/** Processor time too: it says more than the clock on a machine that has other things to do. */
function rateText(seconds: { wall: number; broker: number }, by: Readonly<Record<Dialect, Sent>>): string {
  const microseconds = (cpu: number, count: number) => `${((cpu * 1e6) / count).toFixed(0)} µs`;
  const costs = DIALECTS.map((name) => `${name} ${microseconds(by[name].cpuSeconds, by[name].count)}`);
  const cost = `${costs.join(', ')}, broker ${microseconds(seconds.broker, rows)} of processor time a record`;
  const rate = Math.round(rows / seconds.wall).toLocaleString('en');
  return `${rate} records/s (${seconds.wall.toFixed(1)} s; ${cost})`;
}

async function timed<T>(act: () => Promise<T>): Promise<[T, { wall: number; broker: number }]> {
  const [began, cpu] = [Date.now(), brokerCpuSeconds()];
  const result = await act();
  return [result, { wall: (Date.now() - began) / 1000, broker: brokerCpuSeconds() - cpu }];
}

/** From /proc; elsewhere not known: NaN. */
function brokerCpuSeconds(): number {
  try {
    const stat = readFileSync(`/proc/${broker.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}

async function all<T>(
  one: (dialect: Dialect, partition: number) => Promise<string>,
): Promise<Record<Dialect, T>> {
  const texts = await Promise.all(DIALECTS.map(one));
  return Object.fromEntries(
    texts.map((text, partition) => [DIALECTS[partition]!, JSON.parse(text) as T]),
  ) as Record<Dialect, T>;
}

function send(dialect: Dialect, partition: number): Promise<string> {
  const place = [bootstrap, TOPIC, String(partition)];
  if (dialect === 'ops') return outputOf(start(python, ['ops.py', ...place, PARQUET, String(rows)]));
  const reader = start(python, ['rows.py', PARQUET, String(rows), String(partition)]);
  const producer = start(process.execPath, ['producer.ts', dialect, ...place], 'pipe');
  reader.stdout!.pipe(producer.stdin!);
  return outputOf(producer);
}

function turnBack(_: Dialect, partition: number): Promise<string> {
  return outputOf(start(process.execPath, ['back.ts', bootstrap, TOPIC, String(partition)]));
}

async function gregor(...parameters: string[]): Promise<void> {
  await outputOf(start(process.execPath, [PROGRAM, ...parameters, '-b', bootstrap]));
}

function start(
  command: string,
  parameters: readonly string[],
  input: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  return spawn(command, parameters, { cwd: HERE, stdio: [input, 'pipe', 'inherit'] });
}

function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  child.stdout!.on('data', (bytes) => (output += bytes));
  return new Promise((resolve, reject) =>
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}`)),
    ),
  );
}
