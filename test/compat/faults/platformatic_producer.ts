/** Sends numbered records with @platformatic/kafka, idempotent; prints the number of each acknowledged one, and of each that failed. */
import { Producer, stringSerializers } from '@platformatic/kafka';

const [topic, count, bootstrap] = process.argv.slice(2);
const producer = new Producer({
  clientId: 'faults',
  bootstrapBrokers: [bootstrap!],
  serializers: stringSerializers,
  idempotent: true,
  retries: 200,
  retryDelay: 100,
});
const BATCH = 20;
for (let n = 0; n < Number(count); n += BATCH) {
  const numbers = Array.from({ length: BATCH }, (_, index) => n + index);
  const messages = numbers.map((number) => ({ topic: topic!, value: String(number), partition: 0 }));
  const outcome = await producer.send({ messages }).then(
    () => 'ok',
    (error: Error) => error.message.replaceAll('\n', ' '),
  );
  for (const number of numbers)
    console.log(outcome === 'ok' ? `ok ${number}` : `failed ${number} ${outcome}`);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
await producer.close();
process.exit(0);
