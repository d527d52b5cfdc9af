/** A pipeline that is another one after a restart: what its steps kept is found by their names, and what no step has a place for stays and is told. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import type { EventSink } from '../base/index.ts';
import { nodeEnvironment } from '../env/node/index.ts';
import { type Pipeline, pipeline, serde, type StateOptions, topic } from '../streams/index.ts';
import { ArrayLog } from './log-fixture.ts';
import { runPipeline } from './run.ts';

interface Reading {
  readonly id: string;
  readonly n: number;
}

const { clock } = nodeEnvironment('/nonexistent');
const input = topic('in', { key: serde.text, value: serde.json<Reading>() });
const output = topic('out', { key: serde.text, value: serde.json<Reading>() });

const LEFT = (rows: number) =>
  `warn pipeline.state.left ${rows} rows of it are in p-from-changelog, and the pipeline has no such step now, or one that keeps other things. ` +
  'They stay there: a step like it, with that name, goes on with them, and lets go what it held';

for (const store of ['memory', 'disk'] as const)
  test(`state in ${store}: a reorder that is taken out, replaced by another and put back has not lost what it held`, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'gregor-changed-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const state: StateOptions = store === 'memory' ? { store } : { store, folder };
    const once = () =>
      pipeline('p', { commitEvery: '5ms', state })
        .from(input)
        .eventTime((r) => r.timestampMs, { maxOutOfOrder: 0 })
        .dedupe({ by: (r) => `${r.value.id} ${r.value.n}`, window: { count: 100 }, as: 'once' });
    const bySequence = once()
      .reorder({ sequence: (r) => r.value.n, start: 1, gap: { onTimeout: 'wait' }, as: 'in-order' })
      .to(output);
    const byTime = once().reorder({ by: 'event-time', as: 'in-order' }).to(output);
    const log = new ArrayLog(clock, { in: 1, out: 1 });
    /** What is told, and what comes out. */
    const run = async (plan: Pipeline, ...numbers: number[]) => {
      const told: string[] = [];
      const events: EventSink = (level, message, fields) => {
        if (level !== 'info') told.push(`${level} ${message} ${fields?.['message']}`);
      };
      const before = log.values('out').length;
      log.append('in', ...numbers.map((n) => ({ key: 'a', value: { id: 'a', n }, timestampMs: n * 1000 })));
      const stopping = new AbortController();
      const running = runPipeline(plan, { client: log, clock, events, signal: stopping.signal });
      const end = log.records('in').length;
      while (log.committedOffset('in') < end) await clock.sleep(2);
      stopping.abort();
      await running;
      return { told, out: (log.values('out') as Reading[]).slice(before).map(({ n }) => n) };
    };
    assert.deepEqual(await run(bySequence, 1, 3, 4), { told: [], out: [1] });
    assert.deepEqual(await run(once().to(output), 3, 10), { told: [LEFT(3)], out: [10] });
    assert.deepEqual(await run(byTime, 11, 12), { told: [LEFT(3)], out: [11] });
    const back = await run(bySequence, 2);
    assert.deepEqual(back.out, [2, 3, 4]);
    assert.deepEqual(back.told, [LEFT(1)]);
  });

test('a changelog that somebody deleted: the pipeline stops once, and says what is lost; behind an input it tells', async () => {
  const log = new ArrayLog(clock, { in: 1, out: 1 });
  const keeping = pipeline('q', { commitEvery: '5ms' })
    .from(input)
    .dedupe({ by: (r) => r.value.n, window: { count: 9 }, as: 'once' })
    .keyBy((r) => r.value.id, { as: 'by-id' })
    .reorder({ sequence: (r) => r.value.n, start: 1, gap: { onTimeout: 'wait' }, as: 'in-order' })
    .to(output);
  const told: string[] = [];
  const run = async (n: number, count: number) => {
    log.append('in', { key: 'a', value: { id: 'a', n } });
    const stopping = new AbortController();
    const events: EventSink = (level, message, fields) => {
      if (level !== 'info') told.push(`${message} ${fields?.['message']}`);
    };
    const running = runPipeline(keeping, { client: log, clock, events, signal: stopping.signal });
    let isOver = false;
    void running.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    while (!isOver && log.committedOffset('q-by-id-repartition') < count) await clock.sleep(2);
    stopping.abort();
    await running;
  };
  await run(2, 1);
  assert.deepEqual(told, []);
  log.forget('q-by-id-changelog');
  await assert.rejects(
    run(3, 9),
    /^PlanError: there was no 'q-by-id-changelog', though 'q-by-id-repartition' is read up to offset \d of partition 0: in-order would begin with nothing there\. If somebody deleted it, what was held in it is lost\. It is made now: to go on like that, start the pipeline again\. To do/,
  );
  log.forget('q-from-changelog');
  await run(4, 4);
  assert.deepEqual(told, [
    "pipeline.state.new there was no 'q-from-changelog', though 'in' is read up to offset 1 of partition 0: once would begin with nothing there. " +
      'That is right for a step that is new; if somebody deleted it, what was held in it is lost. To do the work again from an earlier place: gregor group seek',
  ]);
});
