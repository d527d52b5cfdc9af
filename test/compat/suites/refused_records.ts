/**
 * Refused records: one client after the other sends a record that the topic refuses, and has to notice; what it shows of the reason
 * is written down here. On Gregor the topic has a schema; on both a compacted topic refuses a record without a key.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { Kafka, logLevel } from 'kafkajs';
import { pythonWith } from '../../../scripts/demo/python.ts';
import { kafkaHome, LOG_SETTINGS } from '../kafka/home.ts';
import { IS_GREGOR } from './first-contact.ts';

const bootstrap = process.argv[2]!;
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });

interface Case {
  readonly topic: string;
  readonly configs: Readonly<Record<string, string>>;
  /** Words of the reason. */
  readonly reason: RegExp;
}
const stamp = Date.now();
const CASES: readonly Case[] = [
  {
    topic: `keyless-${stamp}`,
    configs: { 'cleanup.policy': 'compact' },
    reason: IS_GREGOR ? /has no key/ : /Compacted topic cannot accept message without key/,
  },
  ...(IS_GREGOR
    ? [
        {
          topic: `unfit-${stamp}`,
          configs: { 'gregor.schema': '{"type":"object","required":["id"]}' },
          reason: /\/id is missing/,
        },
      ]
    : []),
];
const VALUE = '{"amount":1}';

interface Client {
  readonly name: string;
  /** Whether people see the reason, not only that there is one. */
  readonly showsReason: boolean;
  /** All that it said; undefined: it cannot run here. */
  readonly send: (topic: string) => Promise<{ output: string; noticed: boolean } | undefined>;
}

function run(command: string, parameters: readonly string[], input: string): Promise<string> {
  const child = spawn(command, parameters, { stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', () => resolve(output)));
}

const AIOKAFKA = `
import asyncio, sys
from aiokafka import AIOKafkaProducer
async def main():
    producer = AIOKafkaProducer(bootstrap_servers=sys.argv[1])
    await producer.start()
    try:
        await producer.send_and_wait(sys.argv[2], sys.argv[3].encode())
        print("sent")
    except Exception as error:
        print("refused", type(error).__name__, error)
    finally:
        await producer.stop()
asyncio.run(main())`;
const CONFLUENT = `
import sys
from confluent_kafka import Producer
producer = Producer({"bootstrap.servers": sys.argv[1]})
def told(error, message):
    print("sent" if error is None else f"refused {error.name()} {error.str()}")
producer.produce(sys.argv[2], sys.argv[3].encode(), callback=told)
producer.flush(20)`;

const python = (name: string, program: string): Client => ({
  name,
  showsReason: false,
  send: async (topic) => {
    const found = pythonWith([name]);
    if ('missing' in found) return undefined;
    const output = await run(found.python, ['-c', program, bootstrap, topic, VALUE], '');
    return { output, noticed: /^refused/m.test(output) };
  },
});

const CLIENTS: readonly Client[] = [
  {
    name: 'kafkajs',
    showsReason: false,
    send: async (topic) => {
      const producer = kafka.producer({ retry: { retries: 0 } });
      await producer.connect();
      const error = await producer.send({ topic, messages: [{ value: VALUE }] }).then(
        () => undefined,
        (refused: Error) => refused,
      );
      await producer.disconnect();
      return { output: `${error?.name} ${error?.message}`, noticed: error !== undefined };
    },
  },
  python('aiokafka', AIOKAFKA),
  python('confluent-kafka', CONFLUENT),
  {
    name: 'kcat',
    showsReason: false,
    send: async (topic) => {
      if (spawnSync('kcat', ['-V']).error !== undefined) return undefined;
      const output = await run('kcat', ['-P', '-b', bootstrap, '-t', topic], `${VALUE}\n`);
      return { output, noticed: /Delivery failed/.test(output) };
    },
  },
  {
    name: 'kafka-console-producer',
    showsReason: true,
    send: async (topic) => {
      const home = kafkaHome();
      if ('missing' in home) return undefined;
      const program = ['-cp', home.classPath, `-Dlog4j2.configurationFile=${LOG_SETTINGS}`];
      const parameters = [
        'org.apache.kafka.tools.ConsoleProducer',
        '--bootstrap-server',
        bootstrap,
        '--topic',
        topic,
      ];
      const output = await run('java', [...program, ...parameters], `${VALUE}\n`);
      return { output, noticed: /InvalidRecordException/.test(output) };
    },
  },
];

const admin = kafka.admin();
await admin.connect();
for (const { topic, configs, reason } of CASES) {
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
  for (const { name, showsReason, send } of CLIENTS) {
    const sent = await send(topic);
    if (sent === undefined) {
      console.log(`${name}: not here`);
      continue;
    }
    assert.ok(sent.noticed, `${name} did not notice: ${sent.output}`);
    assert.equal(reason.test(sent.output), showsReason, `${name} said: ${sent.output}`);
    console.log(`${name}: notices${showsReason ? ', and shows the reason' : ', and shows no reason'}`);
  }
  const [end] = await admin.fetchTopicOffsets(topic);
  assert.equal(end!.high, '0', 'something was appended');
}
await admin.disconnect();
process.exit(0);
