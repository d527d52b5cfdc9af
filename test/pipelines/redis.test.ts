/** Pipelines that hold records in a real Redis: emptied, killed and away at random moments, the outputs are those of a run without it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import type { EventSink } from '../../src/base/index.ts';
import { SeededRandom } from '../../src/env/seeded-random.ts';
import { nodeEnvironment } from '../../src/env/node/index.ts';
import { ArrayLog } from '../../src/pipelines/log-fixture.ts';
import { runPipeline } from '../../src/pipelines/run.ts';
import {
  type DedupeOptions,
  type Pipeline,
  pipeline,
  type RedisOptions,
  serde,
  topic,
} from '../../src/streams/index.ts';
import { hurriedClock } from './hurried-clock.ts';
import { noRedis, RedisServer } from './redis-server.ts';

const { clock } = nodeEnvironment('/nonexistent');
const KEYS = 20;
const N = 2_000;
/** A task that failed pauses for up to 5 s, and a Redis that is away is asked again as seldom: of the pipeline’s time, which runs faster. */
const HURRY = 5;
const COMMIT_EVERY = `${HURRY * 20}ms` as const;
/** Longer than such a pause. Records of the end may all be out before anybody asks: then nothing is noticed. */
const NOTICED_WITHIN_MS = 1_100;

interface Event {
  readonly key: string;
  readonly n: number;
  readonly at: number;
}
const input = topic('in', { key: serde.text, value: serde.json<Event>() });
const output = topic('out', { key: serde.text, value: serde.json<Event>() });

const bySequence = (store?: RedisOptions) =>
  pipeline('seq', { commitEvery: COMMIT_EVERY })
    .from(input)
    .reorder({ sequence: (r) => r.value.n, start: 0, gap: { onTimeout: 'wait' }, ...(store && { store }) })
    .to(output);
const byTime = (store?: RedisOptions) =>
  pipeline('time', { commitEvery: COMMIT_EVERY })
    .from(input)
    .eventTime((r) => r.value.at, { maxOutOfOrder: '400s', idleAfter: '1d' })
    .reorder({ by: 'event-time', ...(store && { store }) })
    .to(output);

const groups = (store?: RedisOptions) =>
  pipeline('groups', { commitEvery: COMMIT_EVERY })
    .from(input)
    .eventTime((r) => r.value.at, { maxOutOfOrder: '400s', idleAfter: '1d' })
    .reorder({
      group: (r) => `${r.value.key}:${Math.floor(r.value.n / 4)}`,
      complete: 4,
      timeout: '1d',
      ...(store && { store }),
    })
    .to(output);

/** Behind all others in time, so that they are out of order no more. */
const END: Event = { key: 'end', n: 0, at: 2e12 };

/** Each key counts up; shuffled over a distance of 200, a hundredth comes twice; and then the end. */
function mess(): Event[] {
  const events = Array.from({ length: N }, (_, i) => ({
    key: `k${i % KEYS}`,
    n: Math.floor(i / KEYS),
    at: 1e12 + i * 1000,
  }))
    .flatMap((event, i) => [
      { event, place: i + ((i * i * 31 + i * 17) % 197) },
      ...(i % 100 === 0 ? [{ event, place: i + 300 }] : []),
    ])
    .sort((a, b) => a.place - b.place)
    .map(({ event }) => event);
  return [...events, END];
}

/** What comes out of it in memory. */
function expectedOf(plan: Pipeline): string[] {
  const driver = plan.test({ partitions: { in: 1, out: 1 } });
  driver.write('in', ...mess().map((value) => ({ key: value.key, value, timestampMs: value.at })));
  return driver.read('out').map(({ value }) => String(value));
}

interface Trouble {
  /** Called all the time while the pipeline runs. */
  readonly during: (told: readonly string[]) => Promise<void>;
}

/** Half-way the pipeline is stopped and started again. */
async function run(plan: Pipeline, count: number, trouble: Trouble) {
  const log = new ArrayLog(clock, { in: 1, out: 1 });
  const told: string[] = [];
  const events: EventSink = (_level, message, fields) => told.push(`${message} ${fields?.['message'] ?? ''}`);
  let failure: unknown;
  const start = () => {
    const stopping = new AbortController();
    const running = runPipeline(plan, {
      ...{ client: log, clock: hurriedClock(clock, HURRY) },
      ...{ events, signal: stopping.signal },
    });
    running.catch((error: unknown) => (failure = error));
    return async () => {
      stopping.abort();
      await running;
    };
  };
  let stop = start();
  const records = mess();
  for (let at = 0; at < records.length; at += 125) {
    const some = records.slice(at, at + 125);
    log.append(
      'in',
      ...some.map((value) => ({ key: value.key, value, timestampMs: value.at, partition: 0 })),
    );
    await clock.sleep(30);
    await trouble.during(told);
    if (at !== 1000) continue;
    await stop();
    stop = start();
  }
  while (log.records('out').length < count && failure === undefined) {
    await clock.sleep(20);
    await trouble.during(told);
  }
  await stop();
  return { log, told };
}

