/** What `gregor why` tells of clients that themselves show an error code at most. */
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import type { EmbeddedBroker } from '../embed/index.ts';
import { apiVersionsApi, createTopicsApi, encodeBatch, metadataApi, produceApi } from '../protocol/index.ts';
import { startBroker } from './index.ts';
import { WireClient } from '../../test/wire/wire-client.ts';

const told = (broker: EmbeddedBroker) =>
  broker
    .why()
    .refusals.map(({ error, topic, partition, api, reason }) =>
      [error, topic ?? '', partition ?? '', api ?? '', reason].join(' | '),
    );

const produce = (topic: string, values: readonly string[], acks = -1, baseSequence = -1) => ({
  transactionalId: null,
  acks,
  timeoutMs: 1000,
  topicData: [
    {
      name: topic,
      partitionData: [
        {
          index: 0,
          records: encodeBatch({
            records: values.map((value) => ({
              key: null,
              value: Buffer.from(value),
              headers: [],
              timestamp: 1_700_000_000_000,
            })),
            ...(baseSequence < 0 ? {} : { producerId: 9, producerEpoch: 0, baseSequence }),
          }),
        },
      ],
    },
  ],
});

test('a producer whose protocol has no room for text finds field and reason here', async () => {
  await using broker = await startBroker();
  const client = await WireClient.connect(broker.port);
  const schema = '{"type":"object","required":["id"]}';
  const configs = [
    { name: 'gregor.schema', value: schema },
    { name: 'max.message.bytes', value: '2000' },
  ];
  const topics = [{ name: 'orders', numPartitions: 1, replicationFactor: -1, assignments: [], configs }];
  await client.send(createTopicsApi, 5, { topics, timeoutMs: 1000 });
  assert.deepEqual(told(broker), []);
  const { responses } = await client.send(produceApi, 7, produce('orders', ['{"id":1}', '{}']));
  assert.equal(responses[0]!.partitionResponses[0]!.errorMessage, null);
  await client.send(produceApi, 7, produce('orders', ['x'.repeat(2000)]));
  await client.send(produceApi, 7, produce('orders', ['{"id":1}'], -1, 0));
  await client.send(produceApi, 7, produce('orders', ['{"id":1}'], -1, 5));
  await client.send(createTopicsApi, 5, { topics, timeoutMs: 1000 });
  assert.deepEqual(told(broker), [
    "TOPIC_ALREADY_EXISTS | orders |  | CreateTopics v5 | topic 'orders' already exists",
    'OUT_OF_ORDER_SEQUENCE_NUMBER | orders | 0 | Produce v7 | sequence 5-5 of producer 9, epoch 0: expected 1',
    'MESSAGE_TOO_LARGE | orders | 0 | Produce v7 | the batch has 2070 bytes, max.message.bytes is 2000',
    'INVALID_RECORD | orders | 0 | Produce v7 | record 1 does not fit gregor.schema: /id is missing',
  ]);
  client.close();
});

test('connections that end without a word are told as well: acks=0, versions, other programs', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const client = await WireClient.connect(broker.port);
  client.sendOnly(produceApi, 9, produce('none', ['a'], 0));
  await assert.rejects(client.send(apiVersionsApi, 0, {}));
  const ended = async (bytes: Buffer) => {
    const socket = net.connect(broker.port, '127.0.0.1', () => socket.write(bytes));
    await new Promise((resolve) => socket.on('close', resolve).on('error', resolve).resume());
  };
  const fetchOfVersion0 = Buffer.from([0, 1, 0, 0, 0, 0, 0, 7, 0, 3, 0x6f, 0x6c, 0x64]);
  await ended(Buffer.concat([Buffer.from([0, 0, 0, fetchOfVersion0.length]), fetchOfVersion0]));
  await ended(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  const [stranger, version, unanswered] = told(broker);
  assert.match(stranger!, /^INVALID_REQUEST \| {2}\| {2}\| {2}\| speaks HTTP/);
  assert.match(version!, /^UNSUPPORTED_VERSION \| {2}\| {2}\| Fetch v0 \| Fetch v0 is not served/);
  assert.match(unanswered!, /^UNKNOWN_TOPIC_OR_PARTITION \| {2}\| {2}\| Produce v9 \|/);
});

test('what clients do every day leaves no trace', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const client = await WireClient.connect(broker.port);
  await client.send(apiVersionsApi, 3, { clientSoftwareName: 'a', clientSoftwareVersion: '1' });
  await client.send(metadataApi, 9, { topics: [{ name: 'orders' }], allowAutoTopicCreation: false });
  await client.send(produceApi, 9, produce('orders', ['a']));
  assert.deepEqual(told(broker), []);
  client.close();
});
