/**
 * node bench/pipelines/held-memory.ts [--records N]
 *
 * Bytes of memory for each record that `reorder` holds, embedded and with Redis, after a full collection of garbage: the pipeline is a process
 * of its own that reads N readings of 150 bytes of JSON and lets none go; what it takes with a hundredth of them is taken off.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { nodeEnvironment } from '../../src/env/node/index.ts';
import { KafkaLogClient, runPipeline } from '../../src/pipelines/index.ts';
import { pipeline, serde, topic } from '../../src/streams/index.ts';
import { startBroker } from '../../src/testing/index.ts';
import { hasRedis, noRedis, RedisServer } from '../../test/pipelines/redis-server.ts';
import { createTopic } from '../topic.ts';
import { PARTITIONS, type Reading, write } from './input.ts';
import { number, readOptions, text } from '../../scripts/options.ts';

interface Memory {
  /** Heap and buffers. */
  readonly used: number;
  readonly resident: number;
}

const { values } = readOptions(import.meta.filename, {
  records: number(200_000),
  child: text(),
  count: number(),
  redis: text(),
});
/** Event times lie years back. */
const FOR_EVER = { 'retention.ms': '-1' };
const FEW = 100;
const SETTLE_MS = 2_000;
const SAME = 0.01;

if (values.child === undefined) await measureBoth(values.records);
else await hold(values.child, values.count!, values.redis);

async function measureBoth(records: number): Promise<void> {
  const row = (name: string, own: Memory, redis: number | string) =>
    console.log(`${name.padEnd(12)} ${own.used}\t${own.resident}\t${redis}`);
  console.log('bytes a held record\theap and buffers\tresident\tRedis');
  row('embedded', (await measured(records, undefined)).own, '-');
  if (!hasRedis) return console.log(`with Redis: ${String(noRedis)}`);
  await using redis = await RedisServer.start();
  const { own, outside } = await measured(records, redis);
  row('with Redis', own, outside);
}

/** Bytes for each record. */
async function measured(records: number, redis: RedisServer | undefined) {
  const few = await run(Math.ceil(records / FEW), redis);
  const many = await run(records, redis);
  const each = (of: (one: typeof few) => number) => Math.round((of(many) - of(few)) / (many.held - few.held));
  return {
    own: { used: each(({ memory }) => memory.used), resident: each(({ memory }) => memory.resident) },
    outside: each(({ outside }) => outside),
  };
}

async function run(records: number, redis: RedisServer | undefined) {
  await redis?.command('FLUSHALL');
  await using broker = await startBroker({});
  await createTopic(broker.port, 'readings', PARTITIONS, FOR_EVER);
  const count = await write(broker.port, 'readings', Math.ceil(records / PARTITIONS));
  const words = ['--expose-gc', import.meta.filename, '--child', broker.bootstrap, '--count', String(count)];
  const more = redis === undefined ? [] : ['--redis', redis.url];
  const child = spawn(process.execPath, [...words, ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const memory = JSON.parse(await firstLine(child)) as Memory & { readonly held: number };
    return { memory, held: memory.held, outside: redis === undefined ? 0 : await usedBy(redis) };
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const text of child.stdout!.setEncoding('utf8')) return String(text);
  throw new Error(`the pipeline ended with ${String(child.exitCode)} and said nothing`);
}

async function usedBy(redis: RedisServer): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory')))![1]);
}

/** Of the child: when all are read and it takes no more and no less than before, it says how much. */
async function hold(bootstrap: string, count: number, redis: string | undefined): Promise<void> {
  const { clock } = nodeEnvironment('/nonexistent');
  const reading = topic('readings', { value: serde.json<Reading>() });
  const plan = pipeline('held', { commitEvery: '200ms' })
    .from(reading)
    .eventTime((r) => r.value.at, { maxOutOfOrder: '365d', idleAfter: '1h' })
    .reorder({
      by: 'event-time',
      buffer: { total: count },
      ...(redis === undefined ? {} : { store: { redis } }),
    })
    .to(topic('never', { value: serde.json<Reading>() }));
  const client = await KafkaLogClient.connect({ bootstrap: [bootstrap] });
  await new Promise<void>((resolve, reject) => {
    const onCommit = ({ recordsRead }: { readonly recordsRead: number }) => {
      if (recordsRead >= count) resolve();
    };
    runPipeline(plan, { client, clock, onCommit }).catch(reject); // for ever: its end is the end of the process
  });
  let memory = collected();
  for (let before = 0; Math.abs(memory.used - before) > SAME * memory.used; memory = collected()) {
    before = memory.used;
    await clock.sleep(SETTLE_MS); // what is on its way to Redis
  }
  console.log(JSON.stringify({ ...memory, held: count }));
}

function collected(): Memory {
  for (let n = 0; n < 3; n++) gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, resident: rss };
}
