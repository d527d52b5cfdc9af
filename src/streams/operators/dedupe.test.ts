import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type Batch,
  type Event,
  events,
  histories,
  ofPartition,
  type Outcome,
  outcome,
  PARTITIONS,
  play,
} from '../driver/history-fixture.ts';
import { pipeline } from '../plan/start.ts';

interface Limits {
  readonly time: number;
  readonly count: number;
  readonly outOfOrder: number;
  readonly refreshes: boolean;
}

const limits = fc.record({
  time: fc.integer({ min: 1, max: 12 }),
  count: fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 5 })),
  outOfOrder: fc.integer({ min: 0, max: 6 }),
  refreshes: fc.boolean(),
});

/** In Redis: what is refused unasked is in the dead letter topic at once, so that is in no order. */
const STORES = { 'in state': undefined, 'in Redis': { redis: 'redis://127.0.0.1:6379' } };

for (const [where, store] of Object.entries(STORES)) {
  const at = store && { store };

  test(`dedupe by event time, ids ${where}, lets the first of each id pass, whatever comes late, twice, with other content, before and after crashes`, () => {
    fc.assert(
      fc.property(histories({ ids: 6, jitter: 10 }), limits, (batches, given) => {
        const { time, count, refreshes, outOfOrder } = given;
        const plan = pipeline('p')
          .from(events)
          .eventTime((r) => r.value.at * 1000, { maxOutOfOrder: outOfOrder * 1000, idleAfter: '1d' })
          .dedupe({
            by: (r) => r.value.id,
            window: { time: time * 1000, count },
            content: (r) => r.value.content,
            onDuplicate: 'mark',
            refreshOnDuplicate: refreshes,
            ...at,
          })
          .to(outcome);
        const found = play(plan, batches, { marks: ['x-duplicate-of'] });
        check(found, batches, (history) => firsts(history, given), store !== undefined);
      }),
      { numRuns: 400 },
    );
  });

  test(`dedupe by count alone, ids ${where}, forgets the oldest`, () => {
    fc.assert(
      fc.property(histories({ ids: 9, jitter: 10 }), limits, (some, sizes) => {
        const batches = inOne(some);
        const given = { ...sizes, time: Infinity };
        const plan = pipeline('p')
          .from(events)
          .eventTime((r) => r.value.at * 1000, { maxOutOfOrder: '2s', idleAfter: '1d' })
          .dedupe({
            by: (r) => r.value.id,
            window: { count: given.count },
            content: (r) => r.value.content,
            onDuplicate: 'mark',
            refreshOnDuplicate: given.refreshes,
            ...at,
          })
          .to(outcome);
        const found = play(plan, batches, { marks: ['x-duplicate-of'] });
        check(found, batches, (history) => firsts(history, given), store !== undefined);
      }),
      { numRuns: 200 },
    );
  });

  test(`dedupe keep last, records ${where}, lets the newest of each id pass when its window closes`, () => {
    fc.assert(
      fc.property(histories({ ids: 6, jitter: 10 }), limits, fc.boolean(), (some, given, areLarge) => {
        const batches = areLarge ? inOne(some) : some;
        const plan = pipeline('p')
          .from(events)
          .eventTime((r) => r.value.at * 1000, { maxOutOfOrder: given.outOfOrder * 1000, idleAfter: '1d' })
          .dedupe({
            by: { field: 'id' },
            keep: 'last',
            window: { time: given.time * 1000, count: given.count },
            ...at,
          })
          .to(outcome);
        check(play(plan, batches), batches, (history) => lasts(history, given), store !== undefined);
      }),
      { numRuns: 400 },
    );
  });
}

test('dedupe by the wall clock forgets an id when its time is over', () => {
  const driver = pipeline('p')
    .from(events)
    .dedupe({ by: { field: 'id' }, content: () => 0, clock: 'processing', window: { time: '10s' } })
    .to(outcome)
    .test();
  const write = () => driver.write('in', { key: 'a', value: { id: 1 } });
  const passed = () => driver.read('out').length;
  write();
  driver.advance('9s');
  write();
  assert.equal(passed(), 1);
  driver.crash();
  driver.advance('1s');
  write();
  assert.equal(passed(), 1);
  assert.deepEqual([...driver.counts], [['dedupe: forgotten', 1]]);
});

