import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventSink } from '../base/index.ts';
import type { EmbeddedBroker } from '../embed/index.ts';
import { nodeEnvironment } from '../env/node/index.ts';
import { PlanError, pipeline, serde, topic } from '../streams/index.ts';
import { startBroker } from '../testing/index.ts';
import { KafkaLogClient, runPipeline } from './index.ts';
import { SHARED_NAME } from './run.ts';

interface Reading {
  readonly sensor: string;
  readonly n: number;
}

const { clock } = nodeEnvironment('/nonexistent');
const SENSORS = 5;
const COUNT = 300;
const raw = topic('raw', { value: serde.json<Reading>() });
const clean = topic('clean', { key: serde.text, value: serde.json<Reading>() });

/** Two stages: the raw topic has no keys, so records of a sensor meet behind a repartition. */
const plan = pipeline('sensors', { commitEvery: '50ms' })
  .from(raw)
  .keyBy((r) => r.value.sensor)
  .dedupe({ by: (r) => `${r.value.sensor}:${r.value.n}`, window: { count: 10_000 } })
  .reorder({ sequence: (r) => r.value.n, start: 0, gap: { onTimeout: 'wait' } })
  .to(clean);

/** Shuffled over a distance of 60, and every third comes again 90 later. */
function mess(): Reading[] {
  return Array.from({ length: COUNT }, (_, i) => ({ sensor: `s${i % SENSORS}`, n: Math.floor(i / SENSORS) }))
    .flatMap((reading, i) => [
      { reading, at: i + ((i * 37) % 60) },
      ...(i % 3 === 0 ? [{ reading, at: i + 90 }] : []),
    ])
    .sort((a, b) => a.at - b.at)
    .map(({ reading }) => reading);
}

test('written twice and shuffled, with the pipeline stopped and the broker killed half-way: all comes out once and in order, and the repartition topic is trimmed', async () => {
  await using broker = await startBroker({ topics: { raw: 3, clean: 2 } });
  const [first, second, third] = [mess().slice(0, 150), mess().slice(150, 280), mess().slice(280)];
  await broker.append(
    'raw',
    first.map((value) => ({ value })),
  );
  const early = await start(broker);
  await until(broker, 20);
  await early.stop();
  await broker.append(
    'raw',
    second.map((value) => ({ value })),
  );
  const late = await start(broker);
  await until(broker, 150);
  await broker.kill();
  await broker.restart();
  await broker.append(
    'raw',
    third.map((value) => ({ value })),
  );
  await until(broker, COUNT);
  await trimmed(broker);
  await late.stop();
  checkOnceInOrder(await outputs(broker));
});

test('two processes share the tasks; when one leaves the other goes on with its state, and nothing is twice', async () => {
  const settings = { 'group.initial.rebalance.delay.ms': 0 };
  await using broker = await startBroker({ topics: { raw: 3, clean: 2 }, settings });
  const records = mess().map((value, n) => ({ value, partition: n % 3 }));
  const tasks: Record<string, string> = {};
  const told =
    (who: string): EventSink =>
    (_level, message, fields) => {
      if (message === 'pipeline.assigned') tasks[who] = String(fields?.['tasks']);
    };
  const one = await start(broker, told('one'));
  const two = await start(broker, told('two'));
  while (((tasks['one'] ?? '') + (tasks['two'] ?? '')).split('keyBy/').length !== 4) await clock.sleep(20);
  await broker.append('raw', records.slice(0, 250));
  await until(broker, 50);
  await one.stop();
  await broker.append('raw', records.slice(250));
  await until(broker, COUNT);
  await two.stop();
  checkOnceInOrder(await outputs(broker));
  assert.match(tasks['two']!, /keyBy\/0 keyBy\/1 keyBy\/2/);
});

test('two pipelines of one name that read different topics: it is told, and nothing is left unread', async () => {
  const settings = { 'group.initial.rebalance.delay.ms': 0 };
  await using broker = await startBroker({ topics: { raw: 3, clean: 2, words: 3, copied: 1 }, settings });
  const told: string[] = [];
  const assigned = new Map<string, string>();
  const hears =
    (who: string): EventSink =>
    (_level, message, fields) => {
      if (message === 'pipeline.assigned') assigned.set(who, String(fields?.['tasks']));
      if (message === 'pipeline.name.shared') told.push(String(fields?.['message']));
    };
  const other = pipeline('sensors', { commitEvery: '50ms' }).from(topic('words')).to(topic('copied'));
  const one = await start(broker, hears('one'));
  const two = await start(broker, hears('two'), other);
  while (told.length === 0 || assigned.get('two') !== 'from/0 from/1 from/2') await clock.sleep(20);
  assert.deepEqual(new Set(told), new Set([SHARED_NAME]));
  const words = Array.from({ length: 9 }, (_, n) => ({ value: `${n}`, partition: n % 3 }));
  await broker.append('words', words);
  let copied = 0;
  while (copied < words.length) {
    copied = 0;
    for await (const _ of broker.read('copied', { from: 'start', until: 'end' })) copied++;
    await clock.sleep(20);
  }
  await two.stop();
  await one.stop();
});

