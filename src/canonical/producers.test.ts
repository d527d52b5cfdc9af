import assert from 'node:assert/strict';
import test from 'node:test';
import { Consumer, Producer } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { startBroker } from '../testing/index.ts';
import {
  canonicalKafkajs,
  canonicalPlatformatic,
  complementPlaceOf,
  FORM_HEADER,
  type Header,
  Lens,
  parseDefinition,
  parseJsonDefinition,
  printJson,
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

const SIDE = `{"canonical":"note@1","class":"lens","complement":"topic","steps":[{"drop":{"fields":["trace"]}}],
  "schema":{"required":["id"],"properties":{"id":{"type":"integer"}}}}`;
const NOTES = ['{"id":1,"trace":"a"}', '{"id":2}', '{"id":3,"trace":"b"}', '{"id":1,"trace":"a"}'];

async function started() {
  const broker = await startBroker({ topics: { orders: 1, notes: 1, 'note.complement': 2, __canonical: 1 } });
  await broker.append('__canonical', [
    { key: 'order@1', value: printJson(definition.document) },
    { key: 'note@1', value: SIDE },
    { key: 'order@1', value: '{"a later one":"counts for nothing"}' },
  ]);
  return broker;
}

/** What both producers must leave behind: records in order, each with its complement on the other topic. */
async function hasNotes(broker: Awaited<ReturnType<typeof startBroker>>): Promise<void> {
  const beside = new Map<string, Buffer>();
  for await (const { key, value } of broker.read('note.complement', { from: 'start', until: 'end' }))
    beside.set(String(key), Buffer.from(value!));
  assert.equal(beside.size, 2);
  const note = new Lens(parseJsonDefinition(SIDE));
  const back: string[] = [];
  for await (const record of broker.read('notes', { from: 'start', until: 'end' })) {
    const headers = record.headers.map(([name, value]): Header => [String(name), Buffer.from(value!)]);
    const place = complementPlaceOf(headers);
    if (place === undefined) {
      back.push(Buffer.from(note.toRaw({ value: record.value, headers }).value!).toString());
      continue;
    }
    assert.throws(
      () => note.toRaw({ value: record.value, headers }),
      /its complement is needed: topic note.comp/,
    );
    const complement = { topic: place.topic, key: Buffer.from(place.key), value: beside.get(place.key)! };
    const raw = note.toRaw({ value: record.value, headers, complement });
    assert.equal(raw.isExact, true);
    back.push(Buffer.from(raw.value!).toString());
  }
  assert.deepEqual(back, NOTES);
}

test('kafkajs: a definition by its name is read from the log, and complements go to their topic first', async () => {
  await using broker = await started();
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  const plain = () => kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  const [orders, notes] = [
    canonicalKafkajs(plain(), 'order@1', kafka),
    canonicalKafkajs(plain(), 'note@1', kafka),
  ];
  await assert.rejects(
    canonicalKafkajs(plain(), 'order@7', kafka).connect(),
    /order@7 is not published .*published are: order@1, note@1/,
  );
  await assert.rejects(canonicalKafkajs(plain(), 'order@1').connect(), /give the kafka, too, or a Lens/);
  await Promise.all([orders.connect(), notes.connect()]);
  try {
    await orders.send({ topic: 'orders', messages: RAWS.map((value) => ({ value })) });
    // None waits for the one before, and they stay in order all the same.
    await Promise.all(NOTES.map((value) => notes.send({ topic: 'notes', messages: [{ value }] })));
  } finally {
    await Promise.all([orders.disconnect(), notes.disconnect()]);
  }
  isLike(await sent(broker));
  await hasNotes(broker);
});

test('@platformatic/kafka: a definition by its name is read from the log, and complements go to their topic first', async () => {
  await using broker = await started();
  const base = { clientId: 'c', bootstrapBrokers: [broker.bootstrap] };
  const plain = new Producer<Buffer, Buffer, Buffer, Buffer>({ ...base, idempotent: true });
  const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({ ...base, groupId: 'never-joined' });
  const message = (topic: string, raw: string) => ({ messages: [{ topic, value: Buffer.from(raw) }] });
  try {
    const unknown = canonicalPlatformatic(plain, 'order@7', consumer);
    await assert.rejects(unknown.send(message('orders', RAWS[0]!)), /order@7 is not published/);
    const [orders, notes] = [
      canonicalPlatformatic(plain, 'order@1', consumer),
      canonicalPlatformatic(plain, 'note@1', consumer),
    ];
    await orders.send({ messages: RAWS.map((raw) => ({ topic: 'orders', value: Buffer.from(raw) })) });
    await Promise.all(NOTES.map((raw) => notes.send(message('notes', raw))));
  } finally {
    await plain.close();
    await consumer.close();
  }
  isLike(await sent(broker));
  await hasNotes(broker);
});

test('a record whose complement is not acknowledged is not sent', async () => {
  const done: string[] = [];
  const producer = canonicalPlatformatic(
    {
      send: async ({ messages }: { messages: { topic: string }[] }) => {
        done.push(messages[0]!.topic);
        if (messages[0]!.topic !== 'notes' && done.length === 1) throw new Error('no room');
      },
    },
    new Lens(parseJsonDefinition(SIDE)),
  );
  const send = (value: string) =>
    producer.send({ messages: [{ topic: 'notes', value } as { topic: string }] });
  const outcomes = await Promise.allSettled([send(NOTES[0]!), send(NOTES[1]!), send(NOTES[2]!)]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  );
  assert.deepEqual(done, ['note.complement', 'notes', 'note.complement', 'notes']);
});
