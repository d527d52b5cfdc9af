/** Trim: repartition topics end where their readers stand, nothing else is touched, and nobody notices. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import { nodeEnvironment } from '../env/node/index.ts';
import { type Pipeline, pipeline, serde, topic } from '../streams/index.ts';
import { ArrayLog } from './log-fixture.ts';
import type { LogClient, Membership, Position } from './log-client.ts';
import { rehearsed } from './rehearsal.ts';
import { runPipeline } from './run.ts';

interface Reading {
  readonly id: string;
  readonly n: number;
}

const { clock } = nodeEnvironment('/nonexistent');
const TOPICS = { raw: 1, clean: 1, 'p-by-id-repartition': 2, 'p-by-id-changelog': 2, 'dlq.p': 1 };
const HOP = 'p-by-id-repartition';
const start = pipeline('p', { commitEvery: '5ms' })
  .from(topic('raw', { value: serde.json<Reading>() }))
  .keyBy((r) => r.value.id, { as: 'by-id' });
const clean = topic('clean', { key: serde.text, value: serde.json<Reading>() });
const plan = start.dedupe({ by: (r) => `${r.value.id}:${r.value.n}`, window: { count: 1000 } }).to(clean);

/** Of two ids that have a partition of the hop each, numbers from `from` on, each twice. */
function readings(from: number, to: number): { value: Reading }[] {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  return numbers.flatMap((n) => ['a', 'd', 'a', 'd'].map((id) => ({ value: { id, n } })));
}

