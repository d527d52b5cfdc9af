import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Event, events, histories, ofPartition, PARTITIONS } from '../driver/history-fixture.ts';
import { serde } from '../plan/serde.ts';
import { pipeline } from '../plan/start.ts';
import { topic } from '../plan/topic.ts';
import { headerText } from '../record.ts';

interface Given {
  readonly before: number;
  readonly after: number;
  readonly grace: number;
  readonly disorder: number;
  readonly kind: 'inner' | 'left';
}

const SECOND = 1000;
const givens: fc.Arbitrary<Given> = fc.record({
  before: fc.constantFrom(0, 3, 6),
  after: fc.constantFrom(0, 3, 6),
  grace: fc.constantFrom(0, 4),
  disorder: fc.constantFrom(0, 4),
  kind: fc.constantFrom('inner' as const, 'left' as const),
});
const isLeft = ({ content }: Event) => content === 1;

/** Everything is kept for ever, and every pair is looked at. */
function naive(history: readonly Event[], { before, after, grace, disorder, kind }: Given) {
  const kept: { event: Event; hasMet: boolean }[] = [];
  const met: string[] = [];
  const late: number[] = [];
  let watermark = -Infinity;
  for (const event of history) {
    if (event.at + grace < watermark) late.push(event.n);
    else {
      const mine = { event, hasMet: false };
      for (const other of kept) {
        if (isLeft(other.event) === isLeft(event) || other.event.key !== event.key) continue;
        const [left, right] = isLeft(event) ? [mine, other] : [other, mine];
        if (right.event.at < left.event.at - before || right.event.at > left.event.at + after) continue;
        left.hasMet = true;
        met.push(`${left.event.n}+${right.event.n} @${Math.max(left.event.at, right.event.at)}`);
      }
      kept.push(mine);
    }
    watermark = Math.max(watermark, event.at - disorder);
  }
  if (kind === 'left')
    for (const { event, hasMet } of kept)
      if (isLeft(event) && !hasMet) met.push(`${event.n}+none @${event.at}`);
  return { met, late };
}

const byNumber = (a: number, b: number) => a - b;

test('all that is near meets once, left records that met none leave alone, late ones are told, nothing stays; over crashes', () => {
  fc.assert(
    fc.property(histories({ ids: 3, jitter: 8 }), givens, (batches, given) => {
      const { before, after, grace, disorder, kind } = given;
      const both = pipeline('p')
        .from(events)
        .eventTime((r) => r.value.at * SECOND, { maxOutOfOrder: disorder * SECOND, idleAfter: '1d' });
      const plan = both
        .filter((r) => isLeft(r.value))
        .join(
          both.filter((r) => !isLeft(r.value)),
          { kind, within: { before: before * SECOND, after: after * SECOND }, grace: grace * SECOND },
          (left, right) => `${left.n}+${right?.n ?? 'none'}`,
        )
        .to(topic('out', { key: serde.text, value: serde.json<string>() }));
      const driver = plan.test({ partitions: { in: PARTITIONS.length, out: 1 } });
      for (const batch of batches)
        if (batch === 'crash') driver.crash();
        else
          driver.write('in', ...batch.map((one) => ({ key: one.key, value: one, partition: one.partition })));
      driver.crash();
      driver.advance('3d');
      const expected = PARTITIONS.map((partition) => naive(ofPartition(batches, partition), given));
      const met = driver
        .read('out')
        .map(({ value, timestampMs }) => `${JSON.parse(String(value))} @${timestampMs / SECOND}`);
      assert.deepEqual(met.sort(), expected.flatMap((one) => one.met).sort());
      const dead = driver.read('dlq.p').map(({ value }) => (JSON.parse(String(value)) as Event).n);
      assert.deepEqual(dead.sort(byNumber), expected.flatMap(({ late }) => late).sort(byNumber));
      assert.deepEqual(
        Object.values(driver.state('join')).filter((rows) => rows > 0),
        [],
      );
    }),
    { numRuns: 300 },
  );
});

interface Payment {
  readonly order: string;
  readonly cents: number;
}

test('two topics that are keyed anew meet, however many partitions each of them has', () => {
  const start = pipeline('shop');
  const orders = start
    .from(topic('orders', { value: serde.json<{ id: string }>() }))
    .keyBy((r) => r.value.id, { as: 'orders-by-id' });
  const payments = start
    .from(topic('payments', { value: serde.json<Payment>() }))
    .keyBy((r) => r.value.order, { as: 'payments-by-order' });
  const plan = orders
    .join(payments, { within: '1h', as: 'paid' }, ({ id }, { cents }) => ({ id, cents }))
    .to(topic('out', { key: serde.text, value: serde.json<{ id: string; cents: number }>() }));
  assert.match(
    plan.plan(),
    /paid: inner, by key; within 1h; late: dead-letter {2}keeps records of both streams of 1h {2}◄ orders-by-id, payments-by-order/,
  );
  assert.match(
    plan.plan(),
    /shop-payments-by-order-repartition {2}repartition, as many partitions as orders, payments/,
  );
  const driver = plan.test({ partitions: { orders: 3, payments: 2 } });
  for (let n = 0; n < 20; n++) {
    driver.write('orders', { value: { id: `o${n}` }, partition: n % 3 });
    driver.write('payments', { value: { order: `o${n}`, cents: n }, partition: n % 2 });
  }
  const out = driver.values('out') as { id: string; cents: number }[];
  assert.deepEqual(
    out.sort((a, b) => a.cents - b.cents),
    Array.from({ length: 20 }, (_, n) => ({ id: `o${n}`, cents: n })),
  );
});

test('a record without a key, and one whose pair throws, are dead-lettered alone, with the reason', () => {
  const start = pipeline('p');
  const one = topic('one', { key: serde.nullable(serde.text), value: serde.text });
  const plan = start
    .from(one)
    .join(
      start.from(topic('two', { key: serde.nullable(serde.text), value: serde.text })),
      { within: '1m' },
      (left, right) => {
        if (right === 'bad') throw new Error('no such thing');
        return left + right;
      },
    )
    .to(topic('out', { key: serde.nullable(serde.text), value: serde.text }));
  const driver = plan.test();
  driver.write('one', { key: 'k', value: 'a' }, { value: 'b' });
  driver.write('two', { key: 'k', value: 'bad' }, { key: 'k', value: 'good' });
  const [out] = driver.read('out');
  assert.equal(String(out!.value), 'agood');
  assert.equal(headerText(out!.headers, 'x-src'), 'two/0/1@p:1');
  assert.deepEqual(
    driver
      .read('dlq.p')
      .map(({ value, headers }) => [
        String(value),
        ...['reason', 'message'].map((name) => headerText(headers, `__streams.errors.${name}`)),
      ]),
    [
      ['b', 'invalid', 'a join of streams is by key, and it has none'],
      ['bad', 'failed', 'no such thing'],
    ],
  );
});

test('streams that are joined without an end of time are refused', () => {
  const stream = pipeline('p').from(events);
  assert.throws(
    () => stream.join(stream, {} as never, () => 1),
    /two streams are joined within a time: { within: '5m' }; it bounds what is kept/,
  );
});
