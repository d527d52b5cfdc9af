import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  type Batch,
  type Event,
  events,
  histories,
  ofPartition,
  PARTITIONS,
} from '../driver/history-fixture.ts';
import { PlanError } from '../plan-error.ts';
import { serde } from '../plan/serde.ts';
import { pipeline } from '../plan/start.ts';
import type { Stream } from '../plan/stream.ts';
import { topic } from '../plan/topic.ts';
import { headerText } from '../record.ts';
import type { Windowed, WindowSpec } from './window-options.ts';

type Numbers = readonly number[];
const results = topic('out', { key: serde.text, value: serde.json<Windowed<Numbers>>() });
const late = topic('late', { key: serde.text, value: serde.json<Event>() });

/** Which records are in a window: all that a wrong one could get wrong. */
const numbers = {
  init: (): Numbers => [],
  add: (found: Numbers, { value }: { value: Event }): Numbers => [...found, value.n].sort((a, b) => a - b),
  merge: (a: Numbers, b: Numbers): Numbers => [...a, ...b].sort((x, y) => x - y),
};

interface Given {
  readonly spec: WindowSpec;
  readonly grace: number;
  readonly disorder: number;
}

const SECOND = 1000;
const givens: fc.Arbitrary<Given> = fc.record({
  spec: fc.oneof(
    fc.constantFrom(1, 4, 10).map((size) => ({ tumbling: size * SECOND })),
    fc
      .constantFrom([10, 4], [6, 3], [5, 5])
      .map(([size, every]) => ({ hopping: size! * SECOND, every: every! * SECOND })),
    fc.constantFrom(2, 5).map((gap) => ({ session: gap * SECOND })),
  ),
  grace: fc.constantFrom(0, 3),
  disorder: fc.constantFrom(0, 4),
});

interface Naive {
  /** Closed windows: key, start, end, who is in it. */
  readonly closed: string[];
  readonly late: number[];
}

/** Everything in arrays, looked through for every record. */
function naive(history: readonly Event[], { spec, grace, disorder }: Given): Naive {
  let open: { key: string; start: number; end: number; has: number[] }[] = [];
  const closed: string[] = [];
  const lateOnes: number[] = [];
  let watermark = -Infinity;
  const isOver = (end: number) => end + grace * SECOND <= watermark;
  const close = () => {
    for (const { key, start, end, has } of open.filter((one) => isOver(one.end)))
      closed.push(`${key} ${start}-${end}: ${has.sort((a, b) => a - b).join()}`);
    open = open.filter((one) => !isOver(one.end));
  };
  const spansOf = (at: number): [number, number][] => {
    if ('session' in spec) return [[at, at + Number(spec.session)]];
    const [size, every] = 'tumbling' in spec ? [spec.tumbling, spec.tumbling] : [spec.hopping, spec.every];
    const spans: [number, number][] = [];
    for (let start = 0; start <= at; start += Number(every))
      if (at < start + Number(size)) spans.push([start, start + Number(size)]);
    return spans;
  };
  for (const { key, at, n } of history) {
    const ms = at * SECOND;
    let taken = 0;
    for (const [start, end] of spansOf(ms)) {
      const isSame = (one: (typeof open)[number]) =>
        one.key === key && ('session' in spec ? one.start < end && start < one.end : one.start === start);
      const same = open.filter(isSame);
      const all = {
        key,
        start: Math.min(start, ...same.map((one) => one.start)),
        end: Math.max(end, ...same.map((one) => one.end)),
      };
      if (isOver(all.end)) continue;
      taken++;
      open = [...open.filter((one) => !isSame(one)), { ...all, has: [...same.flatMap(({ has }) => has), n] }];
    }
    if (taken === 0) lateOnes.push(n);
    watermark = Math.max(watermark, ms - disorder * SECOND);
    close();
  }
  watermark = Infinity;
  close();
  return { closed: closed.sort(), late: lateOnes };
}

const timed = ({ disorder }: Given): Stream<string, Event> =>
  pipeline('p')
    .from(events)
    .eventTime((r) => r.value.at * SECOND, { maxOutOfOrder: disorder * SECOND, idleAfter: '1d' });

