import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { serde } from '../plan/serde.ts';
import { pipeline } from '../plan/start.ts';
import { table } from '../plan/table.ts';
import { topic } from '../plan/topic.ts';
import { headerText } from '../record.ts';

interface Order {
  readonly n: number;
  readonly customer: string;
}
interface Customer {
  readonly tier: number;
}

const orders = topic('orders', { key: serde.text, value: serde.json<Order>() });
const out = topic('out', { key: serde.text, value: serde.json<string>() });
const customers = table('customers', { key: serde.text, value: serde.json<Customer>() });
const everywhere = table('customers', { key: serde.text, value: serde.json<Customer>(), global: true });
const start = () => pipeline('p').from(orders);
const unkeyed = () => pipeline('p').from(topic('orders', { value: serde.json<Order>() }));

type Act =
  | { readonly kind: 'row'; readonly key: string; readonly tier: number | null }
  | { readonly kind: 'order'; readonly customer: string; readonly partition: number }
  | { readonly kind: 'crash' };

const keys = fc.constantFrom('a', 'b', 'c', 'd');
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('row' as const),
        key: keys,
        tier: fc.option(fc.integer({ min: 0, max: 9 })),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('order' as const),
        customer: keys,
        partition: fc.constantFrom(0, 1),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
  ),
  { maxLength: 40 },
);

/** What a Map would say. */
function naive(history: readonly Act[], isLeft: boolean): string[] {
  const rows = new Map<string, number>();
  return history.flatMap((act, n) => {
    if (act.kind === 'crash') return [];
    if (act.kind === 'order') {
      const tier = rows.get(act.customer);
      return tier !== undefined || isLeft ? [`${n} ${tier ?? 'none'}`] : [];
    }
    if (act.tier === null) rows.delete(act.key);
    else rows.set(act.key, act.tier);
    return [];
  });
}

const plans = {
  'partitioned, over a repartition': (kind: 'inner' | 'left') =>
    unkeyed()
      .keyBy((r) => r.value.customer)
      .join(customers, { kind }, (order, row) => `${order.n} ${row?.tier ?? 'none'}`)
      .to(out),
  'global, by a field': (kind: 'inner' | 'left') =>
    unkeyed()
      .join(
        everywhere,
        { kind, on: (r) => r.value.customer },
        (order, row) => `${order.n} ${row?.tier ?? 'none'}`,
      )
      .to(topic('out', { value: serde.json<string>() })),
};

for (const [what, plan] of Object.entries(plans))
  test(`each record meets the row as it is when it is read, over crashes: ${what}`, () => {
    fc.assert(
      fc.property(acts, fc.constantFrom('inner' as const, 'left' as const), (history, kind) => {
        const driver = plan(kind).test({ partitions: { orders: 2, customers: 3, out: 1 } });
        for (const [n, act] of history.entries()) {
          if (act.kind === 'crash') driver.crash();
          else if (act.kind === 'row')
            driver.write('customers', { key: act.key, value: act.tier === null ? null : { tier: act.tier } });
          else driver.write('orders', { value: { n, customer: act.customer }, partition: act.partition });
        }
        assert.deepEqual(driver.values('out'), naive(history, kind === 'left'));
      }),
      { numRuns: 200 },
    );
  });

interface Moment {
  readonly kind: 'row' | 'order' | 'crash';
  readonly key: string;
  /** Null: the row is deleted. */
  readonly tier: number | null;
  /** Event time, seconds. */
  readonly at: number;
}

const KEEP = 30;
/** Rows come less late than versions are kept, orders also later. */
const moments: fc.Arbitrary<Moment[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(
        'row' as const,
        'row' as const,
        'order' as const,
        'order' as const,
        'crash' as const,
      ),
      key: fc.constantFrom('a', 'b'),
      tier: fc.option(fc.integer({ min: 0, max: 9 })),
      step: fc.integer({ min: 0, max: 6 }),
      jump: fc.integer({ min: -8, max: 8 }),
      late: fc.constantFrom(0, 0, 0, 0, 50),
    }),
    { maxLength: 40 },
  )
  .map((drafts) => {
    let clock = 1000;
    return drafts.map(({ step, jump, late, ...rest }) => {
      clock += step;
      return { ...rest, at: clock + jump - (rest.kind === 'order' ? late : 0) };
    });
  });

/** Keeps every version for ever, and what is held in an array. */
function naiveAsOf(history: readonly Moment[], { grace, disorder }: { grace: number; disorder: number }) {
  const versions: Moment[] = [];
  const met: string[] = [];
  const late: number[] = [];
  let held: { n: number; order: Moment }[] = [];
  let watermark = -Infinity;
  const join = (n: number, order: Moment) => {
    let row: Moment | undefined;
    for (const one of versions)
      if (one.key === order.key && one.at <= order.at && one.at >= (row?.at ?? -Infinity)) row = one;
    met.push(`${n} ${row?.tier ?? 'none'}`);
  };
  const release = () => {
    const due = held.filter(({ order }) => order.at < watermark - grace);
    held = held.filter((one) => !due.includes(one));
    for (const { n, order } of due.sort((a, b) => a.order.at - b.order.at || a.n - b.n)) join(n, order);
  };
  for (const [n, one] of history.entries()) {
    if (one.kind === 'row') versions.push(one);
    if (one.kind !== 'order') continue;
    watermark = Math.max(watermark, one.at - disorder);
    release();
    if (one.at < watermark - KEEP) late.push(n);
    else if (grace === 0 || one.at < watermark - grace) join(n, one);
    else held.push({ n, order: one });
  }
  watermark = Infinity;
  release();
  return { met, late };
}

