/**
 * kafkajs: topics, every compression, headers, an idempotent producer, a group that commits and resumes, offsets by
 * timestamp, first contact. It brings gzip alone; the other codecs are registered as its users do.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { compress, decompress } from '../../../src/protocol/compression/index.ts';
import type { CompressionName } from '../../../src/protocol/index.ts';
import { firstContact, IS_GREGOR } from './first-contact.ts';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
const OPENED_BYTES_MAX = 1024 * 1024;
const codec = (name: CompressionName) => () => ({
  compress: (encoder: { buffer: Buffer }) => Promise.resolve(compress(name, encoder.buffer)),
  decompress: (bytes: Buffer) => Promise.resolve(decompress(name, bytes, OPENED_BYTES_MAX)),
});
CompressionCodecs[CompressionTypes.Snappy] = codec('snappy');
CompressionCodecs[CompressionTypes.LZ4] = codec('lz4');
CompressionCodecs[CompressionTypes.ZSTD] = codec('zstd');
const CODECS = [
  CompressionTypes.None,
  CompressionTypes.GZIP,
  CompressionTypes.Snappy,
  CompressionTypes.LZ4,
  CompressionTypes.ZSTD,
];
const PER_CODEC = 20;

const warnings: string[] = [];
const kafka = new Kafka({
  clientId: 'suite',
  brokers: [process.argv[2]!],
  logLevel: logLevel.WARN,
  logCreator: () => (entry) => void warnings.push(entry.log.message),
});
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';
const topic = `kafkajs-${Date.now()}`;
const admin = kafka.admin();
await admin.connect();
assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 1 }] }), true);
const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
assert.equal(topics[0]!.partitions.length, 3);

const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
const began = Date.now();
for (const compression of CODECS)
  await producer.send({
    topic,
    compression,
    messages: Array.from({ length: PER_CODEC }, (_, n) => ({
      key: `k${n}`,
      value: `v${compression}-${n}`,
      headers: { h: `x${n}` },
    })),
  });
assert.equal(
  (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0),
  100,
);
const early = await admin.fetchTopicOffsetsByTimestamp(topic, began - 60_000);
assert.ok(early.every(({ offset }) => offset === '0'));

async function read(groupId: string, count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        assert.match(String(message.headers!['h']), /^x\d+$/);
        values.push(String(message.value));
        if (values.length === count) resolve();
      },
    });
  });
  await consumer.disconnect();
  return values;
}
assert.equal(new Set(await read(`${topic}-group`, 100)).size, 100);
await producer.send({ topic, messages: [{ key: 'late', value: 'late', headers: { h: 'x1' } }] });
assert.deepEqual(await read(`${topic}-group`, 1), ['late']);

const three = admin.createTopics({ topics: [{ topic: `${topic}-three`, replicationFactor: 3 }] });
if (IS_GREGOR) assert.equal(await three, true);
else await assert.rejects(three);

async function firstRecord(name: string, isConsumerFirst: boolean): Promise<() => Promise<unknown>> {
  const consumer = kafka.consumer({ groupId: `${name}-group` });
  const first = kafka.producer();
  const { promise: received, resolve } = Promise.withResolvers<void>();
  const consume = async () => {
    await consumer.connect();
    await consumer.subscribe({ topic: name, fromBeginning: true });
    await consumer.run({ eachMessage: async () => resolve() });
  };
  if (isConsumerFirst) await consume();
  await first.connect();
  await first.send({ topic: name, messages: [{ value: 'first' }] });
  if (!isConsumerFirst) await consume();
  await received;
  return () => Promise.all([first.disconnect(), consumer.disconnect()]);
}
const contacts: string[] = [];
for (const isConsumerFirst of [false, true])
  contacts.push(
    await firstContact(
      `${topic}-${isConsumerFirst}`,
      {
        order: isConsumerFirst ? 'consumer first' : 'producer first',
        makeTopic: (name) => admin.createTopics({ topics: [{ topic: name }] }),
        firstRecord: (name) => firstRecord(name, isConsumerFirst),
      },
      warnings,
    ),
  );
await producer.disconnect();
await admin.deleteGroups([`${topic}-group`]);
await admin.deleteTopics({ topics: [topic] });
assert.ok(!(await admin.listTopics()).includes(topic));
await admin.disconnect();
const { version } = createRequire(import.meta.url)('kafkajs/package.json') as { version: string };
console.log(
  `kafkajs ${version}: topics, all compressions, headers, idempotent producer, group resumes, offsets by time; ${contacts.join('; ')}`,
);
process.exit(0);
