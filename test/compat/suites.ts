/** The suites: name → the command that runs it (the bootstrap address is its last argument), or why it cannot run here. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pythonWith } from '../../scripts/demo/python.ts';
import { kafkaHome, LOG_SETTINGS } from './kafka/home.ts';

export type Command = { readonly run: readonly string[] } | { readonly missing: string };

const PYTHON_PACKAGES = [
  'aiokafka',
  'kafka-python',
  'confluent-kafka',
  'cramjam',
  'lz4',
  'zstandard',
  'python-snappy',
];
const GO_BINARIES = path.join(import.meta.dirname, '../../.cache/go');

const suite = (file: string) => path.join(import.meta.dirname, 'suites', file);
const node = (file: string) => (): Command => ({ run: [process.execPath, suite(file)] });

export function python(file: string): () => Command {
  return () => {
    const found = pythonWith(PYTHON_PACKAGES);
    return 'missing' in found ? found : { run: [found.python, suite(file)] };
  };
}

const has = (program: string, argument: string) => spawnSync(program, [argument]).error === undefined;

const withKafka = (command: (classPath: string) => string[]) => (): Command => {
  const home = kafkaHome();
  return 'missing' in home ? home : { run: command(home.classPath) };
};

function kcat(): Command {
  if (!has('kcat', '-V')) return { missing: 'kcat is not installed' };
  return withKafka(() => ['bash', suite('kcat.sh')])();
}

/** Built anew each time: Go itself knows what is up to date. */
export const go = (name: string) => (): Command => {
  if (!has('go', 'version')) return { missing: 'go is not installed' };
  const binary = path.join(GO_BINARIES, name);
  const { status, stderr } = spawnSync('go', ['build', '-o', binary, `./${name}`], {
    cwd: suite('go'),
    encoding: 'utf8',
  });
  return status === 0 ? { run: [binary] } : { missing: `go build failed: ${stderr.slice(-500)}` };
};

export const SUITES: Readonly<Record<string, () => Command>> = {
  // First: it describes all groups that there are, and those of the others would be among them.
  'kafka-consumer-groups': withKafka((classPath) => [
    'java',
    '-XX:TieredStopAtLevel=1',
    '-cp',
    classPath,
    `-Dlog4j2.configurationFile=${LOG_SETTINGS}`,
    suite('java/ConsumerGroups.java'),
    suite('consumer_groups.txt'),
  ]),
  kafkajs: node('kafkajs.ts'),
  platformatic: node('platformatic.ts'),
  aiokafka: python('aiokafka_suite.py'),
  'kafka-python': python('kafka_python_suite.py'),
  'confluent-kafka': python('confluent_suite.py'),
  kcat,
  java: withKafka((classPath) => [
    'java',
    '-cp',
    classPath,
    `-Dlog4j2.configurationFile=${LOG_SETTINGS}`,
    suite('java/Suite.java'),
  ]),
  'aiokafka-transactions': python('aiokafka_transactions.py'),
  'confluent-transactions': python('confluent_transactions.py'),
  'kafkajs-transactions': node('kafkajs_transactions.ts'),
  'platformatic-transactions': node('platformatic_transactions.ts'),
  'java-transactions': withKafka((classPath) => [
    'java',
    '-cp',
    classPath,
    `-Dlog4j2.configurationFile=${LOG_SETTINGS}`,
    suite('java/Transactions.java'),
  ]),
  'franz-go': go('franz'),
  sarama: go('sarama'),
  'kafka-tools': withKafka(() => ['bash', suite('kafka_tools.sh')]),
  'kafka-connect': withKafka(() => [process.execPath, suite('kafka_connect.ts')]),
  pipelines: node('pipelines.ts'),
  replication: node('replication.ts'),
  'refused-records': node('refused_records.ts'),
  'kafka-dump-log': withKafka(() => [process.execPath, suite('kafka_dump_log.ts')]),
  compaction: withKafka(() => [process.execPath, suite('compaction.ts')]),
};

/** Suites that look at files of ours, and so say nothing about another broker. */
export const OURS_ONLY: ReadonlySet<string> = new Set(['kafka-dump-log', 'compaction']);