test('as of event time each record meets the row of its time, also when rows or records come late, over crashes', () => {
  const given = fc.record({ grace: fc.constantFrom(0, 3, 10), disorder: fc.constantFrom(0, 5) });
  fc.assert(
    fc.property(moments, given, (history, { grace, disorder }) => {
      const driver = start()
        .eventTime((r) => r.timestampMs, { maxOutOfOrder: disorder * 1000, idleAfter: '1d' })
        .join(
          customers,
          { kind: 'left', asOf: 'event-time', grace: grace * 1000, keepVersions: KEEP * 1000 },
          (order, row) => `${order.n} ${row?.tier ?? 'none'}`,
        )
        .to(out)
        .test();
      for (const [n, { kind, key, tier, at }] of history.entries()) {
        const timestampMs = at * 1000;
        if (kind === 'crash') driver.crash();
        else if (kind === 'row')
          driver.write('customers', { key, value: tier === null ? null : { tier }, timestampMs });
        else driver.write('orders', { key, value: { n }, timestampMs });
      }
      driver.crash();
      driver.advance('3d');
      const dead = driver.read('dlq.p').map(({ value }) => (JSON.parse(value!.toString()) as Order).n);
      assert.deepEqual({ met: driver.values('out'), late: dead }, naiveAsOf(history, { grace, disorder }));
    }),
    { numRuns: 300 },
  );
});

test('versions go when no record can ask for them any more, and rows that were deleted leave nothing', () => {
  const driver = start()
    .join(customers, { asOf: 'event-time', keepVersions: '10s' }, () => 'met')
    .to(out)
    .test();
  for (let n = 0; n < 5; n++)
    driver.write('customers', { key: `k${n}`, value: n < 3 ? { tier: n } : null, timestampMs: n });
  assert.deepEqual(driver.state('join'), { versions: 5 });
  driver.write('orders', { key: 'k0', value: {}, timestampMs: 60_000 });
  assert.deepEqual(driver.state('join'), { versions: 3 });
  driver.write('customers', { key: 'k0', value: null, timestampMs: 61_000 });
  driver.write('orders', { key: 'k0', value: {}, timestampMs: 80_000 });
  assert.deepEqual(driver.state('join'), { versions: 2 });
  assert.deepEqual(driver.values('out'), ['met']);
});

test('a table that is derived writes no changelog: its topic is one', () => {
  const plan = start()
    .join(everywhere, { on: (r) => r.value.customer }, () => 'met')
    .to(out);
  assert.deepEqual(
    plan.layout.topics.map(({ kind }) => kind),
    ['dead letter'],
  );
  assert.match(
    plan.plan(),
    /join: global table customers; inner, by an expression; as it is when the record is read {2}◄ parse, table/,
  );
  assert.match(plan.plan(), /\(every task reads all of customers\)/);
});

test('what is keyed anew goes over as many partitions as the table has', () => {
  const plan = plans['partitioned, over a repartition']('inner');
  assert.match(plan.plan(), /p-keyBy-repartition {2}repartition, as many partitions as customers/);
});

test('a record without a row, and rows that cannot be read, go where the plan says, with the reason', () => {
  const driver = start()
    .join(customers, { onMissing: 'dead-letter' }, () => 'met')
    .to(out)
    .test();
  driver.write(
    'customers',
    { key: 'a', value: { tier: 1 } },
    { key: 'a', value: '{' },
    { value: { tier: 2 } },
  );
  driver.write('orders', { key: 'a', value: {} }, { key: 'b', value: {} });
  const dead = driver
    .read('dlq.p')
    .map(({ headers }) =>
      ['reason', 'topic', 'message'].map((name) => headerText(headers, `__streams.errors.${name}`)).join(' '),
    );
  assert.equal(dead.length, 3);
  assert.match(dead[0]!, /^unreadable customers .*JSON/);
  assert.equal(
    dead[1],
    'invalid customers a record of the table customers needs a key: it says which row it is',
  );
  assert.equal(dead[2], "missing orders customers has no row 'b'");
  assert.deepEqual(driver.values('out'), ['met']);
});

test('a table that was written by another partitioner is found out, not missed', () => {
  const driver = plans['partitioned, over a repartition']('inner').test({ partitions: { customers: 3 } });
  const write = () => {
    for (const partition of [0, 1, 2]) driver.write('customers', { key: 'a', value: { tier: 1 }, partition });
  };
  assert.throws(
    write,
    /its key belongs into partition \d by Kafka's partitioner.*murmur2_random.*global: true/s,
  );
});

test('joins that cannot work are refused with what to write instead', () => {
  const stream = start();
  const join = (where: typeof customers, options: object) => () =>
    stream.join(where, options, () => 'met').to(out);
  assert.throws(
    join(customers, { on: () => 'a' }),
    /write keyBy\(…\) before the join instead of 'on', or table\('customers', { global: true }\)/,
  );
  assert.throws(join(customers, { grace: '5s' }), /grace has a meaning only with asOf/);
  assert.throws(join(customers, { asOf: 'event-time' }), /asOf needs keepVersions/);
  assert.throws(
    join(customers, { asOf: 'event-time', grace: '5s', keepVersions: '1s' }),
    /shorter than grace/,
  );
  assert.throws(
    join(customers, { kind: 'left', onMissing: 'drop' }),
    /onMissing has no meaning with kind 'left'/,
  );
  assert.throws(join(table('orders', {}) as never, {}), /'orders' is a stream and a table of the same stage/);
  assert.throws(
    () =>
      stream
        .join(customers, {}, () => 'x')
        .join(everywhere, {}, () => 'y')
        .to(out),
    /the table 'customers' is read whole by one join and in parts by another/,
  );
});
