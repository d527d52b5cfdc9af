/**
 * @platformatic/kafka: topics, every compression, headers, an idempotent producer, a group that commits and resumes, first
 * contact. It has no log; what it cannot do rejects.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { firstContact, IS_GREGOR } from './first-contact.ts';

const bootstrapBrokers = [process.argv[2]!];
const clientId = 'suite';
const topic = `platformatic-${Date.now()}`;
const admin = new Admin({ clientId, bootstrapBrokers });
await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 });
assert.ok((await admin.listTopics({})).includes(topic));
assert.equal((await admin.metadata({ topics: [topic] })).topics.get(topic)!.partitions.length, 3);
const three = admin.createTopics({ topics: [`${topic}-three`], partitions: 1, replicas: 3 });
if (IS_GREGOR) assert.equal((await three).length, 1);
else await assert.rejects(three);

const producer = new Producer({
  clientId,
  bootstrapBrokers,
  serializers: stringSerializers,
  idempotent: true,
});
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
for (const compression of codecs)
  await producer.send({
    compression,
    messages: Array.from({ length: 20 }, (_, n) => ({
      topic,
      key: `k${n}`,
      value: `${compression}-${n}`,
      headers: new Map([['h', `x${n}`]]),
    })),
  });

async function consume(name: string) {
  const consumer = new Consumer({
    clientId,
    groupId: `${name}-group`,
    bootstrapBrokers,
    deserializers: stringDeserializers,
    autocreateTopics: true,
  });
  const stream = await consumer.consume({
    topics: [name],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
  });
  return { consumer, stream };
}

async function read(count: number): Promise<string[]> {
  const { consumer, stream } = await consume(topic);
  const values: string[] = [];
  for await (const message of stream) {
    assert.match(message.headers.get('h')!, /^x\d+$/);
    values.push(message.value);
    await message.commit();
    if (values.length === count) break;
  }
  await consumer.close(true);
  return values;
}
assert.equal(new Set(await read(100)).size, 100);
await producer.send({ messages: [{ topic, key: 'late', value: 'late', headers: new Map([['h', 'x1']]) }] });
assert.deepEqual(await read(1), ['late']);
await producer.close();

async function firstRecord(name: string, isConsumerFirst: boolean): Promise<() => Promise<unknown>> {
  const options = { clientId, bootstrapBrokers, serializers: stringSerializers, autocreateTopics: true };
  const first = new Producer(options);
  const early = isConsumerFirst ? await consume(name) : undefined;
  await first.send({ messages: [{ topic: name, value: 'first' }] });
  const { consumer, stream } = early ?? (await consume(name));
  for await (const message of stream) {
    assert.equal(message.value, 'first');
    break;
  }
  return () => Promise.all([first.close(), consumer.close(true)]);
}
const contacts: string[] = [];
const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(warning.message));
for (const isConsumerFirst of [false, true])
  contacts.push(
    await firstContact(
      `${topic}-${isConsumerFirst}`,
      {
        order: isConsumerFirst ? 'consumer first' : 'producer first',
        makeTopic: (name) => admin.createTopics({ topics: [name], partitions: 1, replicas: 1 }),
        firstRecord: (name) => firstRecord(name, isConsumerFirst),
      },
      warnings,
    ),
  );
await admin.deleteTopics({ topics: [topic] });
assert.ok(!(await admin.listTopics({})).includes(topic));
await admin.close();
const manifest = new URL('../package.json', import.meta.resolve('@platformatic/kafka'));
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
console.log(
  `@platformatic/kafka ${version}: topics, all compressions, headers, idempotent producer, group resumes; ${contacts.join('; ')}`,
);
process.exit(0);
