/**
 * Sends the flights of standard input (rows.py) through an idempotent, canonical producer, a thousand at a time.
 *
 *   node producer.ts web|legacy BOOTSTRAP TOPIC PARTITION
 *
 * Prints a line of JSON: how many, the SHA-256 of all raw values with a line feed behind each, processor seconds.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Producer } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import {
  canonicalKafkajs,
  canonicalPlatformatic,
  Lens,
  parseDefinition,
} from '../../../src/canonical/index.ts';
import { type Fields, WRITERS } from './dialects.ts';

const BATCH = 1000;

interface Sender {
  send(raws: readonly string[]): Promise<unknown>;
  close(): Promise<unknown>;
}

const [dialect, bootstrap, topic, place] = process.argv.slice(2) as [
  'web' | 'legacy',
  string,
  string,
  string,
];
const partition = Number(place);
const file = path.join(import.meta.dirname, 'flight.lens.yaml');
const lens = new Lens(await parseDefinition(readFileSync(file, 'utf8'), file), dialect);
const sender = dialect === 'web' ? await kafkajs() : platformatic();
const hash = createHash('sha256');
let count = 0;
let raws: string[] = [];
for await (const lines of linesOf(process.stdin))
  for (const line of lines) {
    const raw = WRITERS[dialect](line.split('|') as Fields);
    hash.update(`${raw}\n`);
    raws.push(raw);
    if (raws.length === BATCH) await flush();
  }
await flush();
await sender.close();
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ count, digest: hash.digest('hex'), cpuSeconds: (user + system) / 1e6 }));

async function flush(): Promise<void> {
  count += raws.length;
  if (raws.length > 0) await sender.send(raws);
  raws = [];
}

async function kafkajs(): Promise<Sender> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const producer = canonicalKafkajs(kafka.producer({ idempotent: true, maxInFlightRequests: 1 }), lens);
  await producer.connect();
  return {
    send: (raws) => producer.send({ topic, messages: raws.map((value) => ({ value, partition })) }),
    close: () => producer.disconnect(),
  };
}

function platformatic(): Sender {
  const options = { clientId: 'legacy', bootstrapBrokers: [bootstrap], idempotent: true };
  const producer = canonicalPlatformatic(new Producer<Buffer, Buffer, Buffer, Buffer>(options), lens);
  return {
    send: (raws) =>
      producer.send({ messages: raws.map((raw) => ({ topic, partition, value: Buffer.from(raw) })) }),
    close: () => producer.close(),
  };
}

async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + chunk.toString('latin1')).split('\n'); // nothing but ASCII, so no character is cut
    rest = lines.pop()!;
    yield lines;
  }
}
