import assert from 'node:assert/strict';
import test from 'node:test';
import { WireClient } from '../../test/wire/wire-client.ts';
import { createPartitionsApi, createTopicsApi, ERRORS, metadataApi } from '../protocol/index.ts';
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
