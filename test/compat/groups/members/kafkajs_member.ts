/** A group member that tells what it does as JSON lines: kafkajs, classic protocol (round robin). */
import { Kafka, logLevel } from 'kafkajs';

const [bootstrap, topic, groupId] = process.argv.slice(2) as [string, string, string];

function tell(event: string, fields: object = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({
  groupId,
  sessionTimeout: 6_000,
  heartbeatInterval: 500,
  rebalanceTimeout: 10_000,
  metadataMaxAge: 1_000,
  maxWaitTimeInMs: 200,
});
let owned: string[] = [];
const told = () => {
  if (owned.length > 0) tell('revoked', { partitions: owned });
  owned = [];
};
consumer.on(consumer.events.REBALANCING, told);
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  told();
  owned = Object.entries(payload.memberAssignment).flatMap(([name, partitions]) =>
    partitions.map((partition) => `${name}/${partition}`),
  );
  tell('assigned', { partitions: owned });
});
await consumer.connect();
await consumer.subscribe({
  topics: [topic.startsWith('^') ? new RegExp(topic) : topic],
  fromBeginning: true,
});
await consumer.run({
  autoCommitThreshold: 1,
  eachMessage: async ({ topic: name, partition, message }) => {
    tell('record', { partition: `${name}/${partition}`, offset: Number(message.offset) });
  },
});
process.once('SIGTERM', async () => {
  await consumer.disconnect();
  told();
  tell('closed');
  process.exit(0);
});
