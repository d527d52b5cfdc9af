/**
 * A pipeline on this broker: over a repartition, with a broken record as large as the topic takes it; the repartition topic is deleted behind its reader
 * (DeleteRecords), and a start from there goes on as before. Usage: pipelines.ts BOOTSTRAP
 */
import assert from 'node:assert/strict';
import { nodeEnvironment } from '../../../src/env/node/index.ts';
import { KafkaLogClient, runPipeline, type Writer } from '../../../src/pipelines/index.ts';
import { pipeline, serde, topic } from '../../../src/streams/index.ts';

interface Part {
  readonly id: string;
  readonly n: number;
}

const { clock } = nodeEnvironment('/nonexistent');
const name = `parts-${Date.now().toString(36)}`;
const [IN, OUT, DEAD, HOP] = [`${name}-in`, `${name}-out`, `dlq.${name}`, `${name}-by-id-repartition`];
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];
const PARTITIONS = 2;
/** A batch of one such record is just below the default of `max.message.bytes`. */
const LARGE = 1_048_400;
const WITHIN_MS = 60_000;

const plan = pipeline(name, { commitEvery: '50ms' })
  .from(topic(IN, { value: serde.json<Part>() }))
  .keyBy((r) => r.value.id, { as: 'by-id' })
  .dedupe({ by: (r) => `${r.value.id} ${r.value.n}`, window: { count: 1_000 }, as: 'once' })
  .reorder({ sequence: (r) => r.value.n, start: 0, gap: { onTimeout: 'wait' }, as: 'in-order' })
  .to(topic(OUT, { key: serde.text, value: serde.json<Part>() }));

const client = await KafkaLogClient.connect({ bootstrap: [process.argv[2]!] });
for (const made of [IN, OUT]) await client.create({ name: made, partitions: PARTITIONS, settings: {} });
const source = await client.join(`${name}-source`, [IN]);
const writer = await opened(`${name}-source`);

await write(...backwards(0, 100), `{${'x'.repeat(LARGE - 1)}`);
await runUntil(async () => Math.min(...(await starts().catch(() => [0]))) > 0); // it is made soon
const begin = await starts();
await write(...backwards(100, 200));
await runUntil(async () => (await read(OUT, PARTITIONS)).length === IDS.length * 200);
const found = (await read(OUT, PARTITIONS)).map((value) => JSON.parse(String(value)) as Part);
for (const id of IDS)
  assert.deepEqual(
    found.filter((one) => one.id === id).map(({ n }) => n),
    Array.from({ length: 200 }, (_, n) => n),
  );
assert.deepEqual(
  (await read(DEAD, 1)).map((value) => value?.length),
  [LARGE],
);
await source.leave();
await writer.close();
await client.close();
console.log(
  `${found.length} records once and in order; a repartition topic that begins at ${begin.join(' and ')}`,
);
process.exit(0);

/** Of a broker that has never had a transaction, nobody is the coordinator for a moment. */
async function opened(id: string): Promise<Writer> {
  for (const untilMs = Date.now() + WITHIN_MS; ; await clock.sleep(500))
    try {
      return await client.open(id);
    } catch (error) {
      if (Date.now() > untilMs) throw error;
    }
}

/** Of every id the numbers, the highest first, each twice. */
function backwards(from: number, to: number): string[] {
  const numbers = Array.from({ length: to - from }, (_, n) => to - 1 - n);
  return numbers.flatMap((n) => IDS.flatMap((id) => [JSON.stringify({ id, n }), JSON.stringify({ id, n })]));
}

async function write(...values: readonly string[]): Promise<void> {
  const outputs = values.map((value, n) => ({
    topic: IN,
    partition: n % PARTITIONS,
    key: null,
    value: Buffer.from(value),
    headers: [],
    timestampMs: Date.now(),
  }));
  await writer.commit({ outputs, membership: source, positions: [] });
}

async function runUntil(isDone: () => Promise<boolean>): Promise<void> {
  const stopping = new AbortController();
  const running = runPipeline(plan, { client, clock, signal: stopping.signal });
  const untilMs = Date.now() + WITHIN_MS;
  const waiting = (async () => {
    while (!(await isDone())) {
      if (Date.now() > untilMs) throw new Error(`not within ${WITHIN_MS} ms: ${String(isDone)}`);
      await clock.sleep(100);
    }
  })();
  try {
    await Promise.race([running, waiting]);
  } finally {
    stopping.abort();
    await running;
  }
}

function starts(): Promise<number[]> {
  return Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => client.start(HOP, partition)));
}

async function read(of: string, partitions: number): Promise<(Buffer | null)[]> {
  const values: (Buffer | null)[] = [];
  for (let partition = 0; partition < partitions; partition++)
    for await (const { records } of client.readAll({ topic: of, partition, offset: 0 }))
      values.push(...records.map(({ value }) => value));
  return values;
}
