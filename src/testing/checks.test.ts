/** Topics that check their records, through the wire: what is refused, what is told, what goes elsewhere, what waits. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { EmbeddedBroker } from '../embed/index.ts';
import {
  alterConfigsApi,
  type CompressionName,
  createTopicsApi,
  encodeBatch,
  errorNameOf,
  incrementalAlterConfigsApi,
  produceApi,
} from '../protocol/index.ts';
import { startBroker } from './index.ts';
import { committed, Session } from '../../test/wire/transaction-session.ts';
import { WireClient } from '../../test/wire/wire-client.ts';

const SCHEMA = JSON.stringify({
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer' }, amount: { type: 'number', minimum: 0 } },
});
const TOPIC = 2;
const SET = 0;

class Client {
  readonly #wire: WireClient;

  private constructor(wire: WireClient) {
    this.#wire = wire;
  }

  static async to(broker: EmbeddedBroker): Promise<Client> {
    return new Client(await WireClient.connect(broker.port));
  }

  /** What the answer says of each topic: its error and the message. */
  async create(configs: Readonly<Record<string, string>>, ...names: string[]): Promise<string[]> {
    const topics = names.map((name) => ({
      name,
      numPartitions: 1,
      replicationFactor: -1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }));
    const answer = await this.#wire.send(createTopicsApi, 7, { topics, timeoutMs: 1000 });
    return answer.topics.map(({ errorCode, errorMessage }) => `${errorNameOf(errorCode)} ${errorMessage}`);
  }

  async alter(topic: string, value: string): Promise<string> {
    const configs = [{ name: 'gregor.schema', configOperation: SET, value }];
    const resources = [{ resourceType: TOPIC, resourceName: topic, configs }];
    const { responses } = await this.#wire.send(incrementalAlterConfigsApi, 1, { resources });
    return `${errorNameOf(responses[0]!.errorCode)} ${responses[0]!.errorMessage}`;
  }

  async replace(topic: string, value: string): Promise<string> {
    const resources = [
      { resourceType: TOPIC, resourceName: topic, configs: [{ name: 'gregor.schema', value }] },
    ];
    const { responses } = await this.#wire.send(alterConfigsApi, 2, { resources });
    return `${errorNameOf(responses[0]!.errorCode)} ${responses[0]!.errorMessage}`;
  }

  async send(topic: string, values: readonly (string | null)[], compression: CompressionName = 'none') {
    const records = values.map((value) => ({
      key: Buffer.from('k'),
      value: value === null ? null : Buffer.from(value),
      headers: [['from', Buffer.from('us')]] as const,
      timestamp: 1_700_000_000_000,
    }));
    const partitionData = [{ index: 0, records: encodeBatch({ records, compression }) }];
    const { responses } = await this.#wire.send(produceApi, 9, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData }],
    });
    const { errorCode, errorMessage, recordErrors, baseOffset } = responses[0]!.partitionResponses[0]!;
    return { error: errorNameOf(errorCode), errorMessage, recordErrors, baseOffset };
  }

  close(): void {
    this.#wire.close();
  }
}

async function read(broker: EmbeddedBroker, topic: string): Promise<string[]> {
  const texts = [];
  for await (const record of broker.read(topic, { from: 'start', until: 'end' }))
    texts.push(`${record.offset} ${record.text()}`);
  return texts;
}

test('a batch with a record that does not fit is refused whole: index, field and reason are told', async () => {
  await using broker = await startBroker();
  const client = await Client.to(broker);
  assert.deepEqual(await client.create({ 'gregor.schema': SCHEMA }, 'orders'), ['NONE null']);
  for (const compression of ['none', 'gzip', 'zstd', 'lz4', 'snappy'] as const) {
    const bad = ['{"id":1}', '{"amount":1}', '{"id":2,"amount":-1}'];
    assert.deepEqual(await client.send('orders', bad, compression), {
      error: 'INVALID_RECORD',
      errorMessage: 'record 1 does not fit gregor.schema: /id is missing, and 1 more records',
      recordErrors: [
        { batchIndex: 1, batchIndexErrorMessage: 'does not fit gregor.schema: /id is missing' },
        { batchIndex: 2, batchIndexErrorMessage: 'does not fit gregor.schema: /amount must be >= 0' },
      ],
      baseOffset: -1,
    });
  }
  assert.equal((await client.send('orders', ['{"id":1}', null], 'zstd')).baseOffset, 0);
  await assert.rejects(broker.append('orders', [{ value: { id: 'x' } }]), /INVALID_RECORD.*\/id must be int/);
  assert.deepEqual(await broker.append('orders', [{ value: { id: 3 } }]), [{ partition: 0, offset: 2 }]);
  assert.deepEqual(await read(broker, 'orders'), ['0 {"id":1}', '1 ', '2 {"id":3}']);
  client.close();
});

