/** Sends numbered records with kafkajs, idempotent; prints the number of each acknowledged one, and of each that failed. */
import { Kafka, logLevel } from 'kafkajs';

const [topic, count, bootstrap] = process.argv.slice(2);
const kafka = new Kafka({
  brokers: [bootstrap!],
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 60 },
});
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
const BATCH = 20;
for (let n = 0; n < Number(count); n += BATCH) {
  const numbers = Array.from({ length: BATCH }, (_, index) => n + index);
  const messages = numbers.map((number) => ({ value: String(number), partition: 0 }));
  const outcome = await producer.send({ topic: topic!, acks: -1, messages }).then(
    () => 'ok',
    (error: Error) => error.message,
  );
  for (const number of numbers)
    console.log(outcome === 'ok' ? `ok ${number}` : `failed ${number} ${outcome}`);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
await producer.disconnect();
process.exit(0);
