/** PipelineRows: readers see their own write, committed rows only, and are told why where they cannot. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { nodeEnvironment } from '../env/node/index.ts';
import { type Duration, type Pipeline, pipeline, PlanError, serde, table, topic } from '../streams/index.ts';
import { startBroker } from '../testing/index.ts';
import { ArrayLog } from './log-fixture.ts';
import type { LogClient } from './log-client.ts';
import { PipelineRows, RowUnavailable } from './rows.ts';
import { runPipeline } from './run.ts';

interface Order {
  readonly id: string;
  readonly total: number;
}

const { clock } = nodeEnvironment('/nonexistent');
const raw = topic('raw', { value: serde.json<Order>() });
const out = topic('out', { key: serde.text, value: serde.json<unknown>() });
/** 'a' and 'd' have a partition of the hop each. */
const IDS = ['a', 'd'];

const start = (commitEvery: Duration) => pipeline('p', { commitEvery }).from(raw);
const totals = (commitEvery: Duration = '5ms') =>
  start(commitEvery)
    .keyBy((r) => r.value.id, { as: 'by-id' })
    .window({ tumbling: '1d' }, { as: 'totals' })
    .sum((r) => r.value.total)
    .map(({ value }) => value as unknown)
    .to(out);

function started(plan: Pipeline, client: LogClient) {
  const rows = new PipelineRows(plan, clock);
  const stopping = new AbortController();
  const running = runPipeline(plan, { client, clock, signal: stopping.signal, rows });
  running.catch(() => undefined); // told at the end
  return {
    rows,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}

function logFor(plan: Pipeline, topics: Readonly<Record<string, number>>): ArrayLog {
  const own = plan.layout.topics.map(({ name, kind }): [string, number] => [
    name,
    kind === 'dead letter' ? 1 : 2,
  ]);
  return new ArrayLog(clock, { out: 1, ...topics, ...Object.fromEntries(own) });
}

/** Where it lies. */
function write(log: ArrayLog, value: Order, partition = 0) {
  log.append('raw', { value, partition, timestampMs: 1_000 });
  const { offset } = log.records('raw').findLast((one) => one.partition === partition)!;
  return { topic: 'raw', partition, offset };
}

const refused = (asked: Promise<unknown>, message: RegExp) =>
  assert.rejects(asked, (error) => error instanceof PlanError && message.test(error.message));
const unavailable = (asked: Promise<unknown>, reason: string, message: RegExp) =>
  assert.rejects(
    asked,
    (error) => error instanceof RowUnavailable && error.reason === reason && message.test(error.message),
  );
const valueOf = (windows: unknown) => (windows as { value: number }[]).map(({ value }) => value);

test('a reader sees its own write each time, through a repartition', async () => {
  const plan = totals();
  const log = logFor(plan, { raw: 2 });
  await using running = started(plan, log);
  const { rows } = running;
  const sums: Record<string, number> = {};
  for (let n = 1; n <= 40; n++) {
    const id = IDS[n % 3 === 0 ? 1 : 0]!;
    sums[id] = (sums[id] ?? 0) + n;
    const after = write(log, { id, total: n }, n % 2);
    assert.deepEqual(await rows.get('totals', id, { after }), [
      { startMs: 0, endMs: 86_400_000, value: sums[id] },
    ]);
  }
  assert.equal(await rows.get('totals', 'nobody'), undefined);
});

test('through two repartitions, with a deduplication between, and of sessions', async () => {
  const plan = start('5ms')
    .keyBy((r) => r.value.id, { as: 'one' })
    .dedupe({ by: (r) => r.value.total, window: { count: 1000 } })
    .keyBy((r) => `customer ${r.value.id}`, { as: 'two' })
    .window({ session: '1h' }, { as: 'sessions' })
    .count()
    .map(({ value }) => value as unknown)
    .to(out);
  const log = logFor(plan, { raw: 1 });
  await using running = started(plan, log);
  const { rows } = running;
  for (let n = 1; n <= 10; n++) {
    const after = write(log, { id: 'a', total: n });
    write(log, { id: 'a', total: n });
    assert.deepEqual(valueOf(await rows.get('sessions', 'customer a', { after })), [n]);
  }
});

test('only what is committed is seen, and a position that is not reached is named when the time is over', async () => {
  const plan = totals();
  const log = logFor(plan, { raw: 1 });
  const gate = Promise.withResolvers<void>();
  let isShut = false;
  const open = log.open.bind(log);
  log.open = async (id) => {
    const writer = await open(id);
    const commit: typeof writer.commit = async (transaction) => {
      if (isShut && id === 'p-by-id-0') await gate.promise;
      return writer.commit(transaction);
    };
    return { ...writer, commit };
  };
  const early = new PipelineRows(plan, clock);
  await unavailable(early.get('totals', 'a', { timeoutMs: 1 }), 'timeout', /it does not run here/);
  await using running = started(plan, log);
  const { rows } = running;
  assert.equal(await rows.get('totals', 'a'), undefined);
  isShut = true;
  const after = write(log, { id: 'a', total: 1 });
  for (let n = 0; n < 20; n++) {
    assert.equal(await rows.get('totals', 'a'), undefined);
    await clock.sleep(5);
  }
  await unavailable(
    rows.get('totals', 'a', { after, timeoutMs: 30 }),
    'timeout',
    /not within the time: p-by-id-repartition, partition 0, is committed up to 0, not [1-9]/,
  );
  gate.resolve();
  assert.deepEqual(valueOf(await rows.get('totals', 'a', { after })), [1]);
});

test('what nobody can promise is refused, with the reason', async () => {
  const plan = start('5ms')
    .keyBy((r) => r.value.id, { as: 'by-id' })
    .reorder({ as: 'ordered', sequence: (r) => r.value.total, gap: { timeout: '1h' } })
    .window({ tumbling: '1d' }, { as: 'totals' })
    .count()
    .map(({ value }) => value as unknown)
    .to(out);
  const rows = new PipelineRows(plan, clock);
  const after = { topic: 'raw', partition: 0, offset: 0 };
  await refused(
    rows.get('totals', 'a', { after }),
    /'ordered' may hold records of 'raw' back before they reach 'totals'/,
  );
  await refused(
    rows.get('ordered', 'a'),
    /'ordered' keeps nothing that can be asked by key; .* here: totals/,
  );
  await refused(
    rows.get('totals', 'a', { after: { ...after, topic: 'else' } }),
    /nothing of 'else' comes to 'totals'/,
  );
});

test('a row of a table after its own write, though no record of a stream comes: in parts, whole, and as of event time', async () => {
  const customers = table('customers', { key: serde.text, value: serde.json<{ tier: number }>() });
  const regions = table('regions', { key: serde.text, value: serde.json<string>(), global: true });
  const plan = start('5ms')
    .join(regions, { as: 'region', on: () => 'north', kind: 'left' }, (order) => order)
    .keyBy((r) => r.value.id, { as: 'by-id' })
    .join(customers, { as: 'customer', kind: 'left' }, (order, row) => ({ ...order, ...row }))
    .join(
      customers,
      { as: 'then', kind: 'left', asOf: 'event-time', keepVersions: '1h' },
      (order) => order as unknown,
    )
    .to(out);
  const log = logFor(plan, { raw: 1, customers: 2, regions: 2 });
  await using running = started(plan, log);
  const { rows } = running;
  const place = (name: string, key: string) => {
    const { partition, offset } = log.records(name).findLast((one) => one.key!.toString() === key)!;
    return { topic: name, partition, offset };
  };
  for (let tier = 1; tier <= 3; tier++)
    for (const key of IDS) {
      log.append('customers', { key, value: { tier } });
      const after = place('customers', key);
      for (const step of ['customer', 'then'])
        assert.deepEqual(await rows.get(step, key, { after }), { tier });
      log.append('regions', { key, value: `${key}${tier}` });
      assert.equal(await rows.get('region', key, { after: place('regions', key) }), `${key}${tier}`);
    }
  log.append('customers', { key: 'a' });
  const after = place('customers', 'a');
  for (const step of ['customer', 'then']) assert.equal(await rows.get(step, 'a', { after }), undefined);
  const other = { ...after, partition: 1 - after.partition };
  await refused(rows.get('customer', 'a', { after: other }), /lies in customers, partition 0, .* in 1/);
  await refused(rows.get('customer', 'a', { after: { ...after, topic: 'raw' } }), /come from 'customers'/);
});

test('the rows of a task that another process runs are refused with its name; a write that went through it is followed', async () => {
  const plan = totals();
  const log = logFor(plan, { raw: 2 });
  const half = (mine: number) => {
    const join = async (group: string, topics: readonly string[]) => {
      const whole = await log.join(group, topics);
      const assignment = new Map([...whole.assignment.keys()].map((name) => [name, [mine]]));
      return { ...whole, assignment };
    };
    return {
      recordsPerCommit: 1000,
      partitions: log.partitions.bind(log),
      create: log.create.bind(log),
      open: log.open.bind(log),
      readAll: log.readAll.bind(log),
      end: log.end.bind(log),
      join,
      close: () => log.close(),
    } satisfies LogClient;
  };
  await using one = started(plan, half(0));
  await using two = started(plan, half(1));
  for (let n = 1; n <= 10; n++) {
    const after = write(log, { id: 'a', total: 1 }, 1); // the input of one process, the key of the other
    assert.deepEqual(valueOf(await one.rows.get('totals', 'a', { after })), [n]);
  }
  await unavailable(
    two.rows.get('totals', 'a'),
    'elsewhere',
    /p: rows of 'totals' for that key belong to task by-id\/0, which another process runs/,
  );
});

test('inside a broker: what append answers is what get waits for, also after a kill', async () => {
  await using broker = await startBroker({ topics: { raw: 2, out: 1 } });
  const running = await broker.run(totals());
  const add = async (total: number) => {
    const [place] = await broker.append('raw', [{ value: { id: 'a', total }, timestamp: 1_000 }]);
    return { topic: 'raw', ...place! };
  };
  let sum = 0;
  for (let n = 1; n <= 6; n++) {
    sum += n;
    const after = await add(n);
    assert.deepEqual(valueOf(await running.get('totals', 'a', { after })), [sum]);
    if (n % 2 === 0) {
      await broker.kill();
      await broker.restart();
      assert.deepEqual(valueOf(await running.get('totals', 'a', { after })), [sum]);
    }
  }
  await running.stop();
});