test('the check is still asked for after a restart, and after kill -9', async () => {
  await using broker = await startBroker();
  const client = await Client.to(broker);
  await client.create({ 'gregor.schema': SCHEMA }, 'orders');
  client.close();
  await broker.restart();
  await assert.rejects(broker.append('orders', [{ value: {} }]), /INVALID_RECORD/);
  await broker.kill();
  await broker.restart();
  await assert.rejects(broker.append('orders', [{ value: {} }]), /INVALID_RECORD/);
});

test('dead letters: what does not fit goes to a topic of its own with the reason, the rest keeps its offsets', async () => {
  await using broker = await startBroker();
  const client = await Client.to(broker);
  const configs = { 'gregor.schema': SCHEMA, 'gregor.canonical.reject': 'deadletter' };
  await client.create(configs, 'orders');
  for (const [at, compression] of (['none', 'gzip'] as const).entries()) {
    const answer = await client.send('orders', ['{"id":1}', 'bad', '{"id":2}'], compression);
    assert.deepEqual([answer.error, answer.baseOffset], ['NONE', at * 3]);
  }
  assert.equal((await client.send('orders', ['all', 'bad'])).baseOffset, 6);
  assert.equal((await client.send('orders', ['{"id":3}'])).baseOffset, 8);
  const before = await read(broker, 'orders');
  assert.deepEqual(before, ['0 {"id":1}', '2 {"id":2}', '3 {"id":1}', '5 {"id":2}', '8 {"id":3}']);
  assert.deepEqual(await read(broker, 'orders.dead'), ['0 bad', '1 bad', '2 all', '3 bad']);
  for await (const { headers, key } of broker.read('orders.dead', { from: 0, until: 'end' })) {
    assert.equal(String(key), 'k');
    const told = Object.fromEntries(headers.map(([name, value]) => [name, String(value)]));
    const { 'gregor-dead-reason': reason, ...others } = told;
    assert.match(reason!, /^is not JSON: /);
    assert.deepEqual(others, {
      from: 'us',
      'gregor-dead-topic': 'orders',
      'gregor-dead-partition': '0',
      'gregor-dead-check': 'gregor.schema',
      'gregor-dead-field': 'value',
    });
  }
  client.close();
  await broker.kill();
  await broker.restart();
  assert.deepEqual(await read(broker, 'orders'), before);
});

test('dead letters never go where only the broker writes, nor back to where they came from', async () => {
  await using broker = await startBroker();
  const client = await Client.to(broker);
  for (const name of ['__consumer_offsets', 'orders', 'not a name']) {
    const configs = {
      'gregor.schema': SCHEMA,
      'gregor.canonical.reject': 'deadletter',
      'gregor.canonical.dead.topic': name,
    };
    const [told] = await client.create(configs, 'orders');
    assert.match(told!, /^INVALID_CONFIG gregor\.canonical\.dead\.topic/);
  }
  client.close();
});

test('gregor.canonical: what is not canonical under a published definition is refused, also after a restart', async () => {
  await using broker = await startBroker();
  const client = await Client.to(broker);
  const asks = { 'gregor.canonical': 'order@1' };
  assert.match((await client.create(asks, 'orders'))[0]!, /^INVALID_CONFIG .*order@1 is not published/);
  assert.match(
    (await client.create({ 'gregor.canonical': 'order' }, 'orders'))[0]!,
    /^INVALID_CONFIG Invalid value/,
  );
  assert.deepEqual(await client.create({ 'cleanup.policy': 'compact' }, '__canonical'), ['NONE null']);
  const definition = {
    canonical: 'order@1',
    class: 'iso',
    steps: [],
    schema: { properties: { id: { type: 'integer' } } },
  };
  await broker.append('__canonical', [
    { key: 'order@1', value: definition },
    { key: 'bad@1', value: {} },
  ]);
  assert.match((await client.create({ 'gregor.canonical': 'bad@1' }, 'orders'))[0]!, /^INVALID_CONFIG/);
  const both = { ...asks, 'gregor.schema': '{}' };
  assert.match(
    (await client.create(both, 'orders'))[0]!,
    /^INVALID_CONFIG gregor\.schema: .*set one of them/,
  );
  assert.deepEqual(await client.create(asks, 'orders'), ['NONE null']);
  const bad = await client.send('orders', ['{"id":1}']);
  assert.equal(bad.error, 'INVALID_RECORD');
  assert.match(
    bad.errorMessage!,
    /record 0 does not fit gregor\.canonical: record has no header gregor-canonical/,
  );
  client.close();
  for (let life = 0; life < 2; life++) {
    const headers = { 'gregor-canonical': 'order@1' };
    assert.equal((await broker.append('orders', [{ value: '{"id":1}', headers }])).length, 1);
    await assert.rejects(broker.append('orders', [{ value: '{"id":"1"}', headers }]), /INVALID_RECORD.* id /);
    await assert.rejects(
      broker.append('orders', [{ value: '{ "id":1}', headers }]),
      /INVALID_RECORD.*canonical form/,
    );
    await broker.kill();
    await broker.restart();
  }
});

