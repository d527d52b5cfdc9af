/** Copies records with kafkajs, each batch in one transaction with its offsets. Runs until it is killed; what it cannot mend ends it. */
import kafkajs from 'kafkajs';

const [source, target, name, bootstrap] = process.argv.slice(2) as [string, string, string, string];
const { Kafka, logLevel } = kafkajs;
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';
const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 60 };
const kafka = new Kafka({ clientId: 'copier', brokers: [bootstrap], logLevel: logLevel.NOTHING, retry });
// First the producer: its start ends what an earlier life left open, and only then are the group's offsets final.
const producer = kafka.producer({
  transactionalId: name,
  maxInFlightRequests: 1,
  idempotent: true,
  transactionTimeout: 20_000,
});
await producer.connect();
const consumer = kafka.consumer({
  groupId: name,
  readUncommitted: false,
  sessionTimeout: 1_000,
  heartbeatInterval: 200,
});
const die = (error: unknown) => {
  console.error(`fatal ${String(error)}`);
  process.exit(3);
};
consumer.on('consumer.crash', ({ payload }) => die(payload.error));
await (await producer.transaction()).abort(); // kafkajs asks for its id with the first transaction
await consumer.connect();
await consumer.subscribe({ topic: source, fromBeginning: true });
await consumer
  .run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const messages = batch.messages.slice(0, 200);
      const transaction = await producer.transaction();
      try {
        await transaction.send({
          topic: target,
          messages: messages.map(({ value }) => ({ value: `copy ${value}` })),
        });
        const offset = String(Number(messages.at(-1)!.offset) + 1);
        const topics = [{ topic: source, partitions: [{ partition: batch.partition, offset }] }];
        await transaction.sendOffsets({ consumerGroupId: name, topics });
        await transaction.commit();
        consumer.seek({ topic: source, partition: batch.partition, offset });
      } catch (error) {
        die(error); // whether the end arrived is not known: the next life finds out
      }
    },
  })
  .catch(die);
