/** What a running pipeline does when reorder holds as much as it may: it reads no more, or it goes on holding, on disk. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { nodeEnvironment } from '../env/node/index.ts';
import { headerText, type Pipeline, pipeline, type PipelineOptions, serde, topic } from '../streams/index.ts';
import { ArrayLog } from './log-fixture.ts';
import { runPipeline } from './run.ts';

interface Reading {
  readonly n: number;
}

const { clock } = nodeEnvironment('/nonexistent');
const start = (options: PipelineOptions = {}) =>
  pipeline('p', { commitEvery: '5ms', ...options }).from(
    topic('in', { key: serde.text, value: serde.json<Reading>() }),
  );
const out = topic('out', { key: serde.text, value: serde.json<Reading>() });
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ key: 'a', value: { n: from + i } }));
const ns = (log: ArrayLog) => (log.values('out') as Reading[]).map(({ n }) => n);

/** By the wall clock, three held of one key. */
const pausing = (timeout: '1h' | '300ms') =>
  start()
    .reorder({
      ...{ sequence: (r) => r.value.n, start: 1, gap: { timeout }, clock: 'processing' },
      ...{ buffer: { perKey: 3 }, overflow: 'pause' },
    })
    .to(out);

function started(run: Pipeline, log: ArrayLog) {
  const stopping = new AbortController();
  const running = runPipeline(run, { client: log, clock, signal: stopping.signal });
  running.catch(() => undefined); // `stop` tells it
  return () => {
    stopping.abort();
    return running;
  };
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await clock.sleep(2);
}

test('paused: nothing more is read while as much is held as may be, also after a start', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1 });
  const plan = pausing('1h');
  let stop = started(plan, log);
  log.append('in', ...numbers(2, 3));
  await until(() => log.committedOffset('in') === 2);
  log.append('in', ...numbers(4, 6)); // what is fetched together is taken together
  await until(() => log.committedOffset('in') === 5);
  log.append('in', ...numbers(7, 9));
  await clock.sleep(60);
  await stop();
  stop = started(plan, log);
  await clock.sleep(60);
  await stop();
  assert.equal(log.committedOffset('in'), 5);
  assert.deepEqual(ns(log), []);
});

test('paused, and its gap is given up: it goes on reading', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1 });
  const stop = started(pausing('300ms'), log);
  log.append('in', ...numbers(2, 4));
  await until(() => log.committedOffset('in') === 3);
  log.append('in', ...numbers(5, 9));
  await until(() => ns(log).length === 8);
  await stop();
  assert.deepEqual(ns(log), [2, 3, 4, 5, 6, 7, 8, 9]);
  const gaps = log.records('out').map(({ headers }) => headerText(headers, 'x-gap'));
  assert.deepEqual(
    gaps.filter((gap) => gap !== undefined),
    ['1-1'],
  );
});

test('spilled: many times what the buffer allows is held on disk over a restart, and goes on in order', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'gregor-spill-'));
  const log = new ArrayLog(clock, { in: 1, out: 1 });
  const plan = start({ state: { store: 'disk', folder: root } })
    .reorder({
      ...{ sequence: (r) => r.value.n, start: 1, gap: { onTimeout: 'wait' } },
      ...{ buffer: { perKey: 10 }, overflow: 'spill' },
    })
    .to(out);
  let stop = started(plan, log);
  log.append('in', ...numbers(2, 500));
  await until(() => log.committedOffset('in') === 499);
  await stop();
  assert.deepEqual(ns(log), []);
  assert.ok(readdirSync(path.join(root, 'p-from-0')).length > 0);
  stop = started(plan, log);
  log.append('in', ...numbers(501, 600), ...numbers(1, 1));
  await until(() => ns(log).length === 600);
  await stop();
  assert.deepEqual(
    ns(log),
    numbers(1, 600).map(({ value }) => value.n),
  );
  assert.deepEqual(log.records('dlq.p'), []);
  rmSync(root, { recursive: true });
});
