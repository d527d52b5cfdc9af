/** At least once: whatever is lost on the way, every output is there, state never hides one, and only outputs are there twice. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Clock } from '../env/index.ts';
import type { EmbeddedBroker } from '../embed/index.ts';
import { nodeEnvironment } from '../env/node/index.ts';
import { type Duration, type Guarantee, pipeline, serde, topic } from '../streams/index.ts';
import { startBroker } from '../testing/index.ts';
import { KafkaLogClient } from './index.ts';
import { ArrayLog } from './log-fixture.ts';
import { runPipeline } from './run.ts';

interface Reading {
  readonly id: string;
  readonly n: number;
}

const { clock } = nodeEnvironment('/nonexistent');
const SETTINGS = { 'group.initial.rebalance.delay.ms': 0 };
const COUNT = 60;
const IDS = ['a', 'b'];
const TOPICS = { raw: 1, clean: 1, 'p-by-id-repartition': 2, 'p-by-id-changelog': 2, 'dlq.p': 1 };
const planOf = (guarantee: Guarantee, commitEvery: Duration = '2ms') =>
  pipeline('p', { commitEvery, guarantee })
    .from(topic('raw', { value: serde.json<Reading>() }))
    .keyBy((r) => r.value.id, { as: 'by-id' })
    .dedupe({ by: (r) => `${r.value.id}:${r.value.n}`, window: { count: 10_000 } })
    .reorder({ sequence: (r) => r.value.n, start: 0, gap: { onTimeout: 'wait' } })
    .to(topic('clean', { key: serde.text, value: serde.json<Reading>() }));

/** Shuffled over a distance of seven, and every third comes again a little later. */
const READINGS: readonly Reading[] = Array.from({ length: COUNT }, (_, i) => ({
  reading: { id: IDS[i % 2]!, n: Math.floor(i / 2) },
  at: i + ((i * 5) % 7),
}))
  .flatMap((one, i) => (i % 3 === 0 ? [one, { ...one, at: one.at + 11 }] : [one]))
  .sort((a, b) => a.at - b.at)
  .map(({ reading }) => reading);

/** What becomes of the next call: it is done, it never arrives, or nobody hears that it did. */
type Fate = 'done' | 'lost' | 'unheard';
const fate = fc.constantFrom<Fate>('done', 'done', 'lost', 'unheard');

/** Each number of each id, as often as it stands there. */
function timesOf(values: readonly unknown[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { id, n } of values as Reading[]) times.set(`${id}:${n}`, (times.get(`${id}:${n}`) ?? 0) + 1);
  return times;
}

/** The longest that counts up from 0 in the order of the topic, whatever lies between. */
function countsUp(values: readonly unknown[], id: string): number {
  let next = 0;
  for (const one of values as Reading[]) if (one.id === id && one.n === next) next++;
  return next;
}

/** Runs until all is there; `fates` befall sends and commits, in turn. */
async function outputsUnder(guarantee: Guarantee, fates: readonly Fate[]): Promise<unknown[]> {
  const log = new ArrayLog(clock, TOPICS);
  const coming = [...fates];
  const befall = () => {
    const next = coming.shift() ?? 'done';
    if (next === 'lost') throw new Error('it never arrived');
    return next === 'unheard';
  };
  log.onCommit = befall;
  log.onSend = befall;
  const stopping = new AbortController();
  // A failed task is opened again after a pause, which nobody needs to wait for here.
  const hurried: Clock = { ...clock, monotonic: () => clock.monotonic() * 100 };
  const running = runPipeline(planOf(guarantee), { client: log, clock: hurried, signal: stopping.signal });
  const ended = running.catch((error: unknown) => error);
  for (const [i, value] of READINGS.entries()) {
    log.append('raw', { value });
    if (i % 8 === 7) await clock.sleep(1);
  }
  for (let waited = 0; timesOf(log.values('clean')).size < COUNT && waited < 4_000; waited++)
    await clock.sleep(1);
  stopping.abort();
  assert.equal(await ended, undefined);
  return log.values('clean');
}

test('sends and commits that are lost, or done without an answer, lose nothing; what counts up still counts up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 40 }), async (fates) => {
      const values = await outputsUnder('at-least-once', fates);
      assert.equal(timesOf(values).size, COUNT);
      for (const id of IDS) assert.equal(countsUp(values, id), COUNT / 2);
    }),
    { numRuns: 12 },
  );
});

test('without a failure nothing is there twice; with one, outputs are, and exactly once they are not', async () => {
  const once = (values: readonly unknown[]) => [...timesOf(values).values()].every((times) => times === 1);
  assert.ok(once(await outputsUnder('at-least-once', [])));
  const fates = Array.from({ length: 60 }, (_, n): Fate => (n % 3 === 2 ? 'lost' : 'done'));
  assert.ok(!once(await outputsUnder('at-least-once', fates)));
  assert.ok(once(await outputsUnder('exactly-once', fates)));
});

async function valuesOf(broker: EmbeddedBroker, name: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const record of broker.read(name, { until: 'end' })) found.push(record.json());
  return found;
}

test('over the network: outputs can be read long before the commit; the broker is killed in between, and nothing is lost', async () => {
  await using broker = await startBroker({ topics: { raw: 1, clean: 1 }, settings: SETTINGS });
  const client = await KafkaLogClient.connect({ bootstrap: [broker.bootstrap], sessionTimeoutMs: 6_000 });
  const stopping = new AbortController();
  const membership = await client.join('p', ['raw']);
  await membership.leave();
  const plan = pipeline('p', { commitEvery: '5s', guarantee: 'at-least-once' })
    .from(topic('raw', { value: serde.json<Reading>() }))
    .dedupe({ by: (r) => `${r.value.id}:${r.value.n}`, window: { count: 10_000 } })
    .to(topic('clean', { value: serde.json<Reading>() }));
  let commits = 0;
  const onCommit = () => commits++;
  const running = runPipeline(plan, { client, clock, signal: stopping.signal, onCommit });
  let failure: unknown;
  running.catch((error: unknown) => (failure = error));
  const values = () => valuesOf(broker, 'clean');
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    while (!(await isSo())) {
      assert.equal(failure, undefined);
      await clock.sleep(20);
    }
  };
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({ value: { id: 'a', n: from + i } }));
  try {
    await until(() => commits > 0); // the first round ends with a commit, whatever it has read; the next one is 5 s away
    await broker.append('raw', numbers(0, 10));
    await until(async () => timesOf(await values()).size === 10);
    await clock.sleep(200); // a commit that had begun with them would be done
    assert.equal(await membership.committed('raw', 0), 0);
    await broker.kill();
    await broker.restart();
    await broker.append('raw', [...numbers(0, 10), ...numbers(10, 20)]);
    await until(async () => timesOf(await values()).size === 20);
    stopping.abort();
    await running;
    assert.equal(await membership.committed('raw', 0), 30);
    assert.equal(timesOf(await values()).size, 20);
  } finally {
    stopping.abort();
    await running.catch(() => undefined);
    await client.close();
  }
});
