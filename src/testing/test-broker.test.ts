import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import { startBroker, type EmbeddedBroker } from './index.ts';

async function textsOf(broker: EmbeddedBroker, topic: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const record of broker.read(topic, { from: 'start', until: 'end' })) texts.push(record.text());
  return texts;
}

test('a broker in a test takes records and gives them back', async () => {
  await using broker = await startBroker({ topics: { orders: 3 } });
  const places = await broker.append('orders', [
    { key: 'a', value: { total: 3 } },
    { key: 'a', value: 'text' },
  ]);
  assert.deepEqual(
    places.map(({ offset }) => offset),
    [0, 1],
  );
  assert.deepEqual(await textsOf(broker, 'orders'), ['{"total":3}', 'text']);
});

test('what was appended survives a kill and a restart, any number of times', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  for (let round = 0; round < 5; round++) {
    await broker.append('orders', [{ value: `round ${round}` }]);
    await broker.kill();
    await broker.restart();
  }
  assert.deepEqual(
    await textsOf(broker, 'orders'),
    [0, 1, 2, 3, 4].map((round) => `round ${round}`),
  );
});

test('a proper stop loses nothing either', async () => {
  await using broker = await startBroker({ topics: { orders: 2 } });
  for (let n = 0; n < 20; n++) await broker.append('orders', [{ key: `k${n}`, value: `v${n}` }]);
  await broker.restart();
  assert.equal((await textsOf(broker, 'orders')).length, 20);
});

test('a reader that follows gets what comes later', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const got: string[] = [];
  const following = (async () => {
    for await (const record of broker.read('orders')) if (got.push(record.text()) === 2) return;
  })();
  await broker.append('orders', [{ value: 'one' }]);
  await broker.append('orders', [{ value: 'two' }]);
  await following;
  assert.deepEqual(got, ['one', 'two']);
});

test('a broker starts within 30 ms once the modules are loaded', async () => {
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    const from = performance.now();
    const broker = await startBroker();
    times.push(performance.now() - from);
    await broker.stop();
  }
  assert.ok(Math.min(...times) < 30, `it took ${times.map((ms) => ms.toFixed(1)).join(', ')} ms`);
});

test('appends that nobody waited for are taken in the order of the calls, however much more they are than memory holds', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const count = 200;
  const filling = 'x'.repeat(64 * 1024);
  const places = await Promise.all(
    Array.from({ length: count }, (_, n) => broker.append('orders', [{ value: `${n} ${filling}` }])),
  );
  assert.deepEqual(
    places.map(([place]) => place!.offset),
    Array.from({ length: count }, (_, n) => n),
  );
  const texts = await textsOf(broker, 'orders');
  assert.deepEqual(
    texts.map((text) => Number.parseInt(text, 10)),
    Array.from({ length: count }, (_, n) => n),
  );
});

test('clients may send records of any size that the topic takes, one after the other', async () => {
  await using broker = await startBroker({ topics: { orders: 1 } });
  const { Kafka, logLevel } = await import('kafkajs');
  const producer = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  for (let n = 0; n < 12; n++)
    await producer.send({ topic: 'orders', messages: [{ value: Buffer.alloc(900_000) }] });
  await producer.disconnect();
  let count = 0;
  for await (const record of broker.read('orders', { from: 'start', until: 'end' }))
    if (record.value?.length === 900_000) count++;
  assert.equal(count, 12);
});

test('max.connections and max.connections.per.ip count from the moment they are changed', async () => {
  await using broker = await startBroker();
  const { Kafka, logLevel } = await import('kafkajs');
  const admin = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const isServed = async (): Promise<boolean> => {
    const socket = net.connect(broker.port, '127.0.0.1').on('error', () => {});
    socket.write(Buffer.from('0000000a0012000000000001ffff', 'hex')); // ApiVersions
    const [served] = await Promise.race([
      once(socket, 'data').then(() => [true]),
      once(socket, 'close').then(() => [false]),
    ]);
    socket.destroy();
    return served === true;
  };
  const change = (name: string, value: string) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 4, name: '1', configEntries: [{ name, value }] }],
    });
  assert.equal(await isServed(), true);
  for (const name of ['max.connections', 'max.connections.per.ip']) {
    await change(name, '1');
    assert.equal(await isServed(), false, name);
    await change(name, '1000');
    assert.equal(await isServed(), true, name);
  }
  await admin.disconnect();
});