test('a record without an id is no duplicate of another one: it goes to the dead letter topic', () => {
  const driver = pipeline('p')
    .from(events)
    .dedupe({ by: { header: 'id' }, window: { count: 10 } })
    .to(outcome)
    .test();
  driver.write(
    'in',
    { key: 'a', value: {} },
    { key: 'a', value: {} },
    { key: 'a', value: {}, headers: { id: '7' } },
  );
  assert.equal(driver.read('out').length, 1);
  assert.deepEqual(
    driver
      .read('dlq.p')
      .map(({ headers }) => String(headers.find(({ key }) => key.endsWith('message'))?.value)),
    ["no id: the header 'id' is missing", "no id: the header 'id' is missing"],
  );
});

test('options that contradict each other are refused with the reason', () => {
  const from = pipeline('p').from(events);
  assert.throws(() => from.dedupe({ window: {} }), /window needs a limit, \{ time: '24h' \}/);
  assert.throws(() => from.dedupe({ window: { count: 0 } }), /window\.count is 0/);
  assert.throws(() => from.dedupe({ keep: 'last', window: { count: 5 } }), /needs window\.time/);
  assert.throws(
    () => from.dedupe({ keep: 'last', window: { time: '1h' }, onConflict: 'drop' }),
    /onConflict has no meaning with keep 'last'/,
  );
});

/** All between two crashes is one batch: dozens of questions are asked before the first one is answered. */
function inOne(batches: readonly Batch[]): Batch[] {
  const large: Batch[] = [];
  for (const batch of batches) {
    const last = large.at(-1);
    if (batch === 'crash' || last === undefined || last === 'crash') large.push(batch);
    else large[large.length - 1] = [...last, ...batch];
  }
  return large;
}

function check(
  found: Outcome[],
  batches: readonly Batch[],
  model: (history: Event[]) => Outcome,
  isDeadUnordered: boolean,
): void {
  const told = ({ out, dead }: Outcome) => ({ out, dead: isDeadUnordered ? [...dead].sort() : dead });
  for (const partition of PARTITIONS)
    assert.deepEqual(told(found[partition]!), told(model(ofPartition(batches, partition))));
}

/** All ids that were ever seen, in a list that is searched from the front. */
function firsts(history: readonly Event[], { time, count, outOfOrder, refreshes }: Limits): Outcome {
  let seen: { id: number; at: number; content: number; source: string }[] = [];
  const [out, dead]: [string[], string[]] = [[], []];
  let watermark = -Infinity;
  for (const [offset, { n, id, at, content, partition }] of history.entries()) {
    watermark = Math.max(watermark, at - outOfOrder);
    seen = seen.filter((one) => one.at + time > watermark);
    const before = seen.find((one) => one.id === id);
    if (at + time <= watermark) dead.push(`${n} late`);
    else if (before === undefined) {
      out.push(`${n}`);
      seen.push({ id, at, content, source: `in/${partition}/${offset}` });
      seen.sort((a, b) => a.at - b.at || a.id - b.id);
      if (seen.length > count) seen.shift();
    } else if (before.content !== content) dead.push(`${n} conflict`);
    else {
      out.push(`${n} ${before.source}`);
      if (refreshes) before.at = Math.max(before.at, at);
      seen.sort((a, b) => a.at - b.at || a.id - b.id);
    }
  }
  return { out, dead };
}

function lasts(history: readonly Event[], { time, count, outOfOrder }: Limits): Outcome {
  let open: { id: number; closes: number; last: number }[] = [];
  const [out, dead]: [string[], string[]] = [[], []];
  let watermark = -Infinity;
  const close = (isDue: (one: { closes: number }) => boolean) => {
    open.sort((a, b) => a.closes - b.closes || a.id - b.id);
    out.push(...open.filter(isDue).map(({ last }) => `${last}`));
    open = open.filter((one) => !isDue(one));
  };
  for (const { n, id, at } of history) {
    watermark = Math.max(watermark, at - outOfOrder);
    close(({ closes }) => closes <= watermark);
    const window = open.find((one) => one.id === id);
    if (window !== undefined) window.last = n;
    else if (at + time <= watermark) dead.push(`${n} late`);
    else open.push({ id, closes: at + time, last: n });
    if (open.length > count) {
      open.sort((a, b) => a.closes - b.closes || a.id - b.id);
      const oldest = open[0];
      close((one) => one === oldest);
    }
  }
  return { out, dead };
}
