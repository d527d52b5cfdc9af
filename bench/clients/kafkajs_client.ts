/**
 * kafkajs as other people's programs use it: `produce|consume BOOTSTRAP TOPIC RECORDS BYTES GROUP`, prints {"records", "seconds"}.
 *
 * produce: batches of 100 records by `send`, a few at a time, acks=all. consume: a group of one from the start of the topic, batch by batch; the
 * time counts from its first batch.
 */
import { randomBytes } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';

const PER_SEND = 100;
const SENDS_AT_ONCE = 5;

const [what, bootstrap, topic, count, bytes, groupId] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const records = Number(count);
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });
const seconds = await (what === 'produce' ? produce() : consume());
console.log(JSON.stringify({ records, seconds }));
process.exit(0);

async function produce(): Promise<number> {
  const producer = kafka.producer();
  await producer.connect();
  const value = randomBytes(Number(bytes));
  let left = records;
  const began = performance.now();
  const sender = async () => {
    while (left > 0) {
      const length = Math.min(PER_SEND, left);
      left -= length;
      await producer.send({ topic, messages: Array.from({ length }, () => ({ value })) });
    }
  };
  await Promise.all(Array.from({ length: SENDS_AT_ONCE }, sender));
  return (performance.now() - began) / 1000;
}

async function consume(): Promise<number> {
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const { promise: done, resolve } = Promise.withResolvers<number>();
  let seen = 0;
  let began: number | undefined;
  await consumer.run({
    eachBatch: ({ batch }) => {
      began ??= performance.now();
      seen += batch.messages.length;
      if (seen >= records) resolve((performance.now() - began) / 1000);
      return Promise.resolve();
    },
  });
  return done;
}
