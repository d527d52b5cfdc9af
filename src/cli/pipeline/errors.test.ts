/** Every message on docs/guides/pipeline-errors.md is the one that is shown. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import type { EventSink } from '../../base/index.ts';
import { nodeEnvironment } from '../../env/node/index.ts';
import { tellLeftState } from '../../pipelines/left-state.ts';
import { checkState } from '../../pipelines/lost-state.ts';
import { LostEnd, LostRecords } from '../../pipelines/lost-records.ts';
import { goneOutput } from '../../pipelines/gone-output.ts';
import { goneTopic, KnownTopics } from '../../pipelines/missing-topic.ts';
import { RedisLink } from '../../pipelines/outside/redis-link.ts';
import { SHARED_NAME } from '../../pipelines/run.ts';
import { DiskStore } from '../../pipelines/store/disk-store.ts';
import { explained, roomIn } from '../../pipelines/store/store-errors.ts';
import { prepareTopics } from '../../pipelines/topics.ts';
import type { LogClient, Membership } from '../../pipelines/index.ts';
import { openAnswerers } from '../../pipelines/outside/answerers.ts';
import { pipelineOfText } from '../../pipeline-text/index.ts';
import { runCase } from '../../streams/index.ts';
import { loadPipelines } from '../start/hosted-pipelines.ts';
import { requireReachable } from '../client/bootstrap.ts';
import { eventLine } from './event-line.ts';
import { pipelineFailure } from './failure.ts';
import { lintFiles } from './lint.ts';
import { loadFile } from './load.ts';
import { outputLine } from './output-line.ts';

const guides = path.join(import.meta.dirname, '../../../docs/guides');
const streams = path.join(import.meta.dirname, '../../streams/index.ts');
const page = readFileSync(path.join(guides, 'pipeline-errors.md'), 'utf8');
const shown = [...page.matchAll(/```\n([\s\S]*?)\n```/g)].map(([, message]) => message!);
const proven = new Set<string>();

function prove(message: string): void {
  assert.ok(shown.includes(message), `not on the page: ${message}`);
  proven.add(message);
}

const orders = (steps: string) => `pipeline: orders\nfrom: shop.raw\nto: shop.orders\nsteps:\n${steps}`;
const built = (steps: string) => pipelineOfText(orders(steps), 'orders.yaml').pipeline;
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function caught(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was wrong');
}

const failing = async (attempt: () => unknown) => messageOf(await caught(attempt));

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-errors-'));
  await use(folder).finally(() => rmSync(folder, { recursive: true }));
}

test('plans that cannot work', async () => {
  const none = '  - tap: value.customer';
  const computed = "  - enrich: { url: 'http://{value.host}/x', into: customer }";
  for (const steps of [
    '  - dedup: {}',
    '  - dedupe: { by: value.id }',
    '  - filter: total > 0',
    none,
    computed,
  ])
    prove(await failing(() => built(steps)));
  const reordering = 'reorder: { sequence: value.n, gap: { timeout: 1s }, overflow: ';
  for (const overflow of ['pause', 'spill'])
    prove(await failing(() => built(`  - keyBy: value.id\n  - ${reordering}${overflow} }`)));
  await inFolder(async (folder) => {
    const file = path.join(folder, 'orders.ts');
    writeFileSync(
      file,
      `import { pipeline, topic } from '${streams}';\n\nexport default pipeline('orders')\n  .from(topic('shop.raw'))\n  .dedupe({ window: {} })\n  .to(topic('shop.orders'));\n`,
    );
    prove((await failing(() => loadFile(file))).replace(`${folder}/`, ''));
  });
});

test('a program where none is started', async () => {
  const exec = '  - exec: [python3, clean.py]\n    as: clean\n';
  const { clock } = nodeEnvironment('/nonexistent');
  const task = { pipeline: 'orders', partition: 0, clock, events: undefined, programs: undefined };
  prove(await failing(() => openAnswerers(built(exec).layout.stages[0]!, task)));
  await inFolder(async (folder) => {
    const file = path.join(folder, 'orders.yaml');
    writeFileSync(file, orders(exec));
    prove((await failing(() => loadPipelines([file]))).replaceAll(`${folder}/`, ''));
  });
});

test('the wrong partition key', async (t) => {
  await inFolder(async (folder) => {
    const file = path.join(folder, 'orders.yaml');
    const steps =
      '  - keyBy: value.customerId\n    as: k\n  - dedupe: { by: value.orderId, window: { count: 5 } }\n    as: d\n';
    writeFileSync(file, `${orders(steps)}deadLetter: d\n`);
    const lines: string[] = [];
    t.mock.method(process.stdout, 'write', (line: string) => lines.push(line));
    t.mock.method(process.stderr, 'write', () => true);
    assert.equal(await lintFiles([file], { offline: true, timeout: '1' }), 1);
    t.mock.restoreAll();
    prove(lines.join('').trim().replace(`${folder}/`, ''));
  });
});

test('what is not there when it starts', async () => {
  const empty = { partitions: async () => new Map() } as unknown as LogClient;
  const missing = await caught(() => prepareTopics(empty, built('  - map: value').layout));
  prove(messageOf(pipelineFailure(missing, 'orders.yaml', 'orders')));
  prove(await failing(() => requireReachable([{ host: '127.0.0.1', port: 1 }], 1000)));
  prove(new LostRecords({ topic: 'shop.raw', partition: 0, offset: 10 }, 25).message);
  prove(new LostEnd({ topic: 'shop.raw', partition: 0, offset: 30 }, 25).message);
  prove(eventLine('warn', 'pipeline.fetch.failed', { message: goneTopic('shop.raw').message }));
  const others = async (names: readonly string[]) =>
    new Map(names.filter((name) => name !== 'shop.orders').map((name) => [name, 1]));
  const gone = await goneOutput(built('  - map: value').layout, {
    partitions: others,
  } as unknown as LogClient);
  prove(messageOf(pipelineFailure(gone, 'orders.yaml', 'orders')));
  const known = new KnownTopics();
  known.check('shop.raw', 'one');
  const remade = await caught(() => known.check('shop.raw', 'another'));
  prove(messageOf(pipelineFailure(remade, 'orders.yaml', 'orders')));
});

test('state on disk', async () => {
  await inFolder(async (root) => {
    const folder = path.join(root, 'state');
    const store = await DiskStore.open(folder, 'orders-changelog');
    prove((await failing(() => DiskStore.open(folder, 'orders-changelog'))).replace(folder, 'FOLDER'));
    store.apply([{ table: 't', key: 'k', value: Buffer.from('v') }], 1);
    await store.close();
    const { ClassicLevel } = await import('classic-level');
    const level = new ClassicLevel(folder, { keyEncoding: 'buffer' });
    await level.del(Buffer.from('\u0000') as never);
    await level.close();
    prove((await failing(() => DiskStore.open(folder, 'orders-changelog'))).replace(folder, 'FOLDER'));
    const full = new Error(`IO error: ${folder}/000003.log: No space left on device`); // a real one: full-disk.test.ts
    const room = await roomIn(folder, async () => ({ freeBytes: 4096, totalBytes: 1 }));
    prove(explained(full, folder, room).message.replace(folder, 'FOLDER'));
  });
});

test('records that cannot be processed, and a pipeline that stops itself', async () => {
  const driver = pipelineOfText(
    `${orders('  - filter: value.total > 0\n')}deadLetter: dlq.orders`,
    'orders.yaml',
  ).pipeline.test();
  driver.write('shop.raw', { value: '{"id":' }, { value: { id: 'c' } });
  for (const record of driver.read('dlq.orders')) prove(outputLine(record, true));
  const steps =
    '  - keyBy: value.id\n  - reorder: { sequence: value.n, start: 1, gap: { timeout: 1s, onTimeout: fail } }\n    as: in-order';
  const stopping = built(steps).test();
  const failure = await caught(() => {
    stopping.write(
      'shop.raw',
      { value: { id: 'a', n: 2 }, timestampMs: 0 },
      { value: { id: 'b', n: 1 }, timestampMs: 5000 },
    );
    stopping.advance('1m');
  });
  prove(messageOf(pipelineFailure(failure, 'orders.yaml', 'orders')));
});

test('a service that does not answer, and a test that does not say what it would', async () => {
  const source = `${orders("  - enrich: { url: 'http://127.0.0.1:1/{value.customer}', into: c, attempts: 2 }\n")}deadLetter: dlq.orders`;
  const { pipeline } = pipelineOfText(source, 'orders.yaml');
  const given = { name: 't', in: [{ value: { customer: '7' } }] };
  prove(runCase(pipeline, given)[0]!);
  const { clock } = nodeEnvironment('/nonexistent');
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  const http = { get: () => Promise.reject(refused) };
  const task = { pipeline: 'orders', partition: 0, clock, events: undefined, programs: undefined, http };
  const answerer = (await openAnswerers(pipeline.layout.stages[0]!, task)).get('enrich')!;
  const driver = pipeline.test();
  driver.write('shop.raw', given.in[0]!);
  const question = driver.questions[0]!;
  driver.refuse(question, await failing(() => answerer.answer(question.data)));
  for (const record of driver.read('dlq.orders')) prove(outputLine(record, true));
});

test('Redis is down', async () => {
  const { clock } = nodeEnvironment('/nonexistent');
  const told = await new Promise<string>((resolve) => {
    const events: EventSink = (level, message, fields) => {
      resolve(eventLine(level, message, fields));
      void link.close();
    };
    const task = { pipeline: 'orders', step: 'reorder', partition: 0, clock, events, programs: undefined };
    const link = new RedisLink('redis://127.0.0.1:1', '127.0.0.1:1', task);
    void link.call('return {}', ['key'], []);
  });
  prove(told);
});

test('state that no step has a place for', () => {
  const told: string[] = [];
  const events: EventSink = (level, message, fields) => told.push(eventLine(level, message, fields));
  const left = new Map([
    ['in-order.held', 7],
    ['in-order.keys', 5],
    ['~in-order.keys', 5],
  ]);
  tellLeftState(events, { task: 'by-order/0', changelog: 'orders-by-order-changelog' }, left);
  assert.equal(told.length, 1);
  prove(told[0]!);
});

test('a name that two pipelines have', () => {
  prove(eventLine('warn', 'pipeline.name.shared', { pipeline: 'orders', message: SHARED_NAME }));
});

test('a changelog that was deleted', async () => {
  const steps =
    '  - keyBy: value.id\n    as: by-order\n  - reorder: { sequence: value.n, start: 1, gap: { timeout: 1s } }\n    as: in-order';
  const lost = await caught(() =>
    checkState(new Set(['orders-by-order-changelog']), {
      layout: built(steps).layout,
      client: {} as LogClient,
      membership: { committed: async () => 12 } as unknown as Membership,
      partitionsOf: () => 1,
      events: undefined,
    }),
  );
  prove(messageOf(pipelineFailure(lost, 'orders.yaml', 'orders')));
});

test('nothing on the page is without proof', () => {
  assert.deepEqual(
    shown.filter((message) => !proven.has(message)),
    [],
  );
});
