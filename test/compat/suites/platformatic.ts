/** @platformatic/kafka: topics, every compression, headers, an idempotent producer, a group that commits and resumes. */
import assert from 'node:assert/strict';
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';

const bootstrapBrokers = [process.argv[2]!];
const clientId = 'suite';
const topic = `platformatic-${Date.now()}`;
const admin = new Admin({ clientId, bootstrapBrokers });
await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 });
assert.ok((await admin.listTopics({})).includes(topic));

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

async function read(count: number): Promise<string[]> {
  const consumer = new Consumer({
    clientId,
    groupId: `${topic}-group`,
    bootstrapBrokers,
    deserializers: stringDeserializers,
  });
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
  });
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
await admin.deleteTopics({ topics: [topic] });
await admin.close();
console.log('topics, all compressions, headers, idempotent producer, group resumes');
process.exit(0);
