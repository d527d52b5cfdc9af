/**
 * @platformatic/kafka in transactions: commits, aborts, consume–process–produce. Its consumer gives out the records of aborted
 * transactions also where it reads committed (2.12); `gregor.fetch.isolation=committed` leaves them out for it.
 */
import assert from 'node:assert/strict';
import {
  Admin,
  Consumer,
  FetchIsolationLevels,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { IS_GREGOR } from './first-contact.ts';

const COUNT = 50;
const bootstrapBrokers = [process.argv[2]!];
const clientId = 'suite';
const name = `platformatic-transactions-${Date.now()}`;
const admin = new Admin({ clientId, bootstrapBrokers });
await admin.createTopics({ topics: [name, `${name}-in`, `${name}-out`], partitions: 1, replicas: 1 });
const hidden = `${name}-hidden`;
if (IS_GREGOR)
  await admin.createTopics({
    topics: [hidden],
    partitions: 1,
    replicas: 1,
    configs: [{ name: 'gregor.fetch.isolation', value: 'committed' }],
  });

function newProducer(transactionalId?: string) {
  const transactional = transactionalId === undefined ? {} : { transactionalId, idempotent: true };
  return new Producer({ clientId, bootstrapBrokers, serializers: stringSerializers, ...transactional });
}

async function consume(topic: string, groupId: string, isolationLevel: 0 | 1) {
  const consumer = new Consumer({ clientId, groupId, bootstrapBrokers, deserializers: stringDeserializers });
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
    isolationLevel,
    maxWaitTime: 500,
  });
  return { consumer, stream };
}

/** Until there are `count`. */
async function read(topic: string, isolationLevel: 0 | 1, count: number): Promise<string[]> {
  const { consumer, stream } = await consume(topic, `${topic}-${isolationLevel}-${count}`, isolationLevel);
  const values: string[] = [];
  for await (const message of stream) if (values.push(message.value) === count) break;
  await stream.close();
  await consumer.close(true);
  return values.sort();
}

const producer = newProducer(name);
const send = async (topic: string, values: string[], end: 'commit' | 'abort') => {
  const transaction = await producer.beginTransaction();
  await transaction.send({ messages: values.map((value) => ({ topic, value, partition: 0 })) });
  await transaction[end]();
};
for (const topic of IS_GREGOR ? [name, hidden] : [name]) {
  for (let n = 0; n < 5; n++) await send(topic, [`committed ${n}`], 'commit');
  for (let n = 0; n < 3; n++) await send(topic, [`aborted ${n}`], 'abort');
  for (let n = 5; n < 10; n++) await send(topic, [`committed ${n}`], 'commit');
}
const committed = Array.from({ length: 10 }, (_, n) => `committed ${n}`);
assert.equal((await read(name, FetchIsolationLevels.READ_UNCOMMITTED, 13)).length, 13);
if (IS_GREGOR)
  for (const isolation of [FetchIsolationLevels.READ_COMMITTED, FetchIsolationLevels.READ_UNCOMMITTED])
    assert.deepEqual(await read(hidden, isolation, 10), committed);

const plain = newProducer();
await plain.send({
  messages: Array.from({ length: COUNT }, (_, n) => ({
    topic: `${name}-in`,
    value: String(n),
    partition: 0,
  })),
});
await plain.close();
const { consumer, stream } = await consume(`${name}-in`, name, 1);
let done = 0;
for await (const message of stream) {
  const transaction = await producer.beginTransaction();
  await transaction.addConsumer(consumer);
  await transaction.send({
    messages: [{ topic: `${name}-out`, value: `copy ${message.value}`, partition: 0 }],
  });
  await transaction.addOffset(message);
  await transaction.commit();
  if (++done === COUNT) break;
}
await stream.close();
await consumer.close(true);
assert.deepEqual(
  await read(`${name}-out`, 1, COUNT),
  Array.from({ length: COUNT }, (_, n) => `copy ${n}`).sort(),
);
await producer.close();
await admin.close();
console.log('commits, aborts, both isolation levels, consume–process–produce');
process.exit(0);
