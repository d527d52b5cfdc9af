/** Other people's clients: how each is started to produce and to read, and how long it says that took. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pythonWith } from '../../scripts/demo/python.ts';
import { kafkaHome, LOG_SETTINGS } from '../../test/compat/kafka/home.ts';
import { program } from '../load/build.ts';

/** What a program of ours takes as its arguments, in this order. */
export interface ClientRun {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
  readonly bytes: number;
  readonly group: string;
}

export interface Client {
  /** So many records for each second that a sample should take. */
  readonly perSecond: number;
  /** Why it is not to be had here. */
  missing(): string | undefined;
  command(what: 'produce' | 'consume', run: ClientRun): readonly string[];
  /** Of its output. */
  seen(what: 'produce' | 'consume', output: string): { readonly records: number; readonly seconds: number };
}

const here = (file: string) => path.join(import.meta.dirname, file);

const argumentsOf = ({ bootstrap, topic, records, bytes, group }: ClientRun) =>
  [bootstrap, topic, records, bytes, group].map(String);

const asJson: Client['seen'] = (_what, output) => JSON.parse(output);

export const CLIENTS: Readonly<Record<string, Client>> = {
  /** kafka-producer-perf-test and kafka-consumer-perf-test. */
  'Kafka’s perf tests (Java)': {
    perSecond: 50_000,
    missing: () => {
      const home = kafkaHome();
      return 'missing' in home ? home.missing : undefined;
    },
    command: (what, run) => [...java(), ...(what === 'produce' ? producerTest(run) : consumerTest(run))],
    seen: (what, output) => (what === 'produce' ? ofProducerTest(output) : ofConsumerTest(output)),
  },
  librdkafka: {
    perSecond: 80_000,
    missing: () =>
      hasHeader('librdkafka/rdkafka.h') ? undefined : 'librdkafka is not installed (Debian: librdkafka-dev)',
    command: (what, run) => [program('rdkafka', ['-lrdkafka']), what, ...argumentsOf(run)],
    seen: asJson,
  },
  kafkajs: {
    perSecond: 20_000,
    missing: () => undefined,
    command: (what, run) => [process.execPath, here('kafkajs_client.ts'), what, ...argumentsOf(run)],
    seen: asJson,
  },
  aiokafka: {
    perSecond: 8_000,
    missing: () => {
      const found = python();
      return 'missing' in found ? found.missing : undefined;
    },
    command: (what, run) => {
      const found = python();
      if ('missing' in found) throw new Error(found.missing);
      return [found.python, here('aiokafka_client.py'), what, ...argumentsOf(run)];
    },
    seen: asJson,
  },
};

function python() {
  return pythonWith(['aiokafka']);
}

function hasHeader(name: string): boolean {
  const { status } = spawnSync('cc', ['-E', '-'], { input: `#include <${name}>\n`, encoding: 'utf8' });
  return status === 0;
}

function java(): readonly string[] {
  const home = kafkaHome();
  if ('missing' in home) throw new Error(home.missing);
  return ['java', '-Xmx512m', '-cp', home.classPath, `-Dlog4j2.configurationFile=${LOG_SETTINGS}`];
}

function producerTest({ bootstrap, topic, records, bytes }: ClientRun): readonly string[] {
  const what = ['--bootstrap-server', bootstrap, '--topic', topic, '--num-records', String(records)];
  const how = ['--record-size', String(bytes), '--throughput', '-1', '--command-property', 'acks=all'];
  return ['org.apache.kafka.tools.ProducerPerformance', ...what, ...how];
}

function consumerTest({ bootstrap, topic, records, group }: ClientRun): readonly string[] {
  const what = ['--bootstrap-server', bootstrap, '--topic', topic, '--num-records', String(records)];
  return [
    'org.apache.kafka.tools.ConsumerPerformance',
    ...what,
    '--group',
    group,
    '--timeout',
    '60000',
    '--hide-header',
  ];
}

/** `100000 records sent, 50000.0 records/sec (47.68 MB/sec), …`, the last line of that form. */
function ofProducerTest(output: string) {
  const lines = [...output.matchAll(/^(\d+) records sent, ([\d.]+) records\/sec/gm)];
  const [, records, perSecond] = lines.at(-1) ?? [];
  if (records === undefined)
    throw new Error(`kafka-producer-perf-test says nothing that is understood:\n${output}`);
  return { records: Number(records), seconds: Number(records) / Number(perSecond) };
}

/** `start, end, MB, MB/s, records, records/s, ms of rebalancing, ms of fetching, …` */
function ofConsumerTest(output: string) {
  const line = output
    .split('\n')
    .map((text) => text.split(', '))
    .find((cells) => cells.length === 10);
  if (line === undefined)
    throw new Error(`kafka-consumer-perf-test says nothing that is understood:\n${output}`);
  return { records: Number(line[4]), seconds: Number(line[7]) / 1000 };
}
