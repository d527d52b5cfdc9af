import assert from 'node:assert/strict';
import test from 'node:test';
import { nodeEnvironment } from '../env/node/index.ts';
import { type LogRecord, type Pipeline, pipeline, serde, table, topic } from '../streams/index.ts';
import { ArrayLog } from './log-fixture.ts';
import { Rehearsal, rehearsed } from './rehearsal.ts';
import { runPipeline } from './run.ts';

const { clock } = nodeEnvironment('/nonexistent');

interface Reading {
  readonly id: string;
  readonly n: number;
}

const raw = topic('raw', { value: serde.json<Reading>() });
const out = topic('out', { key: serde.text, value: serde.json<Reading & { name: string | undefined }>() });

async function rehearse(log: ArrayLog, plan: Pipeline, ranges: [from: number, to: number][]) {
  const outputs: LogRecord[] = [];
  const rehearsal = new Rehearsal(log, {
    layout: plan.layout,
    clock,
    ranges: new Map([['raw', ranges.map(([from, to]) => ({ from, to }))]]),
    onOutput: (record) => outputs.push(record),
  });
  const done = new AbortController();
  const onCommit = () => {
    if (rehearsal.isDone) done.abort();
  };
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(30_000)]);
  await runPipeline(rehearsed(plan), { client: rehearsal, clock, signal, onCommit });
  assert.ok(done.signal.aborted, 'it came to an end by itself');
  return { outputs, kept: rehearsal.kept };
}

function filled(): ArrayLog {
  const log = new ArrayLog(clock, { raw: 2, names: 1, out: 1, 'dlq.p': 1 });
  const append = (id: string, n: number, partition: number) =>
    log.append('raw', { value: { id, n }, timestampMs: n, partition });
  append('a', 2, 0);
  append('a', 1, 1);
  append('a', 1, 1);
  append('b', 2, 0);
  log.append('names', { key: 'a', value: 'Ada' });
  return log;
}

const unchanged = (log: ArrayLog) =>
  assert.deepEqual([log.records('out'), log.records('dlq.p'), log.committedOffset('raw')], [[], [], 0]);

test('a rehearsal goes over all stages and tables, ends by itself, and leaves the log as it was', async () => {
  const log = filled();
  const names = table('names', { key: serde.text, value: serde.json<string>(), global: true });
  const plan = pipeline('p', { commitEvery: '10ms', state: { store: 'disk', folder: '/nonexistent/state' } })
    .from(raw)
    .keyBy((r) => r.value.id, { as: 'by-id' })
    .dedupe({ by: (r) => `${r.value.id}:${r.value.n}`, window: { count: 10 }, as: 'once' })
    .reorder({ sequence: (r) => r.value.n, start: 1, gap: { timeout: '1h' }, as: 'in-order' })
    .join(names, { kind: 'left' }, (reading, name) => ({ ...reading, name }))
    .to(out);
  const { outputs, kept } = await rehearse(log, plan, [
    [0, 2],
    [0, 2],
  ]);
  assert.deepEqual(
    outputs.map(({ topic: name, value }) => `${name} ${value}`),
    ['out {"id":"a","n":1,"name":"Ada"}', 'out {"id":"a","n":2,"name":"Ada"}'],
  );
  assert.equal(kept.get('in-order.held'), 1);
  unchanged(log);
  const part = await rehearse(log, plan, [
    [0, 1],
    [1, 1],
  ]);
  assert.deepEqual(part.outputs, []);
  unchanged(log);
});

test('ids that would be in Redis are remembered by a stand-in', async () => {
  const log = filled();
  const plan = pipeline('p', { commitEvery: '10ms' })
    .from(raw)
    .keyBy((r) => r.value.id, { as: 'by-id' })
    .dedupe({
      by: (r) => `${r.value.id}:${r.value.n}`,
      window: { time: '1h' },
      store: { redis: 'redis://127.0.0.1:1' },
    })
    .map((r): Reading & { name: string | undefined } => ({ ...r.value, name: undefined }))
    .to(out);
  const { outputs } = await rehearse(log, plan, [
    [0, 2],
    [0, 3],
  ]);
  assert.deepEqual(outputs.map(({ key, value }) => `${key} ${JSON.parse(String(value)).n}`).sort(), [
    'a 1',
    'a 2',
    'b 2',
  ]);
  unchanged(log);
});

test('records that would be held in Redis are held by a stand-in: the Redis of the running pipeline is not asked', async () => {
  const log = filled();
  const plan = pipeline('p', { commitEvery: '10ms' })
    .from(topic('raw', { key: serde.nullable(serde.text), value: serde.json<Reading>() }))
    .reorder({
      sequence: (r) => r.value.n,
      by: { field: 'id' },
      start: 1,
      gap: { timeout: '1h' },
      store: { redis: 'redis://127.0.0.1:1' },
    })
    .to(topic('out', { key: serde.nullable(serde.text), value: serde.json<Reading>() }));
  const { outputs } = await rehearse(log, plan, [
    [0, 2],
    [0, 3],
  ]);
  assert.deepEqual(
    outputs.map(({ topic: name, value }) => `${name} ${value}`),
    ['out {"id":"a","n":1}', 'dlq.p {"id":"a","n":1}'],
  );
  unchanged(log);
});