function feed(plan: ReturnType<Stream<string, never>['to']>, batches: readonly Batch[]) {
  const driver = plan.test({ partitions: { in: PARTITIONS.length, out: 1, late: 1 } });
  for (const batch of batches)
    if (batch === 'crash') driver.crash();
    else driver.write('in', ...batch.map((one) => ({ key: one.key, value: one, partition: one.partition })));
  driver.crash();
  driver.advance('3d');
  return driver;
}

const textOf = (key: Buffer | null, { startMs, endMs, value }: Windowed<Numbers>) =>
  `${key} ${startMs}-${endMs}: ${value.join()}`;

test('every window has its records, closes once and leaves nothing; late records go to their output; over crashes, for all kinds', () => {
  fc.assert(
    fc.property(histories({ ids: 3, jitter: 8 }), givens, (batches, given) => {
      const plan = timed(given)
        .window(given.spec, { grace: given.grace * SECOND, late: (stream) => stream.to(late) })
        .aggregate(numbers)
        .to(results);
      const driver = feed(plan, batches);
      const expected = PARTITIONS.map((partition) => naive(ofPartition(batches, partition), given));
      const closed = driver.read('out').map(({ key, value }) => textOf(key, JSON.parse(String(value))));
      assert.deepEqual(closed.sort(), expected.flatMap((one) => one.closed).sort());
      const tooLate = driver.read('late').map(({ value }) => (JSON.parse(String(value)) as Event).n);
      assert.deepEqual(
        tooLate.sort((a, b) => a - b),
        expected.flatMap((one) => one.late).sort((a, b) => a - b),
      );
      assert.deepEqual(
        Object.values(driver.state('window')).filter((rows) => rows > 0),
        [],
      );
    }),
    { numRuns: 300 },
  );
});

test('on update there is a result for every record, in revisions, and the last ones are those that close', () => {
  fc.assert(
    fc.property(histories({ ids: 3, jitter: 8 }), givens, (batches, given) => {
      const plan = timed(given)
        .window(given.spec, { grace: given.grace * SECOND, emit: 'on-update', onLate: 'drop' })
        .aggregate(numbers)
        .to(results);
      const last = new Map<string, string>();
      let revisions = 0;
      for (const { key, value, headers } of feed(plan, batches).read('out')) {
        const window = JSON.parse(String(value)) as Windowed<Numbers>;
        const partition = batches
          .flatMap((b) => (b === 'crash' ? [] : b))
          .find(({ n }) => n === window.value[0])!.partition;
        for (const other of headerText(headers, 'x-replaces')?.split(', ') ?? [])
          last.delete(`${partition} ${key} ${other}`);
        assert.equal(headerText(headers, 'x-revision'), String(window.value.length));
        last.set(`${partition} ${key} ${window.startMs}-${window.endMs}`, textOf(key, window));
        revisions++;
      }
      const expected = PARTITIONS.map((partition) => naive(ofPartition(batches, partition), given));
      assert.deepEqual([...last.values()].sort(), expected.flatMap((one) => one.closed).sort());
      assert.ok(revisions >= last.size);
    }),
    { numRuns: 200 },
  );
});

test('windows of windows: what closes the first does not make its results late for the second, also behind a repartition', () => {
  const minutes = pipeline('p')
    .from(events)
    .eventTime((r) => r.value.at * SECOND)
    .window({ tumbling: '10s' })
    .count();
  const tens = (stream: typeof minutes) =>
    stream
      .window({ tumbling: '60s' })
      .sum((r) => r.value.value)
      .to(topic('out', { key: serde.text, value: serde.json<Windowed<number>>() }));
  for (const plan of [tens(minutes), tens(minutes.keyBy(() => 'all'))]) {
    const driver = plan.test();
    for (let at = 0; at < 120; at++) driver.write('in', { key: at % 2 === 0 ? 'a' : 'b', value: { at } });
    driver.write('in', { key: 'a', value: { at: 500 } });
    driver.advance('1d');
    const sums = new Map<number, number>();
    for (const { startMs, value } of driver.values('out') as Windowed<number>[])
      sums.set(startMs, (sums.get(startMs) ?? 0) + value);
    assert.deepEqual(Object.fromEntries(sums), { 0: 60, 60_000: 60, 480_000: 1 });
    assert.deepEqual(driver.read('dlq.p'), []);
  }
});

