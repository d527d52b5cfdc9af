/** Copies records with @platformatic/kafka, each batch in one transaction with its offsets. Runs until it is killed; what it cannot mend ends it. */
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';

const [source, target, name, bootstrap] = process.argv.slice(2) as [string, string, string, string];
const TOGETHER = 50;
const common = { clientId: 'copier', bootstrapBrokers: [bootstrap], retries: 60, retryDelay: 100 };
const die = (error: unknown) => {
  console.error(`fatal ${String(error)}`);
  process.exit(3);
};
process.on('unhandledRejection', die);
process.on('uncaughtException', die);
// First the producer: its start ends what an earlier life left open, and only then are the group's offsets final.
// Without producerId and producerEpoch it asks as the producer 0 of epoch 0, and is fenced (2.12).
const producer = new Producer({
  ...common,
  serializers: stringSerializers,
  transactionalId: name,
  idempotent: true,
  producerId: -1n,
  producerEpoch: -1,
});
await (await producer.beginTransaction()).cancel();
const consumer = new Consumer({
  ...common,
  groupId: name,
  deserializers: stringDeserializers,
  sessionTimeout: 1_000,
  heartbeatInterval: 200,
});
const stream = await consumer.consume({
  topics: [source],
  mode: 'committed',
  fallbackMode: 'earliest',
  autocommit: false,
  isolationLevel: 1,
  maxWaitTime: 200,
  // More at once keeps it from its heartbeats for longer than its session lasts.
  maxBytes: 65_536,
});
type Message = typeof stream extends AsyncIterable<infer M> ? M : never;
let batch: Message[] = [];
async function copy(messages: readonly Message[]): Promise<void> {
  const transaction = await producer.beginTransaction();
  await transaction.addConsumer(consumer);
  await transaction.send({
    messages: messages.map(({ value }) => ({ topic: target, value: `copy ${value}` })),
  });
  const last = new Map(messages.map((message) => [message.partition, message]));
  for (const message of last.values()) await transaction.addOffset(message);
  await transaction.commit();
}
let copying = Promise.resolve();
const flush = () => {
  const messages = batch;
  batch = [];
  if (messages.length > 0) copying = copying.then(() => copy(messages)).catch(die);
  return copying;
};
setInterval(() => void flush(), 200);
for await (const message of stream) {
  batch.push(message);
  if (batch.length >= TOGETHER) await flush();
}
