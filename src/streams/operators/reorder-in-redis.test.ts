/** reorder with its records in a cache that loses them at any moment: the same outputs as with them in state. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Driver } from '../driver/driver.ts';
import { type Batch, type Event, events, histories, outcome } from '../driver/history-fixture.ts';
import { finish, type Pipeline } from '../plan/pipeline.ts';
import { frozen, type PlanNode } from '../plan/node.ts';
import { serde } from '../plan/serde.ts';
import { pipeline } from '../plan/start.ts';
import { table } from '../plan/table.ts';
import { topic } from '../plan/topic.ts';
import { headerText } from '../record.ts';
import { pretendCache } from './redis-options.ts';
import type { ReorderOptions } from './reorder-options.ts';

const REDIS = { redis: 'redis://127.0.0.1:6379/3' };

/** Some records become two. Behind a repartition both have one source. */
function plan(
  options: ReorderOptions<string, Event>,
  { isRepartitioned = false, isJoined = false }: Ways = {},
): Pipeline {
  const made = pipeline('p')
    .from(events)
    .eventTime((r) => r.value.at * 1000, { maxOutOfOrder: '2s' })
    .flatMap((r) => (r.value.content === 2 ? [r.value, { ...r.value, n: r.value.n + 1000 }] : [r.value]));
  const keyed = isRepartitioned ? made.keyBy((r) => `${r.value.partition}`, { as: 'parted' }) : made;
  const ordered = keyed.reorder(options);
  if (!isJoined) return ordered.to(outcome);
  return ordered
    .join(
      table('rows', { key: serde.text, value: serde.json<number>(), global: true }),
      { kind: 'left', on: (r) => r.value.key },
      (event, id) => ({ ...event, id: id ?? -1 }),
    )
    .to(outcome);
}

/** The same plan with caches that the test can empty. */
function forgetful(made: Pipeline): { pipeline: Pipeline; flush: (chance: number) => void } {
  const caches: Map<string, Buffer>[] = [];
  const pretend = () => {
    const cache = new Map<string, Buffer>();
    caches.push(cache);
    return pretendCache(cache);
  };
  const changed = (node: PlanNode): PlanNode => {
    const inputs = node.inputs.map((input) => ({ ...input, node: changed(input.node) }));
    const isCached = node.kind === 'step' && node.outside?.isPinning === true;
    return frozen(
      isCached ? { ...node, inputs, outside: { ...node.outside!, pretend } } : { ...node, inputs },
    ) as PlanNode;
  };
  return {
    pipeline: finish(made.settings, made.sinks.map(changed) as Pipeline['sinks'][number][]),
    flush(chance) {
      for (const cache of caches)
        for (const key of [...cache.keys()]) if (chance % 3 !== key.length % 3) cache.delete(key);
      if (chance % 5 === 0) for (const cache of caches) cache.clear();
    },
  };
}

function write(driver: Driver, batch: readonly Event[]): void {
  const records = batch.map((one) => ({
    key: one.key,
    value: one,
    partition: one.partition,
    timestampMs: one.at * 1000,
  }));
  driver.write('in', ...records);
}

interface Ways {
  readonly isRepartitioned?: boolean;
  /** With a table, of which a row changes before each batch. */
  readonly isJoined?: boolean;
  /** Some are dead-lettered at once, others when the cache has answered. */
  readonly isDeadUnordered?: boolean;
}

/** By partition: which partition's task commits first after a loss is of no interest. */
function told(driver: Driver, name: string): string[][] {
  const records = driver.read(name).map(({ value, headers }) => {
    const event = JSON.parse(value!.toString()) as Event;
    const marks = ['x-gap', 'x-late', '__streams.errors.reason', 'x-src'].map(
      (key) => headerText(headers, key) ?? '',
    );
    return { partition: event.partition, text: `${event.n} ${event.id} ${marks.join(' ')}` };
  });
  return [0, 1].map((partition) =>
    records.filter((one) => one.partition === partition).map(({ text }) => text),
  );
}

function same(
  options: ReorderOptions<string, Event>,
  batches: readonly Batch[],
  chances: Iterator<number>,
  ways: Ways = {},
): void {
  const driverOptions = { partitions: { in: 2, out: 1 } };
  const inState = plan(options, ways).test(driverOptions);
  const { pipeline: cached, flush } = forgetful(plan({ ...options, store: REDIS }, ways));
  const inCache = cached.test(driverOptions);
  let n = 0;
  for (const batch of batches) {
    if (chances.next().value < 40) flush(chances.next().value as number);
    const row = { key: 'abc'.charAt(n++ % 3), value: n };
    if (ways.isJoined === true) for (const driver of [inState, inCache]) driver.write('rows', row);
    if (batch === 'crash') inCache.crash();
    else for (const driver of [inState, inCache]) write(driver, batch);
    if (chances.next().value < 20) flush(chances.next().value as number);
  }
  // A task that had to be opened again counts the silence from there.
  for (let n = 0; n < 3; n++) for (const driver of [inState, inCache]) driver.advance('100s');
  assert.deepEqual(told(inCache, 'out'), told(inState, 'out'));
  const [cachedDead, dead] = [told(inCache, 'dlq.p'), told(inState, 'dlq.p')];
  if (ways.isDeadUnordered === true) for (const some of [...cachedDead, ...dead]) some.sort();
  assert.deepEqual(cachedDead, dead);
}

