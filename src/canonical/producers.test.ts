import assert from 'node:assert/strict';
import test from 'node:test';
import { Producer } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { startBroker } from '../testing/index.ts';
import {
  canonicalKafkajs,
  canonicalPlatformatic,
  FORM_HEADER,
  Lens,
  parseDefinition,
  Refused,
} from './index.ts';

const RAWS = ['{"no": "a",  "total":"1.50"}', '{"total":"2","no":"b"}', '{"no":"c"}'];
const definition = await parseDefinition(`
canonical: order@1
class: lens
steps: [{ rename: { no: id } }, { cast: { field: total, from: text, to: number, scale: 2 } }]
schema: { required: [id], properties: { id: { type: string }, total: { type: number } } }`);
const lens = new Lens(definition);

async function sent(broker: Awaited<ReturnType<typeof startBroker>>) {
  const records = [];
  for await (const record of broker.read('orders', { from: 'start', until: 'end' })) {
    const headers = record.headers.map(([name, value]): [string, Buffer] => [
      String(name),
      Buffer.from(value!),
    ]);
    const back = lens.toRaw({ value: record.value, headers });
    records.push({
      text: record.text(),
      raw: Buffer.from(back.value!).toString(),
      isExact: back.isExact,
      headers: back.headers,
    });
  }
  return records;
}

const CANONICAL = ['{"id":"a","total":1.5}', '{"id":"b","total":2}', '{"id":"c"}'];
const isLike = (records: Awaited<ReturnType<typeof sent>>) => {
  assert.deepEqual(
    records.map(({ text }) => text),
    CANONICAL,
  );
  assert.deepEqual(
    records.map(({ raw }) => raw),
    RAWS,
  );
  assert.ok(records.every(({ isExact }) => isExact === true));
};

test('an idempotent producer of kafkajs sends canonical records, also in batches and transactions', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  const options = { idempotent: true, maxInFlightRequests: 1, transactionalId: 'orders-1' };
  const producer = canonicalKafkajs(kafka.producer(options), lens);
  await producer.connect();
  try {
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'orders', messages: [{ value: RAWS[0]!, headers: { trace: 't' } }] });
    await transaction.sendBatch({
      topicMessages: [{ topic: 'orders', messages: [{ value: RAWS[1]! }, { value: Buffer.from(RAWS[2]!) }] }],
    });
    await transaction.commit();
    await assert.rejects(
      producer.send({ topic: 'orders', messages: [{ value: '{"no":"d"}' }, { value: '{"no":1}' }] }),
      (error) => {
        assert.ok(error instanceof Refused);
        assert.deepEqual([error.field, error.reason], ['id', 'must be string, not a number (1)']);
        return true;
      },
    );
  } finally {
    await producer.disconnect();
  }
  const records = await sent(broker);
  isLike(records);
  assert.deepEqual(records[0]!.headers, [['trace', Buffer.from('t')]]);
});

test('an idempotent producer of @platformatic/kafka sends canonical records', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const plain = new Producer<Buffer, Buffer, Buffer, Buffer>({
    clientId: 'c',
    bootstrapBrokers: [broker.bootstrap],
    idempotent: true,
  });
  const producer = canonicalPlatformatic(plain, lens);
  try {
    await producer.send({ messages: RAWS.map((raw) => ({ topic: 'orders', value: Buffer.from(raw) })) });
    const message = {
      topic: 'orders',
      value: Buffer.from('{"id":"x"}'),
      headers: new Map([[Buffer.from(FORM_HEADER), Buffer.from('order@2')]]),
    };
    await assert.rejects(
      producer.send({ messages: [message] }),
      /its header gregor-canonical is 'order@2', not order@1/,
    );
    assert.throws(() => producer.asStream(), /would send raw records/);
  } finally {
    await producer.close();
  }
  isLike(await sent(broker));
});
