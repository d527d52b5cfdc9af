import assert from 'node:assert/strict';
import test from 'node:test';
import { WireClient } from '../../test/wire/wire-client.ts';
import {
  consumerGroupDescribeApi,
  createPartitionsApi,
  createTopicsApi,
  describeConfigsApi,
  describeGroupsApi,
  describeProducersApi,
  describeTransactionsApi,
  ERRORS,
  metadataApi,
  offsetFetchApi,
} from '../protocol/index.ts';
import { startBroker } from '../testing/index.ts';

const TOO_MANY = 100_000; // its records exceed the whole journal of a broker in a test

test('a change of metadata that the journal has no room for is refused, and the broker goes on', async () => {
  await using broker = await startBroker({ topics: { small: 1 } });
  const client = await WireClient.connect(broker.port);
  const created = await client.send(createTopicsApi, 7, {
    topics: [
      { name: 'huge', numPartitions: TOO_MANY, replicationFactor: 1, assignments: [], configs: [] },
      { name: 'next', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
    ],
    timeoutMs: 1000,
    validateOnly: false,
  });
  assert.deepEqual(
    created.topics.map(({ name, errorCode }) => [name, errorCode]),
    [
      ['huge', ERRORS.KAFKA_STORAGE_ERROR[0]],
      ['next', 0],
    ],
  );
  const grown = await client.send(createPartitionsApi, 3, {
    topics: [{ name: 'small', count: TOO_MANY, assignments: null }],
    timeoutMs: 1000,
    validateOnly: false,
  });
  assert.equal(grown.results[0]!.errorCode, ERRORS.KAFKA_STORAGE_ERROR[0]);
  const { topics } = await client.send(metadataApi, 9, {
    topics: [{ name: 'huge' }, { name: 'small' }, { name: 'next' }],
    allowAutoTopicCreation: false,
  });
  assert.deepEqual(
    topics.map(({ name, errorCode, partitions }) => [name, errorCode, partitions.length]),
    [
      ['huge', ERRORS.UNKNOWN_TOPIC_OR_PARTITION[0], 0],
      ['small', 0, 1],
      ['next', 0, 1],
    ],
  );
  client.close();
});

test('a request that names very many things is answered soon, whatever it names twice', async () => {
  await using broker = await startBroker();
  const client = await WireClient.connect(broker.port);
  const names = Array.from({ length: 30_000 }, (_, n) => `t/${n >> 1}`); // each twice, and none allowed
  const startedAt = performance.now();
  const { topics } = await client.send(createTopicsApi, 7, {
    topics: names.map((name) => ({
      name,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    })),
    timeoutMs: 1000,
    validateOnly: false,
  });
  assert.equal(topics.length, names.length);
  const elapsed = performance.now() - startedAt;
  assert.ok(elapsed < 10_000, `${elapsed} ms: the time must not grow with the square of the names`);
  client.close();
});

test('what is asked about many times is answered once: no answer grows with that', async () => {
  await using broker = await startBroker({ topics: { orders: 2 } });
  const client = await WireClient.connect(broker.port);
  const thrice = <T>(one: T): T[] => [one, one, one];
  const BROKER = 4;
  const all = { resourceType: BROKER, resourceName: '1', configurationKeys: null };
  const some = { ...all, configurationKeys: ['num.partitions'] };
  const { results } = await client.send(describeConfigsApi, 4, { resources: [...thrice(all), some] });
  assert.deepEqual(
    results.map(({ configs }) => configs.length > 1),
    [true, false],
  );
  const { topics } = await client.send(describeProducersApi, 0, {
    topics: thrice({ name: 'orders', partitionIndexes: [0, 1, 0] }),
  });
  assert.deepEqual(
    topics.map(({ partitions }) => partitions.map(({ partitionIndex }) => partitionIndex)),
    [[0, 1], [], []],
  );
  const { groups } = await client.send(describeGroupsApi, 5, { groups: thrice('g') });
  assert.equal(groups.length, 1);
  const described = await client.send(consumerGroupDescribeApi, 1, { groupIds: thrice('g') });
  assert.equal(described.groups.length, 1);
  const { transactionStates } = await client.send(describeTransactionsApi, 0, {
    transactionalIds: thrice('t'),
  });
  assert.equal(transactionStates.length, 1);
  const named = { groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] };
  const offsets = await client.send(offsetFetchApi, 8, {
    groups: [...thrice({ groupId: 'g', topics: null }), named],
  });
  assert.deepEqual(
    offsets.groups.map((group) => group.topics.length),
    [0, 1],
  );
  client.close();
});
