/** kafkajs in transactions: commits and aborts, both isolation levels, consume–process–produce, a fenced zombie. */
import assert from 'node:assert/strict';
import kafkajs, { type Consumer } from 'kafkajs';

const { Kafka, logLevel } = kafkajs;
const COUNT = 50;
const READ_MS = 20_000;
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';
const kafka = new Kafka({ clientId: 'suite', brokers: [process.argv[2]!], logLevel: logLevel.NOTHING });
const name = `kafkajs-transactions-${Date.now()}`;
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({
  topics: [name, `${name}-in`, `${name}-out`].map((topic) => ({ topic, numPartitions: 1 })),
});

async function transactional() {
  const producer = kafka.producer({ transactionalId: name, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  return producer;
}

/** Until there are `count`, and a moment longer. */
async function read(topic: string, readUncommitted: boolean, count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: `${topic}-${readUncommitted}-${count}`, readUncommitted });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const values: string[] = [];
  await consumer.run({
    eachMessage: ({ message }) => {
      values.push(String(message.value));
      return Promise.resolve();
    },
  });
  for (let ms = 0; values.length < count && ms < READ_MS; ms += 100) await sleep(100);
  await sleep(500);
  await consumer.disconnect();
  return values.sort();
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const producer = await transactional();
for (let n = 0; n < 10; n++) {
  const transaction = await producer.transaction();
  await transaction.send({ topic: name, messages: [{ value: `committed ${n}` }] });
  await transaction.commit();
}
for (let n = 0; n < 3; n++) {
  const transaction = await producer.transaction();
  await transaction.send({ topic: name, messages: [{ value: `aborted ${n}` }] });
  await transaction.abort();
}
const committed = Array.from({ length: 10 }, (_, n) => `committed ${n}`);
assert.deepEqual(await read(name, false, 10), committed);
assert.equal((await read(name, true, 13)).length, 13);

const plain = kafka.producer();
await plain.connect();
await plain.send({
  topic: `${name}-in`,
  messages: Array.from({ length: COUNT }, (_, n) => ({ value: String(n) })),
});
await plain.disconnect();
const consumer: Consumer = kafka.consumer({ groupId: name, readUncommitted: false });
await consumer.connect();
await consumer.subscribe({ topic: `${name}-in`, fromBeginning: true });
let done = 0;
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    const transaction = await producer.transaction();
    const messages = batch.messages.map(({ value }) => ({ value: `copy ${value}` }));
    await transaction.send({ topic: `${name}-out`, messages });
    const offset = String(Number(batch.lastOffset()) + 1);
    const topics = [{ topic: batch.topic, partitions: [{ partition: batch.partition, offset }] }];
    await transaction.sendOffsets({ consumerGroupId: name, topics });
    await transaction.commit();
    done += messages.length;
  },
});
for (let ms = 0; done < COUNT && ms < READ_MS; ms += 100) await sleep(100);
await consumer.disconnect();
const [offsets] = await admin.fetchOffsets({ groupId: name, topics: [`${name}-in`] });
assert.equal(offsets?.partitions[0]?.offset, String(COUNT));
assert.deepEqual(
  await read(`${name}-out`, false, COUNT),
  Array.from({ length: COUNT }, (_, n) => `copy ${n}`).sort(),
);

const zombie = await producer.transaction();
await zombie.send({ topic: name, messages: [{ value: 'zombie' }] });
const young = await transactional();
const last = await young.transaction(); // kafkajs asks for its id with each transaction
const fenced = await zombie.send({ topic: name, messages: [{ value: 'zombie' }] }).then(
  () => undefined,
  (error: Error) => error,
);
assert.ok(fenced !== undefined, 'the old instance was not fenced');
await last.send({ topic: name, messages: [{ value: 'young' }] });
await last.commit();
assert.deepEqual(await read(name, false, 11), [...committed, 'young']);
await young.disconnect();
await producer.disconnect();
await admin.disconnect();
console.log('commits, aborts, both isolation levels, consume–process–produce, a fenced zombie');
