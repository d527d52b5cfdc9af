/** Sends one record for each id, as its key: BOOTSTRAP TOPIC plain|idempotent|commit|abort ID... */
import kafkajs from 'kafkajs';

const { CompressionTypes, Kafka, logLevel } = kafkajs;
const [bootstrap, topic, mode, ...ids] = process.argv.slice(2) as [string, string, string, ...string[]];
process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';
const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });
const isTransactional = mode === 'commit' || mode === 'abort';
const producer = kafka.producer({
  maxInFlightRequests: 1,
  idempotent: mode !== 'plain',
  ...(isTransactional ? { transactionalId: `${topic}-${mode}` } : {}),
});
await producer.connect();
const messages = ids.map((key) => ({ key, value: 'kafkajs' }));
const compression = CompressionTypes.GZIP;
if (!isTransactional) await producer.send({ topic, compression, messages });
else {
  const transaction = await producer.transaction();
  await transaction.send({ topic, compression, messages });
  await (mode === 'commit' ? transaction.commit() : transaction.abort());
}
await producer.disconnect();