function started(client: LogClient, { run = plan, events, at = clock }: Options = {}) {
  const stopping = new AbortController();
  const told = events === undefined ? {} : { events };
  const running = runPipeline(run, { client, clock: at, signal: stopping.signal, ...told });
  running.catch(() => undefined); // `stop` tells it
  const stop = () => {
    stopping.abort();
    return running;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

interface Options {
  readonly run?: Pipeline;
  readonly events?: EventSink;
  readonly at?: Clock;
}

async function until(isDone: () => boolean): Promise<void> {
  const deadline = clock.monotonic() + 10_000;
  while (!isDone()) {
    assert.ok(clock.monotonic() < deadline, 'it never came');
    await clock.sleep(2);
  }
}

const counted = (log: ArrayLog) => log.records('clean').length;
const starts = (log: ArrayLog) => [log.startOf(HOP, 0), log.startOf(HOP, 1)];
const offsets = (log: ArrayLog) => [log.committedOffset(HOP, 0), log.committedOffset(HOP, 1)];

function checkOnceInOrder(log: ArrayLog, numbers: number): void {
  const found = log.values('clean') as Reading[];
  for (const id of ['a', 'd'])
    assert.deepEqual(
      found.filter((one) => one.id === id).map(({ n }) => n),
      Array.from({ length: numbers }, (_, n) => n),
    );
}

/** What is asked to be deleted, and a wait that ends with a failure when that is more than was committed. */
function watched(log: ArrayLog) {
  const asked: Position[] = [];
  const tooFar: string[] = [];
  const trim = log.deleteRecords.bind(log);
  log.deleteRecords = async (before) => {
    asked.push(...before);
    for (const { topic: name, partition, offset } of before)
      if (offset > log.committedOffset(name, partition)) tooFar.push(`${name}/${partition} before ${offset}`);
    await trim(before);
  };
  const waitFor = async (isDone: () => boolean) => {
    await until(() => tooFar.length > 0 || isDone());
    assert.deepEqual(tooFar, []); // thrown inside, it would only be told as a trim that failed
  };
  return { asked, waitFor };
}

test('a repartition topic is deleted behind its readers, nothing else is, and a start from there goes on as before', async () => {
  const log = new ArrayLog(clock, TOPICS);
  const { asked, waitFor } = watched(log);
  for (const round of [1, 2, 3]) {
    log.append('raw', ...readings((round - 1) * 10, round * 10));
    await using run = started(log);
    await waitFor(() => counted(log) === round * 20);
    await run.stop();
  }
  await using run = started(log); // what was committed last is deleted by the next start
  log.append('raw', ...readings(30, 31));
  await waitFor(() => counted(log) === 62 && starts(log).every((one) => one >= 60));
  await run.stop();
  assert.ok(starts(log).every((one, partition) => one <= offsets(log)[partition]!));
  assert.deepEqual([...new Set(asked.map((one) => one.topic))], [HOP]);
  checkOnceInOrder(log, 31);
});

test('what a step holds by reference is kept: nothing is deleted from the oldest of them on', async () => {
  const log = new ArrayLog(clock, TOPICS);
  const { waitFor } = watched(log);
  const gap = { onTimeout: 'wait' } as const;
  const sequence = { sequence: (r: { readonly value: Reading }) => r.value.n, start: 0, gap };
  // The cache is a stand-in that every start finds empty.
  const run = rehearsed(start.reorder({ ...sequence, store: { redis: 'redis://127.0.0.1:1' } }).to(clean));
  const only = (id: string, ...numbers: number[]) =>
    log.append('raw', ...numbers.map((n) => ({ value: { id, n } })));
  only('a', 0, 1);
  only('d', 0);
  only('a', 3, 4);
  await using first = started(log, { run });
  await waitFor(() => counted(log) === 3);
  only('d', ...Array.from({ length: 20 }, (_, i) => i + 1));
  await waitFor(() => counted(log) === 23);
  await first.stop();
  only('d', 21);
  await using second = started(log, { run });
  await waitFor(() => counted(log) === 24 && Math.max(...starts(log)) > 0);
  const held = log.records(HOP).find(({ value }) => value?.toString().includes('"n":3') === true)!;
  assert.equal(log.committedOffset(HOP, held.partition), held.offset);
  assert.ok(log.startOf(HOP, held.partition) <= held.offset);
  only('a', 2);
  await waitFor(() => counted(log) === 27);
  await second.stop();
  const found = (log.values('clean') as Reading[]).filter(({ id }) => id === 'a');
  assert.deepEqual(
    found.map(({ n }) => n),
    [0, 1, 2, 3, 4],
  );
});

test('a process that ends between commit and trim leaves nothing but the trim', async () => {
  const log = new ArrayLog(clock, TOPICS);
  const trim = log.deleteRecords.bind(log);
  let isAsked = false;
  log.deleteRecords = async () => {
    isAsked = true;
    await new Promise(() => {}); // for ever: the process is gone
  };
  log.append('raw', ...readings(0, 10));
  await using first = started(log);
  await until(() => counted(log) === 20 && isAsked);
  await first.stop();
  assert.deepEqual(starts(log), [0, 0]);
  log.deleteRecords = trim;
  log.append('raw', ...readings(10, 11));
  await using second = started(log);
  await until(() => counted(log) === 22 && starts(log).every((one) => one > 0));
  await second.stop();
  checkOnceInOrder(log, 11);
});

test('a trim that fails is told once and tried again, and the pipeline goes on', async () => {
  const hurried: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() * 1000,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    after: (ms, wake) => clock.after(ms, wake),
    turn: () => clock.turn(),
  };
  const log = new ArrayLog(clock, TOPICS);
  const trim = log.deleteRecords.bind(log);
  let failures = 0;
  log.deleteRecords = async (before) => {
    if (++failures <= 3) throw new Error('not allowed');
    await trim(before);
  };
  const told: string[] = [];
  const events: EventSink = (level, message, fields) =>
    void (level === 'warn' && told.push(`${message}: ${String(fields?.['message'])}`));
  await using run = started(log, { events, at: hurried });
  for (let n = 0; Math.min(...starts(log)) === 0; n++) {
    log.append('raw', ...readings(n, n + 1));
    await until(() => counted(log) === 2 * (n + 1));
  }
  await run.stop();
  assert.deepEqual(told, ['pipeline.trim.failed: not allowed']);
});

test('who hears late that a task is another’s finds the topic trimmed, lets the task go, and nothing is lost or twice', async () => {
  const log = new ArrayLog(clock, TOPICS);
  const { promise: awake, resolve: wake } = Promise.withResolvers<void>();
  let isAsleep = false;
  const sleepy = (membership: Membership): Membership => ({
    ...membership,
    fetch: async (positions, waitMs) => {
      if (isAsleep) await awake;
      return membership.fetch(positions, waitMs);
    },
  });
  const late = Object.assign(Object.create(log) as ArrayLog, {
    ...{ partitions: log.partitions.bind(log), create: log.create.bind(log), open: log.open.bind(log) },
    ...{ readAll: log.readAll.bind(log), deleteRecords: () => Promise.resolve() },
    join: async (group: string, topics: readonly string[]) => sleepy(await log.join(group, topics)),
  });
  const told: string[] = [];
  const events: EventSink = (_level, message, fields) =>
    void told.push(`${message}: ${String(fields?.['message'])}`);
  log.append('raw', ...readings(0, 5));
  await using old = started(late, { events });
  await until(() => counted(log) === 10);
  isAsleep = true;
  await clock.sleep(20);
  const standing = offsets(log);
  log.append('raw', ...readings(5, 10));
  await using present = started(log);
  await until(() => counted(log) === 20);
  await present.stop();
  await using again = started(log);
  await until(() => starts(log).every((one, partition) => one > standing[partition]!));
  await again.stop();
  wake();
  await until(() => told.some((text) => text.includes('another owner has gone on from')));
  log.append('raw', ...readings(10, 11));
  await until(() => counted(log) === 22);
  await old.stop();
  checkOnceInOrder(log, 11);
});
