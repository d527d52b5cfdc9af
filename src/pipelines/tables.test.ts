import assert from 'node:assert/strict';
import test from 'node:test';
import type { EmbeddedBroker } from '../embed/index.ts';
import { nodeEnvironment } from '../env/node/index.ts';
import { pipeline, serde, table, topic } from '../streams/index.ts';
import { startBroker } from '../testing/index.ts';
import { KafkaLogClient, runPipeline } from './index.ts';

const { clock } = nodeEnvironment('/nonexistent');
const ROWS = 500;

interface Order {
  readonly n: number;
  readonly customer: string;
}

const customers = table('customers', { key: serde.text, value: serde.json<{ tier: number }>() });
const regions = table('regions', { key: serde.text, value: serde.text, global: true });

/** Orders have no key: they meet their customer behind a repartition; every task has all regions. */
const plan = pipeline('join', { commitEvery: '50ms' })
  .from(topic('orders', { value: serde.json<Order>() }))
  .join(regions, { on: () => 'north', kind: 'left' }, (order, region) => ({
    ...order,
    region: region ?? '-',
  }))
  .keyBy((r) => r.value.customer)
  .join(customers, {}, (order, { tier }) => `${order.n} ${tier} ${order.region}`)
  .to(topic('met', { key: serde.text, value: serde.json<string>() }));

test('tables are read to their end before the first record, again after a restart, and then as they change', async () => {
  await using broker = await startBroker({ topics: { orders: 3, customers: 2, regions: 2, met: 1 } });
  const rows = (tier: number) => Array.from({ length: ROWS }, (_, n) => ({ key: `c${n}`, value: { tier } }));
  await broker.append('customers', [...rows(1), ...rows(2)]);
  await broker.append('regions', [{ key: 'north', value: 'N' }]);
  await order(broker, 0);
  const first = await start();
  await until(broker, ROWS);
  await first.stop();
  await broker.append('customers', [...rows(3), { key: 'c0', value: null }]);
  await broker.append('regions', [{ key: 'north', value: null }]);
  await broker.kill();
  await broker.restart();
  await order(broker, ROWS);
  const second = await start();
  await until(broker, 2 * ROWS - 1);
  await broker.append('customers', [{ key: 'c0', value: { tier: 4 } }]);
  await clock.sleep(300);
  await broker.append('orders', [{ value: { n: 2 * ROWS, customer: 'c0' } }]);
  await until(broker, 2 * ROWS);
  await second.stop();
  const met = await outputs(broker);
  assert.deepEqual(
    met.toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b)),
    [
      ...Array.from({ length: ROWS }, (_, n) => `${n} 2 N`),
      ...Array.from({ length: ROWS - 1 }, (_, n) => `${ROWS + 1 + n} 3 -`),
      `${2 * ROWS} 4 -`,
    ],
  );

  async function start() {
    const client = await KafkaLogClient.connect({ bootstrap: [broker.bootstrap], sessionTimeoutMs: 6_000 });
    const stopping = new AbortController();
    const running = runPipeline(plan, { client, clock, signal: stopping.signal });
    running.catch(() => undefined); // `stop` tells it
    return {
      async stop() {
        stopping.abort();
        await running;
        await client.close();
      },
    };
  }
});

async function order(broker: EmbeddedBroker, from: number): Promise<void> {
  await broker.append(
    'orders',
    Array.from({ length: ROWS }, (_, n) => ({ value: { n: from + n, customer: `c${n}` }, partition: n % 3 })),
  );
}

async function outputs(broker: EmbeddedBroker): Promise<string[]> {
  const found: string[] = [];
  for await (const record of broker.read('met', { from: 'start', until: 'end' }))
    found.push(record.json() as string);
  return found;
}

async function until(broker: EmbeddedBroker, count: number): Promise<void> {
  while ((await outputs(broker)).length < count) await clock.sleep(50);
}