test('a definition that cannot be used is refused wherever it is set, and nothing is changed', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const client = await Client.to(broker);
  const cases: [string, RegExp][] = [
    ['{"type":"objekt"}', /^INVALID_CONFIG gregor\.schema cannot be used: .*type/],
    ['{"requierd":["id"]}', /^INVALID_CONFIG gregor\.schema cannot be used: .*"requierd"/],
    ['{"type":', /^INVALID_CONFIG Invalid value .* for gregor\.schema: not JSON/],
    ['[1]', /^INVALID_CONFIG Invalid value .* for gregor\.schema: not a JSON object/],
  ];
  for (const [text, reason] of cases) {
    assert.match((await client.create({ 'gregor.schema': text }, 'new'))[0]!, reason);
    assert.match(await client.alter('orders', text), reason);
    assert.match(await client.replace('orders', text), reason);
  }
  assert.deepEqual(await broker.append('orders', [{ value: 'anything' }]), [{ partition: 0, offset: 0 }]);
  client.close();
});

test('a topic can begin and cease to check, and requests that were sent at once keep their order', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const client = await Client.to(broker);
  const sent = [
    client.send('orders', ['free']),
    client.alter('orders', SCHEMA),
    client.send('orders', ['{"id":1}']),
    client.send('orders', ['bad']),
    client.alter('orders', ''),
    client.send('orders', ['free again']),
  ] as const;
  const [free, , fits, , , last] = await Promise.all(sent);
  assert.deepEqual([free.baseOffset, fits.baseOffset], [0, 1]);
  assert.ok(last.baseOffset > 1);
  assert.equal(await client.alter('orders', SCHEMA), 'NONE null');
  assert.equal((await client.send('orders', ['bad'])).error, 'INVALID_RECORD');
  client.close();
});

for (const generation of ['old', 'new'] as const)
  test(`${generation} clients: transactions on a topic that checks appear whole, and a fenced producer appends nothing`, async () => {
    await using broker = await startBroker({ topics: { out: 2 } });
    const client = await Client.to(broker);
    assert.equal(await client.alter('out', '{"type":"integer"}'), 'NONE null');
    const session = new Session(broker, generation);
    await session.init();
    assert.equal(await session.send('out', 0, '1'), 'NONE');
    assert.equal(await session.send('out', 1, 'x'), 'INVALID_RECORD');
    assert.equal(await session.end(true), 'NONE');
    assert.deepEqual(await committed(broker, 'out'), ['1']);
    const fenced = { ...session.producer };
    await session.init();
    assert.ok(session.producer.producerEpoch > fenced.producerEpoch);
    session.producer = fenced;
    assert.match(await session.send('out', 0, '2'), /FENCED|EPOCH/);
    session.close();
    client.close();
  });

test('gregor.schema by its name: one that is not published is refused, one that is holds, also after a restart', async () => {
  await using broker = await startBroker();
  const client = await Client.to(broker);
  const asks = { 'gregor.schema': 'order@1' };
  assert.match(
    (await client.create(asks, 'orders'))[0]!,
    /^INVALID_CONFIG gregor\.schema cannot be used: order@1 is not published: gregor schema publish order@1 FILE/,
  );
  assert.match(
    (await client.create({ 'gregor.schema': 'order' }, 'orders'))[0]!,
    /^INVALID_CONFIG Invalid value/,
  );
  assert.deepEqual(await client.create({ 'cleanup.policy': 'compact' }, '__schema'), ['NONE null']);
  await broker.append('__schema', [
    { key: 'order@1', value: SCHEMA },
    { key: 'order@1', value: '{"a later one":"counts for nothing"}' },
    { key: 'bad@1', value: '{"type":"nothing"}' },
  ]);
  assert.match((await client.create({ 'gregor.schema': 'bad@1' }, 'orders'))[0]!, /^INVALID_CONFIG/);
  assert.deepEqual(await client.create(asks, 'orders'), ['NONE null']);
  await broker.restart();
  const again = await Client.to(broker);
  assert.equal((await again.send('orders', ['{"id":1}'])).error, 'NONE');
  assert.equal(
    (await again.send('orders', ['{"id":1}', '{}'])).errorMessage,
    'record 1 does not fit gregor.schema: /id is missing',
  );
  assert.match(await again.alter('orders', 'order@2'), /^INVALID_CONFIG .*order@2 is not published/);
  for (const each of [client, again]) each.close();
});
