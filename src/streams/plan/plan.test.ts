import assert from 'node:assert/strict';
import test from 'node:test';
import { PlanError } from '../plan-error.ts';
import { headerText } from '../record.ts';
import { serde } from './serde.ts';
import { pipeline } from './start.ts';
import { topic } from './topic.ts';

interface Order {
  readonly id: string;
  readonly customer: string;
  readonly version: number;
  readonly total: number;
}

const raw = topic('shop.raw', { value: serde.json<Order>() });
const clean = topic('shop.orders', { key: serde.text, value: serde.json<Order>() });
const big = topic('shop.big', { key: serde.text, value: serde.json<Order>() });

function orders() {
  return pipeline('orders')
    .from(raw)
    .eventTime((r) => r.value.version, { maxOutOfOrder: '30s' })
    .keyBy((r) => r.value.customer, { as: 'by-customer' })
    .dedupe({ by: { field: 'id' }, window: { time: '24h', count: 1_000_000 } })
    .branch({ big: (r) => r.value.total > 1000 }, ({ big: some }) => some.to(big))
    .reorder({ sequence: (r) => r.value.version, start: 1, gap: { timeout: '30s' } })
    .to(clean);
}

test('the plan shows stages, steps, topics, state and promise', () => {
  assert.equal(
    orders().plan(),
    `pipeline orders, version 1
  exactly once: outputs, state and input offsets are committed together, in one transaction
  commits every 200 ms; what cannot be processed goes to dlq.orders

stage 0: one task for each partition of shop.raw
  from shop.raw
  parse: json
  eventTime: out of order by at most 30s; idle after 10s
  by-customer, over orders-by-customer-repartition: by value.customer

stage 1: one task for each partition of orders-by-customer-repartition
  from orders-by-customer-repartition, by by-customer
  dedupe: by field id; keep first; event time; conflicts: dead-letter  keeps ids of 1d, at most 1000000 ids in each task
  branch: big
  to shop.big  ◄ branch.big
  reorder: by sequence, of key; from 1; gaps: skip-and-mark after 30s, event time  keeps next number of each key, held records, at most 10000 of one, then its gap ends early  ◄ branch.else
  to-2 shop.orders

topics that it makes for itself
  orders-by-customer-repartition  repartition, as many partitions as shop.raw
  orders-by-customer-changelog  changelog, as many partitions as orders-by-customer-repartition
  dlq.orders  dead letter, 1 partitions
`,
  );
});

test('a pipeline that may write outputs twice says so, and one that promises something else is refused', () => {
  const plan = pipeline('p', { guarantee: 'at-least-once' })
    .from(raw)
    .keyBy((r) => r.value.id)
    .to(clean)
    .plan();
  assert.match(plan, /at least once: outputs go out as they are made;/);
  assert.match(plan, /after a crash, outputs since the last commit are written again/);
  assert.doesNotMatch(plan, /exactly once/);
  assert.throws(
    () => pipeline('p', { guarantee: 'at-most-once' as never }),
    /guarantee is 'at-most-once'; it is 'exactly-once' \(the default\) or 'at-least-once'/,
  );
});

test('a new key needs no repartition when nothing behind it keeps state', () => {
  const plan = pipeline('p')
    .from(raw)
    .dedupe({ window: { count: 5 } })
    .keyBy((r) => r.value.customer)
    .to(clean)
    .plan();
  assert.match(plan, /keyBy needs no repartition/);
  assert.doesNotMatch(plan, /stage 1/);
});

test('a stream can be continued twice; neither knows the other', () => {
  const parsed = pipeline('p').from(raw);
  const first = parsed.filter((r) => r.value.total > 1, { as: 'first' });
  const second = parsed.map((r) => r.value.id);
  assert.match(
    first
      .keyBy((r) => r.value.id)
      .to(clean)
      .plan(),
    /first/,
  );
  assert.doesNotMatch(second.to(topic('x', { value: serde.text })).plan(), /first|keyBy/);
});