test('results carry the last record of their window as provenance, and its last moment as time; what throws is dead-lettered alone', () => {
  const plan = pipeline('p')
    .from(events)
    .eventTime((r) => r.value.at * SECOND)
    .window({ hopping: '10s', every: '5s' })
    .sum((r) => r.value.content)
    .to(topic('out', { key: serde.text, value: serde.json<Windowed<number>>() }));
  const driver = plan.test();
  driver.write(
    'in',
    { key: 'a', value: { at: 5, content: 3 } },
    { key: 'a', value: { at: 6, content: 'x' } },
    { key: 'a', value: { at: 60 } },
  );
  driver.advance('1d');
  assert.deepEqual(
    driver
      .read('out')
      .map(({ value, headers, timestampMs }) => [String(value), headerText(headers, 'x-src'), timestampMs]),
    [
      ['{"startMs":0,"endMs":10000,"value":3}', 'in/0/0@p:1', 9999],
      ['{"startMs":5000,"endMs":15000,"value":3}', 'in/0/0@p:1', 14999],
    ],
  );
  const dead = driver
    .read('dlq.p')
    .map(({ headers }) =>
      ['reason', 'step', 'message'].map((name) => headerText(headers, `__streams.errors.${name}`)).join(' '),
    );
  assert.deepEqual(dead, [
    'invalid window sum: x is no finite number',
    'invalid window sum: undefined is no finite number',
  ]);
});

test('late records are dead-lettered with reason, or dropped and counted; the plan says what happens', () => {
  const plan = (onLate?: 'drop') =>
    pipeline('p')
      .from(events)
      .eventTime((r) => r.value.at * SECOND)
      .window({ tumbling: '10s' }, onLate === undefined ? {} : { onLate, because: 'nobody looks at them' })
      .count()
      .to(topic('out', { key: serde.text, value: serde.json<Windowed<number>>() }));
  const run = (one: ReturnType<typeof plan>) => {
    const driver = one.test();
    driver.write('in', { key: 'a', value: { at: 100 } });
    driver.write('in', { key: 'a', value: { at: 1 } });
    return driver;
  };
  const [dead] = run(plan()).read('dlq.p');
  assert.equal(headerText(dead!.headers, '__streams.errors.reason'), 'late');
  assert.equal(run(plan('drop')).counts.get('window: dropped: late'), 1);
  assert.match(
    plan('drop').plan(),
    /window: count; tumbling 10s; on close; late: drop {2}keeps an aggregate for each key and open window/,
  );
});

test('windows that cannot work are refused with what to write instead', () => {
  const stream = pipeline('p').from(events);
  const window =
    (spec: WindowSpec, options: object = {}) =>
    () =>
      stream.window(spec, options).aggregate({ init: () => 0, add: (n) => n });
  assert.throws(window({ session: '5s' }), /the aggregator needs merge/);
  assert.throws(window({ hopping: '5s', every: '6s' }), /every is longer than the window/);
  assert.throws(window({ hopping: '1d', every: '1s' }), /a record would be in 86400 windows, at most 1000/);
  assert.throws(window({ tumbling: 0 }), /tumbling is 0 ms; whole milliseconds, 1 or more/);
  assert.throws(
    window({ tumbling: '5s' }, { late: () => undefined, onLate: 'drop' }),
    /give `late` or onLate, not both/,
  );
  assert.throws(
    () => stream.window({ tumbling: '5s' }).aggregate({ init: () => new Set(), add: (set) => set }),
    (error) =>
      error instanceof PlanError &&
      /window: init: value is a Set: state holds plain objects/.test(error.message),
  );
});