/** Empties it or kills it at random; it is away until records came and that was noticed: a task that failed just before pauses first. */
function troublesome(redis: RedisServer, seed: string, empty: () => readonly string[]) {
  const random = new SeededRandom(seed);
  let isAway = false;
  let noticed = 0;
  const made = {
    count: 0,
    async during(told: readonly string[]): Promise<void> {
      if (isAway) {
        const deadline = clock.monotonic() + NOTICED_WITHIN_MS;
        while (outages(told) === noticed && clock.monotonic() < deadline) await clock.sleep(20);
        noticed = outages(told);
        await redis.restart();
        isAway = false;
        return;
      }
      if (made.count >= 10 || random.below(2) === 0) return;
      made.count++;
      isAway = made.count % 4 === 2;
      if (isAway) await redis.kill();
      else await redis.command(...empty());
    },
  };
  return made;
}

/** By a step that waits, or by a task that could not be opened. */
const outages = (told: readonly string[]) =>
  told.filter((one) => /^pipeline\.(redis\.down|task\.failed Redis) /.test(one)).length;
const texts = (log: ArrayLog) => log.records('out').map(({ value }) => String(value));

for (const [name, made] of Object.entries({
  'by sequence': bySequence,
  'by event time': byTime,
  'by completeness': groups,
}))
  test(`reorder ${name} in a Redis that is emptied and killed at random moments`, {
    skip: noRedis,
  }, async () => {
    await using redis = await RedisServer.start();
    const expected = expectedOf(made());
    const trouble = troublesome(redis, 'redis', () => ['FLUSHALL']);
    const found = await run(made({ redis: redis.url }), expected.length, trouble);
    assert.deepEqual(texts(found.log), expected);
    const messages = found.told.join('\n');
    assert.match(
      messages,
      /pipeline\.redis\.down .+; the step waits and goes on when it is back, nothing is lost/,
    );
    assert.match(messages, /pipeline\.redis\.back/);
    assert.match(
      messages,
      /pipeline\.task\.failed the record at offset \d+, .+ is gone from the cache: it is read again/,
    );
    assert.ok(trouble.count >= 6, `${trouble.count}`);
  });

const once = (dedupe: Partial<DedupeOptions<string, Event>>, store?: RedisOptions) =>
  pipeline('ids', { commitEvery: COMMIT_EVERY })
    .from(input)
    .eventTime((r) => r.value.at, { maxOutOfOrder: '400s', idleAfter: '1d' })
    .dedupe({
      by: (r) => `${r.value.key}:${r.value.n}`,
      window: { time: '1d' },
      ...dedupe,
      ...(store && { store }),
    })
    .to(output);

for (const [name, options] of Object.entries({
  'by time': {},
  'by count': { window: { count: 300 } },
  'keep last': { keep: 'last' as const, window: { time: '100s' as const, count: 480 } },
}))
  test(`dedupe ${name} in a Redis that is emptied and killed at random moments`, {
    skip: noRedis,
  }, async () => {
    await using redis = await RedisServer.start();
    const expected = expectedOf(once(options));
    const trouble = troublesome(redis, 'ids', () =>
      trouble.count % 2 === 0 ? ['FLUSHALL'] : ['DEL', 'gregor:{ids/dedupe/0}:times'],
    );
    const { log, told } = await run(once(options, { redis: redis.url }), expected.length, trouble);
    await clock.sleep(100);
    assert.deepEqual(texts(log), expected);
    assert.match(
      told.join('\n'),
      /the rows of step dedupe are gone from the cache: they are read from the changelog again/,
    );
    assert.ok(trouble.count >= 6, `${trouble.count}`);
  });

test('ids in memory, in Redis and back, with state on disk: each once', { skip: noRedis }, async () => {
  await using redis = await RedisServer.start();
  const folder = mkdtempSync(path.join(tmpdir(), 'gregor-state-'));
  const log = new ArrayLog(clock, { in: 1, out: 1 });
  let written = 0;
  for (const store of [undefined, { redis: redis.url }, undefined, { redis: redis.url }]) {
    const plan = pipeline('p', { commitEvery: '20ms', state: { store: 'disk', folder } })
      .from(topic('in', { key: serde.text }))
      .dedupe({ window: { count: 1000 }, ...(store && { store }) })
      .to(topic('out', { key: serde.text }));
    written += 25;
    log.append('in', ...Array.from({ length: written }, (_, n) => ({ key: String(n) })));
    const stopping = new AbortController();
    const running = runPipeline(plan, { client: log, clock, signal: stopping.signal });
    while (log.committedOffset('in') < log.records('in').length) await clock.sleep(5);
    stopping.abort();
    await running;
  }
  const keys = log.records('out').map(({ key }) => Number(key));
  assert.deepEqual(
    keys,
    Array.from({ length: written }, (_, n) => n),
  );
  rmSync(folder, { recursive: true });
});