test('what a pipeline needs and is not there is told before it runs', async () => {
  await using broker = await startBroker({ topics: { four: 4, two: 2 } });
  const client = await KafkaLogClient.connect({ bootstrap: [broker.bootstrap] });
  const refused = (run: Parameters<typeof runPipeline>[0], message: RegExp) =>
    assert.rejects(
      runPipeline(run, { client, clock }),
      (error) => error instanceof PlanError && message.test(error.message),
    );
  await refused(plan, /there is no topic 'raw', which the pipeline reads: gregor topic create raw/);
  const start = pipeline('p');
  const merged = start
    .from(topic('four'))
    .merge(start.from(topic('two')))
    .dedupe({ window: { count: 1 } })
    .to(topic('out'));
  await refused(merged, /different numbers of partitions: four \(4\), two \(2\); add keyBy/);
  await client.close();
});

test('event times may lie anywhere: a year that is to come, and long ago', async () => {
  await using broker = await startBroker({ topics: { raw: 1 } });
  const client = await KafkaLogClient.connect({ bootstrap: [broker.bootstrap] });
  const stopping = new AbortController();
  const timeless = pipeline('timeless', { commitEvery: '50ms' })
    .from(topic('raw', { value: serde.json<Reading>() }))
    .eventTime((r) => r.value.n, { idleAfter: '1h' })
    .keyBy((r) => r.value.sensor)
    .dedupe({ window: { time: '1d' } })
    .to(topic('timeless-out', { key: serde.text, value: serde.json<Reading>() }));
  const [back, ahead] = [1_000, Date.UTC(2100, 0, 1)];
  await broker.append('raw', [
    { value: { sensor: 'a', n: back } },
    { value: { sensor: 'b', n: ahead } },
    { value: '{"broken', timestamp: back },
  ]);
  const running = runPipeline(timeless, { client, clock, signal: stopping.signal });
  running.catch(() => undefined);
  const read = async (name: string) => {
    const found: number[] = [];
    try {
      for await (const { timestamp } of broker.read(name, { from: 'start', until: 'end' }))
        found.push(Number(timestamp));
    } catch {
      // it is not there yet
    }
    return found;
  };
  while ((await read('timeless-out')).length < 2) await clock.sleep(20);
  assert.deepEqual((await read('timeless-out')).sort(), [back, ahead].sort());
  assert.deepEqual(await read('dlq.timeless'), [back]);
  stopping.abort();
  await running;
  await client.close();
});

test('a step that must not go on stops the run, and nothing of the open transaction is committed', async () => {
  await using broker = await startBroker({ topics: { raw: 1, clean: 1 } });
  const client = await KafkaLogClient.connect({ bootstrap: [broker.bootstrap] });
  const strict = pipeline('strict')
    .from(raw)
    .keyBy((r) => r.value.sensor, { as: 'sensor' })
    .reorder({ sequence: (r) => r.value.n, start: 0, gap: { timeout: '1s', onTimeout: 'fail' } })
    .to(clean);
  await broker.append('raw', [
    { value: { sensor: 'a', n: 1 }, timestamp: 1_000 },
    { value: { sensor: 'b', n: 0 }, timestamp: 5_000 },
  ]);
  await assert.rejects(runPipeline(strict, { client, clock }), /0-0 of key a did not come within 1000 ms/);
  assert.deepEqual(await outputs(broker), []);
  await client.close();
});

function checkOnceInOrder(found: readonly Reading[]): void {
  assert.equal(found.length, COUNT);
  for (let s = 0; s < SENSORS; s++)
    assert.deepEqual(
      found.filter(({ sensor }) => sensor === `s${s}`).map(({ n }) => n),
      Array.from({ length: COUNT / SENSORS }, (_, n) => n),
    );
}

async function start(broker: EmbeddedBroker, events?: EventSink, run = plan) {
  const client = await KafkaLogClient.connect({ bootstrap: [broker.bootstrap], sessionTimeoutMs: 6_000 });
  const stopping = new AbortController();
  const running = runPipeline(run, {
    client,
    clock,
    signal: stopping.signal,
    ...(events === undefined ? {} : { events }),
  });
  running.catch(() => undefined); // `stop` tells it
  return {
    async stop() {
      stopping.abort();
      await running;
      await client.close();
    },
  };
}

async function outputs(broker: EmbeddedBroker): Promise<Reading[]> {
  const found: Reading[] = [];
  for await (const record of broker.read('clean', { from: 'start', until: 'end' }))
    found.push(record.json() as Reading);
  return found;
}

/** Resolves when the beginning of the repartition topic is gone. */
async function trimmed(broker: EmbeddedBroker): Promise<void> {
  const client = await KafkaLogClient.connect({ bootstrap: [broker.bootstrap] });
  const starts = () => Promise.all([0, 1, 2].map((n) => client.start('sensors-keyBy-repartition', n)));
  while (Math.max(...(await starts())) === 0) await clock.sleep(50);
  await client.close();
}

async function until(broker: EmbeddedBroker, count: number): Promise<void> {
  while ((await outputs(broker)).length < count) await clock.sleep(50);
}