const chances = fc.infiniteStream(fc.nat({ max: 99 }));

for (const onDuplicate of ['drop', 'last'] as const)
  test(`by sequence, duplicates: ${onDuplicate}: with crashes and a cache that loses some or all, as if held in state`, () => {
    fc.assert(
      fc.property(histories({ ids: 8, jitter: 4 }), chances, (batches, stream) =>
        same({ sequence: (r) => r.value.id, start: 1, gap: { timeout: '6s' }, onDuplicate }, batches, stream),
      ),
      { numRuns: 60 },
    );
  });

const WAYS: Readonly<Record<string, Ways>> = {
  '': {},
  ', behind a repartition': { isRepartitioned: true },
  ', before a join with a table in its stage': { isJoined: true },
};

for (const [where, ways] of Object.entries(WAYS))
  test(`by event time${where}: with crashes and a cache that loses some or all, as if held in state`, () => {
    fc.assert(
      fc.property(histories({ ids: 8, jitter: 4 }), chances, (batches, stream) =>
        same({ by: 'event-time', grace: '1s', buffer: { total: 6 }, onLate: 'mark' }, batches, stream, ways),
      ),
      { numRuns: 60 },
    );
  });

for (const [complete, onTimeout, overflow] of [
  [3, 'dead-letter', 'dead-letter'],
  [3, 'release', 'dead-letter'],
  [5, 'release', 'release-oldest'],
] as const)
  test(`groups of ${complete}, else ${onTimeout}; with 4 ${overflow}: with crashes and a cache that loses some or all, as if held in state`, () => {
    fc.assert(
      fc.property(
        histories({ ids: 5, jitter: 4 }),
        chances,
        fc.boolean(),
        (batches, stream, isRepartitioned) =>
          same(
            {
              group: (r) => r.value.id,
              complete,
              order: (r) => -r.value.n,
              timeout: '6s',
              forgetAfter: '3s',
              buffer: { perGroup: 4 },
              onTimeout,
              overflow,
              onLate: 'mark',
            },
            batches,
            stream,
            { isRepartitioned, isDeadUnordered: true },
          ),
      ),
      { numRuns: 60 },
    );
  });

test('a condition that needs all records of a group is refused: they are not here', () => {
  const of = (complete: number | (() => boolean)) => () =>
    plan({ group: 'key', complete, timeout: '1s', store: REDIS });
  assert.match(of(3)().plan(), /complete: 3 records; .+ held in Redis at 127/);
  assert.throws(
    of(() => true),
    /with store\.redis, complete is a number: .+ give the number of records, or leave out store/,
  );
});

test('a step before it that would take what is read again for new records is refused, with what to do', () => {
  const raw = pipeline('p').from(topic('in', { key: serde.text }));
  const held = { by: 'event-time', store: REDIS } as const;
  assert.throws(
    () =>
      raw
        .dedupe({ window: { count: 9 } })
        .reorder(held)
        .to(topic('out', { key: serde.text })),
    /after a start they are read again, and 'dedupe' keeps ids of .+ put keyBy\(…\) right before 'reorder'/,
  );
  assert.throws(
    () =>
      raw
        .reorder(held)
        .reorder({ ...held, as: 'again' })
        .to(topic('out', { key: serde.text })),
    /and so does a step before it/,
  );
  assert.throws(
    () => raw.reorder({ by: 'event-time', store: { redis: 'localhost' } }),
    /it is an address such as redis:/,
  );
  const shared = { redis: 'redis://127.0.0.1', shared: true };
  for (const step of [
    () => raw.reorder({ by: 'event-time', store: shared }),
    () => raw.dedupe({ window: { count: 9 }, store: shared }),
  ])
    assert.throws(
      step,
      /store\.shared: tasks of several partitions cannot share one store: .+ with a keyBy before/,
    );
  const repartitioned = raw
    .dedupe({ window: { count: 9 } })
    .keyBy((r) => r.key)
    .reorder(held)
    .to(topic('out', { key: serde.text }));
  assert.match(
    repartitioned.plan(),
    /from p-keyBy-repartition.*\n.*held in Redis at 127\.0\.0\.1:6379\/3, a cache: the input's position stays at the oldest/,
  );
});
