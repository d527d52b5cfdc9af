/**
 * Other people's clients against the broker: each suite is a program of its own that gets the bootstrap address.
 *
 *   node test/compat/run.ts                       all of them
 *   node test/compat/run.ts --only aiokafka,kcat
 *   node test/compat/run.ts --bootstrap HOST:PORT  against a broker that runs already, Apache Kafka for instance
 *
 * A suite that cannot run here is skipped with its reason; in CI that is a failure.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pythonWith } from '../../scripts/demo/python.ts';
import { BrokerProcess, freePort } from '../wire/broker-process.ts';
import { kafkaHome } from './kafka/home.ts';

const SUITE_MS = 90_000;
const OUTPUT_SHOWN = 2_000;
const PYTHON_PACKAGES = [
  'aiokafka',
  'kafka-python',
  'confluent-kafka',
  'cramjam',
  'lz4',
  'zstandard',
  'python-snappy',
];

type Command = { readonly run: readonly string[] } | { readonly missing: string };

const suite = (file: string) => path.join(import.meta.dirname, 'suites', file);
const node = (file: string) => (): Command => ({ run: [process.execPath, suite(file)] });
const python = (file: string) => (): Command => {
  const found = pythonWith(PYTHON_PACKAGES);
  return 'missing' in found ? found : { run: [found.python, suite(file)] };
};
const kcat = (): Command =>
  spawnSync('kcat', ['-V']).error === undefined
    ? { run: ['bash', suite('kcat.sh')] }
    : { missing: 'kcat is not installed' };

const kafkaTools = (): Command => {
  const home = kafkaHome();
  return 'missing' in home ? home : { run: ['bash', suite('kafka_tools.sh'), home.classPath] };
};

const SUITES: Readonly<Record<string, () => Command>> = {
  kafkajs: node('kafkajs.ts'),
  platformatic: node('platformatic.ts'),
  aiokafka: python('aiokafka_suite.py'),
  'kafka-python': python('kafka_python_suite.py'),
  'confluent-kafka': python('confluent_suite.py'),
  kcat,
  'kafka-tools': kafkaTools,
};

const { values } = parseArgs({ options: { only: { type: 'string' }, bootstrap: { type: 'string' } } });
const names = values.only?.split(',') ?? Object.keys(SUITES);
const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-compat-'));
const broker = new BrokerProcess(folder, await freePort());
if (values.bootstrap === undefined) await broker.start();
const bootstrap = values.bootstrap ?? `127.0.0.1:${broker.port}`;
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const name of names) {
  const command = SUITES[name]?.() ?? { missing: `there is no suite '${name}'` };
  if ('missing' in command) {
    counts.skipped++;
    console.log(`- ${name}: skipped, ${command.missing}`);
    continue;
  }
  const { code, output } = await run(command.run, bootstrap);
  if (code === 0) {
    counts.passed++;
    console.log(`✔ ${name}: ${output.trim().split('\n').at(-1)}`);
  } else {
    counts.failed++;
    console.log(`✖ ${name} ended with ${code}\n${output.slice(-OUTPUT_SHOWN)}`);
  }
}
await broker.stop();
rmSync(folder, { recursive: true, force: true });
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 || (counts.skipped > 0 && process.env['CI'] !== undefined) ? 1 : 0);

function run(command: readonly string[], address: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const [program, ...rest] = command;
    const child = spawn(program!, [...rest, address], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: SUITE_MS,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.once('error', (error) => resolve({ code: -1, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
