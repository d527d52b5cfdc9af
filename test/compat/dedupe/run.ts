/**
 * A topic that deduplicates, as other people's clients meet it: each sends the same ids again and again, over reconnects,
 * kill -9 of the broker, aborted transactions, inside and outside the window, and sees normal answers.
 *
 *   node test/compat/dedupe/run.ts                      all clients
 *   node test/compat/dedupe/run.ts --only kcat,java
 *
 * A client that cannot run here is skipped with its reason; in CI that is a failure. Exit code 1 when a record is there
 * twice, or missing.
 */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import kafkajs from 'kafkajs';
import { pythonWith } from '../../../scripts/demo/python.ts';
import { kafkaHome, LOG_SETTINGS } from '../kafka/home.ts';
import { makeTarget, type Target } from '../targets.ts';
import { readOptions, text } from '../../../scripts/options.ts';

const RUN_MS = 180_000;
const TOPIC_RESOURCE = 2;
type Mode = 'plain' | 'idempotent' | 'commit' | 'abort';
type Command =
  | { readonly run: readonly string[]; readonly modes: readonly Mode[] }
  | { readonly missing: string };

const execute = promisify(execFile);
const file = (name: string) => path.join(import.meta.dirname, name);
const ALL: readonly Mode[] = ['plain', 'idempotent', 'commit', 'abort'];
const hasKcat = spawnSync('kcat', ['-V']).error === undefined;

const CLIENTS: Readonly<Record<string, () => Command>> = {
  kcat: () => ({ run: ['bash', file('kcat_producer.sh')], modes: ['plain', 'idempotent'] }),
  aiokafka: () => {
    const found = pythonWith(['aiokafka']);
    return 'missing' in found ? found : { run: [found.python, file('aiokafka_producer.py')], modes: ALL };
  },
  kafkajs: () => ({ run: [process.execPath, file('kafkajs_producer.ts')], modes: ALL }),
  java: () => {
    const home = kafkaHome();
    if ('missing' in home) return home;
    const options = ['-cp', home.classPath, `-Dlog4j2.configurationFile=${LOG_SETTINGS}`];
    return { run: ['java', ...options, file('Producer.java')], modes: ALL };
  },
};

const { values } = readOptions(import.meta.filename, { only: text() });
const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-dedupe-'));
const target = await makeTarget('gregor', folder);
const bootstrap = `127.0.0.1:${target.port}`;
let [failed, skipped] = [0, 0];
await target.start();
try {
  for (const name of values.only?.split(',') ?? Object.keys(CLIENTS)) {
    const command = CLIENTS[name]?.() ?? { missing: `there is no client '${name}'` };
    if ('missing' in command || !hasKcat) {
      skipped++;
      console.log(
        `- ${name}: skipped, ${'missing' in command ? command.missing : 'kcat, which reads, is not installed'}`,
      );
      continue;
    }
    try {
      await check(name, command.run, command.modes, target);
      console.log(
        `✔ ${name}: ${command.modes.join(', ')}; reconnects, kill -9, inside and outside the window in count and time`,
      );
    } catch (error) {
      failed++;
      console.log(`✖ ${name}: ${String(error)}`);
    }
  }
} finally {
  await target.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 || (skipped > 0 && process.env['CI'] !== undefined) ? 1 : 0;

async function check(
  name: string,
  run: readonly string[],
  modes: readonly Mode[],
  { kill, start }: Pick<Target, 'kill' | 'start'>,
): Promise<void> {
  const topic = `dedupe-${name}`;
  await createTopic(topic);
  const expected: string[] = [];
  const send = (mode: Mode, ids: readonly string[]) =>
    execute(run[0]!, [...run.slice(1), bootstrap, topic, mode, ...ids], { timeout: RUN_MS });
  const sees = async (what: string, ...more: readonly string[]) => {
    expected.push(...more);
    assert.deepEqual((await keysIn(topic)).sort(), [...expected].sort(), what);
  };
  await send('plain', ['a', 'b', 'c', 'a']);
  await sees('one batch with the same id twice', 'a', 'b', 'c');
  for (const mode of modes.filter((one) => one !== 'abort')) {
    await send(mode, ['a', 'b', 'c']);
    await sees(`${mode}, all there already`);
    await send(mode, ['c', `new-${mode}`, 'b']);
    await sees(`${mode}, some there already`, `new-${mode}`);
  }
  if (modes.includes('abort')) {
    await send('abort', ['a', 'x', 'y']);
    await sees('an aborted transaction');
    await send('plain', ['x']);
    await sees('an id of an aborted transaction', 'x');
    await send('commit', ['x', 'y']);
    await sees('the transaction again, committed', 'y');
    await send('abort', ['a', 'lost']);
  }
  await kill.call(target);
  await start.call(target);
  await send('idempotent', [...expected, 'z']);
  await sees('after kill -9', 'z');
  if (modes.includes('abort')) {
    await send('idempotent', ['lost', 'lost']);
    await sees('an id of a transaction that was aborted before the kill', 'lost');
  }
  await alter(topic, 'gregor.dedupe.window.count', '2');
  await send('plain', ['p', 'q', 'r']);
  await sees('new ids, of which two are remembered', 'p', 'q', 'r');
  await send('plain', ['q', 'r']);
  await sees('inside the window of two ids');
  await send('plain', ['p']);
  await sees('outside of it', 'p');
  await alter(topic, 'gregor.dedupe.window.ms', '1');
  await send('plain', ['a', 'b']);
  await sees('outside the window of a millisecond', 'a', 'b');
}

function keysIn(topic: string): Promise<string[]> {
  return execute('kcat', ['-b', bootstrap, '-C', '-t', topic, '-e', '-q', '-f', '%k\n'], {
    timeout: RUN_MS,
  }).then(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
}

function kafka() {
  return new kafkajs.Kafka({ brokers: [bootstrap], logLevel: kafkajs.logLevel.ERROR }).admin();
}

async function createTopic(topic: string): Promise<void> {
  const admin = kafka();
  await admin.connect();
  const configEntries = [{ name: 'gregor.dedupe.by', value: 'key' }];
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
  await admin.disconnect();
}

async function alter(topic: string, name: string, value: string): Promise<void> {
  const admin = kafka();
  await admin.connect();
  const configEntries = [
    { name: 'gregor.dedupe.by', value: 'key' },
    { name, value },
  ];
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: TOPIC_RESOURCE, name: topic, configEntries }],
  });
  await admin.disconnect();
}