test('plans that cannot work are refused, with what to write instead', () => {
  const start = pipeline('p');
  assert.throws(() => pipeline('a b'), PlanError);
  assert.throws(() => topic('a/b'), /no topic name/);
  assert.throws(() => start.from(topic('x')).to(topic('x')), /reads 'x' and writes to it/);
  assert.throws(
    () =>
      start
        .from(topic('x'))
        .tap(() => 0, { as: 'a' })
        .tap(() => 0, { as: 'a' })
        .to(topic('y')),
    /two steps are called 'a'/,
  );
  const idleAfter = '5 minutes' as '5m';
  assert.throws(() => start.from(raw).eventTime(() => 0, { idleAfter }), /no duration; write '30s'/);
});

test('a record runs through all stages; its outputs name the record that they were made from', () => {
  const driver = orders().test({ partitions: { 'shop.raw': 3 } });
  const order = (id: string, version: number, total = 5) => ({ id, customer: 'c', version, total });
  driver.write('shop.raw', { value: order('a', 2), partition: 2 }, { value: order('a', 2), partition: 1 });
  driver.write(
    'shop.raw',
    { value: order('b', 1), partition: 0 },
    { value: order('c', 3, 5000), partition: 0 },
  );
  const out = driver.read('shop.orders');
  assert.deepEqual(
    out.map(({ key, value }) => [String(key), JSON.parse(String(value)).id]),
    [
      ['c', 'b'],
      ['c', 'a'],
    ],
  );
  assert.match(headerText(out[0]!.headers, 'x-src')!, /^shop\.raw\/0\/0@orders:1$/);
  assert.equal(out[0]!.headers.length, 1);
  assert.equal(driver.values('shop.big').length, 1);
  assert.equal(driver.counts.get('dedupe: dropped: duplicate'), 1);
});

test('what cannot be read or throws goes to the dead letter topic as it was read, and the next record is processed', () => {
  const schema = {
    '~standard': {
      validate: (value: unknown) =>
        typeof value === 'object' && value !== null && 'id' in value
          ? { value: value as Order }
          : { issues: [{ message: 'is missing', path: ['id'] }] },
    },
  };
  const driver = pipeline('p')
    .from(topic('in', { value: serde.json({ schema }) }))
    .map((r) => r.value.id.toUpperCase())
    .to(topic('out', { value: serde.text }))
    .test();
  driver.write(
    'in',
    { key: 'k', value: '{"id"', headers: { h: '1' } },
    { value: {} },
    { value: { id: 7 } },
    {},
    { value: { id: 'x' } },
  );
  assert.deepEqual(
    driver.read('out').map(({ value }) => String(value)),
    ['X'],
  );
  const dead = driver.read('dlq.p');
  assert.deepEqual(
    dead.map(({ key, value, headers }) =>
      [
        key,
        value,
        ...['reason', 'step', 'offset'].map((name) => headerText(headers, `__streams.errors.${name}`)),
      ]
        .map(String)
        .join(' '),
    ),
    [
      'k {"id" unreadable parse 0',
      'null {} invalid parse 1',
      'null {"id":7} failed map 2',
      'null null unreadable parse 3',
    ],
  );
  assert.equal(headerText(dead[1]!.headers, '__streams.errors.message'), 'id: is missing');
  assert.equal(headerText(dead[0]!.headers, 'h'), '1');
});

test('bytes pass through unread', () => {
  const driver = pipeline('p')
    .from(topic('in'))
    .merge(pipeline('p').from(topic('more')))
    .to(topic('out'))
    .test();
  driver.write('in', { key: Buffer.of(255), value: Buffer.of(0, 254), headers: { a: 'b' } });
  driver.write('more', { key: null, value: null });
  assert.deepEqual(
    driver.read('out').map(({ key, value }) => [key, value]),
    [
      [Buffer.of(255), Buffer.of(0, 254)],
      [null, null],
    ],
  );
});
