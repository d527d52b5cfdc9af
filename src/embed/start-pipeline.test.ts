/** A pipeline in this process, and a broker of its own over TCP: readers see their own write, also over kill -9; programs only where allowed. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { BrokerProcess, freePort } from '../../test/wire/broker-process.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import { encodeBatch, produceApi } from '../protocol/index.ts';
import { KafkaLogClient, RowUnavailable } from '../pipelines/index.ts';
import { pipeline, serde, topic } from '../streams/index.ts';
import { startBroker } from '../testing/index.ts';
import { nodePrograms, startPipeline } from './index.ts';

interface Order {
  readonly id: string;
  readonly total: number;
}

const DAY_MS = 86_400_000;
const orders = topic('orders', { value: serde.json<Order>() });

/** Sums of each id: the orders have no key, so those of one id meet behind a repartition. */
const totals = pipeline('totals', { commitEvery: '20ms' })
  .from(orders)
  .keyBy((r) => r.value.id, { as: 'by-id' })
  .window({ tumbling: '1d' }, { as: 'sums' })
  .sum((r) => r.value.total)
  .map(({ value }) => value as unknown)
  .to(topic('sums', { key: serde.text, value: serde.json<unknown>() }));

async function aBroker() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gregor-over-tcp-'));
  const broker = new BrokerProcess(folder, await freePort());
  await broker.start();
  const client = await KafkaLogClient.connect({ bootstrap: [`127.0.0.1:${broker.port}`] });
  await client.create({ name: 'orders', partitions: 2, settings: {} });
  await client.close();
  return {
    broker,
    async [Symbol.asyncDispose]() {
      await broker.kill();
      await rm(folder, { recursive: true });
    },
  };
}

/** Where the broker says that it lies. */
async function produce(port: number, partition: number, order: Order) {
  const client = await WireClient.connect(port);
  const value = Buffer.from(JSON.stringify(order));
  const records = encodeBatch({ records: [{ key: null, value, headers: [], timestamp: 1_000 }] });
  const topicData = [{ name: 'orders', partitionData: [{ index: partition, records }] }];
  const answer = await client.send(produceApi, 9, { acks: -1, timeoutMs: 10_000, topicData });
  client.close();
  const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!;
  assert.equal(errorCode, 0);
  return { topic: 'orders', partition, offset: Number(baseOffset) };
}

test('over the network a reader sees its own write, by the offset that its producer was told, also when the broker is killed', async () => {
  await using started = await aBroker();
  const { broker } = started;
  const bootstrap = `127.0.0.1:${broker.port}`;
  await using running = await startPipeline(totals, { bootstrap, sessionTimeoutMs: 6_000 });
  const sums: Record<string, number> = {};
  for (let n = 1; n <= 12; n++) {
    const id = n % 3 === 0 ? 'a' : 'd';
    sums[id] = (sums[id] ?? 0) + n;
    const after = await produce(broker.port, n % 2, { id, total: n });
    if (n === 6) {
      await broker.kill();
      await broker.start();
    }
    const windows = await running.get('sums', id, { after, timeoutMs: 60_000 });
    assert.deepEqual(windows, [{ startMs: 0, endMs: DAY_MS, value: sums[id] }], `after ${n}`);
  }
  const beyond = { topic: 'orders', partition: 0, offset: 1_000 };
  await assert.rejects(
    running.get('sums', 'a', { after: beyond, timeoutMs: 50 }),
    (error) =>
      error instanceof RowUnavailable && /orders, partition 0, is committed up to/.test(error.message),
  );
});

test('a pipeline without a broker waits for one; stopping it ends that', async () => {
  const told: string[] = [];
  const events = (_level: string, message: string) => void told.push(message);
  const running = await startPipeline(totals, { bootstrap: `127.0.0.1:${await freePort()}`, events });
  while (!told.includes('pipeline.interrupted')) await new Promise((resolve) => setTimeout(resolve, 20));
  await running.stop();
  await running.ended;
});

const shouting = pipeline('shouting')
  .from(orders)
  .exec<Order>({ command: ['sed', '-u', 's/"id":"a"/"id":"A"/'] })
  .to(topic('shouted', { value: serde.json<Order>() }));

test('programs of exec run in an embedded broker, and beside one, where nodePrograms is given; else the error says what to do', async () => {
  await using broker = await startBroker({ topics: { orders: 1, shouted: 1 } });
  const refusal =
    /exec: programs are started only where that is allowed: .*\{ programs: nodePrograms \}, from 'gregor'/;
  const { bootstrap } = broker;
  await assert.rejects((await broker.run(shouting)).ended, refusal);
  await assert.rejects((await startPipeline(shouting, { bootstrap })).ended, refusal);
});

test('programs of exec run in the broker of a program that allows it', async () => {
  await using broker = await startBroker({ topics: { orders: 1, shouted: 1 } });
  await using running = await broker.run(shouting, { programs: nodePrograms });
  await broker.append('orders', [{ value: { id: 'a', total: 1 } }]);
  for await (const record of broker.read('shouted')) {
    assert.deepEqual(record.json(), { id: 'A', total: 1 });
    break;
  }
  await running.stop();
});
