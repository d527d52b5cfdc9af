import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
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
import { PipelineFailed } from '../plan-error.ts';
import { headerText } from '../record.ts';

const outOfOrders = fc.integer({ min: 0, max: 6 });
const timeouts = fc.integer({ min: 1, max: 15 });

test('by event time: what goes on is in order of time and source, the rest is late, and nothing is lost', () => {
  const grace = fc.integer({ min: 0, max: 5 });
  const total = fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 6 }));
  const overflow = fc.constantFrom('release-oldest' as const, 'spill' as const);
  fc.assert(
    fc.property(
      histories({ ids: 9, jitter: 8 }),
      outOfOrders,
      grace,
      total,
      overflow,
      (batches, outOfOrder, graceS, limit, full) => {
        const plan = timed(outOfOrder)
          .reorder({ by: 'event-time', grace: graceS * 1000, buffer: { total: limit }, overflow: full })
          .to(outcome);
        const found = play(plan, batches, { idle: '100000s' });
        for (const partition of PARTITIONS) {
          const history = ofPartition(batches, partition);
          assert.deepEqual(
            found[partition],
            sortedByTime(history, outOfOrder + graceS, full === 'spill' ? Infinity : limit),
          );
        }
      },
    ),
    { numRuns: 400 },
  );
});

test('by sequence: each key counts up, gaps are given up in time and marked, and nothing is lost', () => {
  const settings = fc.record({
    timeout: timeouts,
    outOfOrder: outOfOrders,
    start: fc.constantFrom('first-seen' as const, 1),
    onTimeout: fc.constantFrom('skip-and-mark' as const, 'dead-letter' as const, 'wait' as const),
    onDuplicate: fc.constantFrom('last' as const, 'dead-letter' as const),
    perKey: fc.oneof(fc.constant(100), fc.integer({ min: 1, max: 4 })),
    full: fc.constantFrom('release-oldest' as const, 'dead-letter' as const, 'spill' as const),
  });
  fc.assert(
    fc.property(histories({ ids: 12, jitter: 6 }), settings, (batches, asked) => {
      const isEndless = asked.onTimeout === 'wait' && asked.full === 'release-oldest';
      const given = { ...asked, full: isEndless ? 'dead-letter' : asked.full } as const;
      const plan = timed(given.outOfOrder)
        .reorder({
          sequence: (r) => r.value.id,
          start: given.start,
          gap: { timeout: given.timeout * 1000, onTimeout: given.onTimeout },
          onDuplicate: given.onDuplicate,
          buffer: { perKey: given.perKey },
          ...(isEndless ? {} : { overflow: given.full }),
        })
        .to(outcome);
      const found = play(plan, batches, { marks: ['x-gap'] });
      for (const partition of PARTITIONS)
        for (const key of ['a', 'b', 'c']) {
          const isOurs = (text: string) => keyOf(batches.flat() as Event[], text) === key;
          const { out, dead } = found[partition]!;
          assert.deepEqual(
            { out: out.filter(isOurs), dead: dead.filter(isOurs) },
            counted(ofPartition(batches, partition), key, given),
          );
        }
    }),
    { numRuns: 600 },
  );
});

test('by completeness: a group goes on whole and in order, or is dead-lettered when its time is over', () => {
  const settings = fc.record({
    timeout: timeouts,
    outOfOrder: outOfOrders,
    size: fc.integer({ min: 1, max: 4 }),
    asked: fc.boolean(),
  });
  fc.assert(
    fc.property(
      histories({ ids: 4, jitter: 6 }),
      settings,
      (batches, { timeout, outOfOrder, size, asked }) => {
        const plan = timed(outOfOrder)
          .reorder({
            group: (r) => r.value.id,
            complete: asked ? (records) => records.length === size : size,
            order: (r) => -r.value.n,
            timeout: timeout * 1000,
            forgetAfter: 3000,
          })
          .to(outcome);
        const found = play(plan, batches);
        for (const partition of PARTITIONS)
          assert.deepEqual(
            found[partition],
            grouped(ofPartition(batches, partition), { timeout, outOfOrder, size }),
          );
      },
    ),
    { numRuns: 400 },
  );
});

test('a gap that must not be stops the pipeline, and says which', () => {
  const driver = timed(0)
    .reorder({ sequence: (r) => r.value.id, start: 1, gap: { timeout: '5s', onTimeout: 'fail' } })
    .to(outcome)
    .test();
  driver.write('in', { key: 'a', value: { id: 3, at: 10 } });
  assert.throws(
    () => driver.write('in', { key: 'b', value: { id: 1, at: 15 } }),
    (error) =>
      error instanceof PipelineFailed &&
      /step reorder: 1-2 of key a did not come within 5000 ms/.test(error.message),
  );
});

test('a producer that restarts begins a new epoch: what was held goes on, what is older is late', () => {
  const driver = timed(0)
    .reorder({ sequence: (r) => r.value.id, epoch: (r) => r.value.content, start: 1, gap: { timeout: '1h' } })
    .to(outcome)
    .test();
  const write = (content: number, id: number) =>
    driver.write('in', { key: 'a', value: { content, id, at: 1 } });
  write(1, 1);
  write(1, 3);
  driver.crash();
  write(2, 1);
  write(1, 2);
  const out = driver.read('out').map(({ value, headers }) => {
    const { content, id } = JSON.parse(String(value)) as Event;
    return `${content}.${id} ${headers.find(({ key }) => key === 'x-gap')?.value?.toString() ?? ''}`.trim();
  });
  assert.deepEqual(out, ['1.1', '1.3 2-2', '2.1']);
  assert.equal(driver.read('dlq.p').length, 1);
});

test('a producer that restarts below the first number: what was held has gone on, and is not looked for again', () => {
  const driver = timed(0)
    .reorder({ sequence: (r) => r.value.id, epoch: (r) => r.value.content, start: 1, gap: { timeout: '5s' } })
    .to(outcome)
    .test();
  const write = (content: number, id: number, at: number) =>
    driver.write('in', { key: 'a', value: { content, id, at } });
  write(1, 2, 1);
  write(2, 0, 1);
  write(2, 1, 9);
  const out = driver.values('out').map((value) => `${(value as Event).content}.${(value as Event).id}`);
  assert.deepEqual(out, ['1.2', '2.1']);
  assert.equal(driver.read('dlq.p').length, 1);
});

test('a group that has as many records as are held ends early, where that was asked for; what comes then is late', () => {
  const group = {
    group: () => 1,
    complete: 5,
    timeout: '1h',
    onTimeout: 'release',
    buffer: { perGroup: 2 },
  } as const;
  const write = (overflow: 'release-oldest' | 'dead-letter' | 'spill') => {
    const driver = timed(0)
      .reorder({ ...group, overflow })
      .to(outcome)
      .test();
    driver.write('in', ...[1, 2, 3, 4, 5].map((n) => ({ key: 'a', value: { n, at: 0 } })));
    const reasons = driver.read('dlq.p').map(({ headers }) => headerText(headers, '__streams.errors.reason'));
    return { out: driver.values('out').map((value) => (value as Event).n), reasons };
  };
  assert.deepEqual(write('release-oldest'), { out: [1, 2], reasons: ['late', 'late', 'late'] });
  assert.deepEqual(write('dead-letter'), { out: [], reasons: ['overflow', 'overflow', 'overflow'] });
  assert.deepEqual(write('spill'), { out: [1, 2, 3, 4, 5], reasons: [] });
});

test('what happens when the buffer is full stands in the plan; what cannot work is refused, with what to do', () => {
  const inMemory = () => pipeline('p').from(events);
  type Options = Parameters<ReturnType<typeof timed>['reorder']>[0];
  const plan = (options: Options) => timed(0).reorder(options).to(outcome).plan();
  const sequence = (r: { readonly value: Event }) => r.value.id;
  const gap = { timeout: '1s' } as const;
  const waiting = { sequence, start: 1, gap: { onTimeout: 'wait' } } as const;
  assert.match(plan({ sequence, gap }), /at most 10000 of one, then its gap ends early/);
  assert.match(plan(waiting), /at most 10000 of one, then what comes is dead-lettered/);
  assert.match(
    plan({ by: 'event-time', overflow: 'spill' }),
    /held records, as many as come: they lie on disk/,
  );
  assert.match(
    plan({ sequence, gap, overflow: 'pause', clock: 'processing', buffer: { perKey: 7 } }),
    /with 7 of one no more is read until some go on/,
  );
  const refused = (options: unknown, message: RegExp, stream = timed(0)) =>
    assert.throws(() => stream.reorder(options as Options), message);
  refused({ sequence, gap, overflow: 'pause' }, /'pause' would never end: .*give it clock: 'processing'/);
  refused({ ...waiting, overflow: 'pause', clock: 'processing' }, /would never end: gap.onTimeout is 'wait'/);
  refused({ by: 'event-time', overflow: 'pause' }, /would never end: .*the watermark, which stands still/);
  refused(
    { ...waiting, overflow: 'release-oldest' },
    /overflow is 'release-oldest'; here it is dead-letter, spill/,
  );
  refused({ sequence, gap, overflow: 'drop' }, /overflow is 'drop'; here it is release-oldest, dead-letter,/);
  refused(
    { sequence, gap, overflow: 'spill' },
    /needs state on disk; .* state: \{ store: 'disk'/,
    inMemory() as never,
  );
});

test('a key that was silent for long is forgotten and begins anew', () => {
  const driver = timed(0)
    .reorder({ sequence: (r) => r.value.id, start: 1, gap: { timeout: '1s' }, forgetAfter: '10s' })
    .to(outcome)
    .test();
  driver.write('in', { key: 'a', value: { id: 1, at: 0 } });
  driver.write('in', { key: 'b', value: { id: 1, at: 10 } });
  driver.write('in', { key: 'a', value: { id: 1, at: 11 } });
  assert.equal(driver.read('out').length, 3);
});

test('numbers beyond 2^53 count as bigints; what is no number goes to the dead letter topic', () => {
  const driver = timed(0)
    .reorder({ sequence: (r) => BigInt(r.value.id), start: 2n ** 60n, gap: { timeout: '1s' } })
    .to(outcome)
    .test();
  driver.write('in', { key: 'a', value: { id: String(2n ** 60n + 1n), at: 0 } });
  driver.crash();
  driver.write('in', { key: 'a', value: { id: String(2n ** 60n), at: 0 } });
  assert.equal(driver.read('out').length, 2);
  driver.write('in', { key: 'a', value: { id: 'x', at: 0 } });
  assert.equal(driver.read('dlq.p').length, 1);
});

test('records that one record was made into keep their order', () => {
  const driver = timed(0)
    .flatMap((r) => [r.value, r.value, { ...r.value, n: 2 }])
    .reorder({ by: 'event-time' })
    .to(outcome)
    .test();
  driver.write('in', { key: 'a', value: { at: 5, n: 1 } });
  driver.advance('1h');
  assert.deepEqual(
    driver.values('out').map((value) => (value as Event).n),
    [1, 1, 2],
  );
});

test('of records of one moment the one with the lower source goes first, from whichever topic it comes', () => {
  const start = pipeline('p');
  const read = (name: string) =>
    start.from({ ...events, name }).eventTime((r) => r.value.at, { idleAfter: '1000s' });
  const driver = read('a').merge(read('b')).reorder({ by: 'event-time' }).to(outcome).test();
  driver.write('b', { value: { n: 2, at: 5 }, key: 'k' }, { value: { n: 4, at: 6 }, key: 'k' });
  driver.write('a', { value: { n: 1, at: 5 }, key: 'k' });
  driver.write('a', { value: { n: 3, at: 6 }, key: 'k' });
  driver.advance('1h');
  assert.deepEqual(
    driver.values('out').map((value) => (value as Event).n),
    [1, 2, 3, 4],
  );
});

test('records of one moment go in the order that was asked for, also over a restart; what has no order is a dead letter', () => {
  const driver = timed(0)
    .reorder({ by: 'event-time', order: (r) => (r.value.id === 0 ? Number.NaN : r.value.n) })
    .to(outcome)
    .test();
  const write = (...ns: number[]) =>
    driver.write('in', ...ns.map((n) => ({ key: 'a', value: { id: 1, n, at: 5 } })));
  write(10, -3, 9.5);
  driver.crash();
  write(2 ** 53, -0.5, 100, 9);
  driver.write('in', { key: 'a', value: { id: 0, n: 4, at: 5 } });
  driver.advance('1h');
  assert.deepEqual(
    driver.values('out').map((value) => (value as Event).n),
    [-3, -0.5, 9, 9.5, 10, 100, 2 ** 53],
  );
  assert.match(
    headerText(driver.read('dlq.p')[0]!.headers, '__streams.errors.message') ?? '',
    /a number or text is needed for an order, not NaN/,
  );
});

test('what has gone on leaves no state behind', () => {
  const write = (driver: ReturnType<typeof play>, ids: number[]) =>
    driver.write('in', ...ids.map((id) => ({ key: 'a', value: { id, n: 1, at: 0 } })));
  const play = (options: Parameters<ReturnType<typeof timed>['reorder']>[0]) =>
    timed(0).reorder(options).to(outcome).test();

  const sequence = play({ sequence: (r) => r.value.id, start: 1, gap: { timeout: '1s' }, forgetAfter: '1s' });
  write(sequence, [2, 3]);
  write(sequence, [1, 5, 4]);
  assert.deepEqual(sequence.state('reorder'), { keys: 1, held: 0 });
  const groups = play({ group: () => 1, complete: 3, timeout: '1s' });
  write(groups, [1, 2]);
  write(groups, [3]);
  assert.deepEqual(groups.state('reorder'), { groups: 1, members: 0 });
  const byTime = play({ by: 'event-time' });
  write(byTime, [1, 2]);
  for (const driver of [sequence, groups, byTime]) driver.advance('1d');
  assert.deepEqual(
    [sequence, groups, byTime].map((driver) => driver.state('reorder')),
    [{ keys: 0, held: 0 }, { groups: 0, members: 0 }, { 'by-time': 0 }],
  );
});

/** With state on disk a step may hold as much as it likes; a test keeps it in memory all the same. */
function timed(outOfOrder: number) {
  return pipeline('p', { state: { store: 'disk', folder: '/nonexistent' } })
    .from(events)
    .eventTime((r) => r.value.at * 1000, { maxOutOfOrder: outOfOrder * 1000, idleAfter: '1000s' });
}

function keyOf(all: readonly Event[], text: string): string | undefined {
  return all.find(({ n }) => n === Number(text.split(' ')[0]))?.key;
}

/** All held records in a list that is sorted anew each time. */
function sortedByTime(history: readonly Event[], wait: number, total: number): Outcome {
  let held: Event[] = [];
  const [out, dead]: [string[], string[]] = [[], []];
  let frontier = -Infinity;
  const release = () => {
    held.sort((a, b) => a.at - b.at || a.n - b.n);
    out.push(...held.filter(({ at }) => at < frontier).map(({ n }) => `${n}`));
    held = held.filter(({ at }) => at >= frontier);
  };
  for (const event of history) {
    frontier = Math.max(frontier, event.at - wait);
    release();
    if (event.at < frontier) dead.push(`${event.n} late`);
    else held.push(event);
    if (held.length > total) {
      frontier = Math.min(...held.map(({ at }) => at)) + 0.001;
      release();
    }
  }
  frontier = Infinity;
  release();
  return { out, dead };
}

interface SequenceGiven {
  readonly timeout: number;
  readonly outOfOrder: number;
  readonly start: number | 'first-seen';
  readonly onTimeout: 'skip-and-mark' | 'dead-letter' | 'wait';
  readonly onDuplicate: 'last' | 'dead-letter';
  readonly perKey: number;
  readonly full: 'release-oldest' | 'dead-letter' | 'spill';
}

/** One key: a list of held records; after each record of the partition, what can be done is done until nothing can. */
function counted(history: readonly Event[], key: string, given: SequenceGiven): Outcome {
  const [out, dead]: [string[], string[]] = [[], []];
  let held: Event[] = [];
  let next = given.start === 'first-seen' ? undefined : given.start;
  let due: number | undefined;
  let watermark = -Infinity;
  const drain = (mark = '') => {
    for (let first = true; held[0]?.id === next && held.length > 0; first = false) {
      out.push(`${held.shift()!.n}${first ? mark : ''}`);
      next!++;
    }
    due = held[0] === undefined || given.onTimeout === 'wait' ? undefined : held[0].at + given.timeout;
  };
  const isRefused = () => given.full === 'dead-letter' && (given.onTimeout !== 'wait' || next !== undefined);
  const giveUp = () => {
    const first = held[0]!.id;
    if (next !== undefined && given.onTimeout === 'dead-letter') {
      dead.push(...held.map(({ n }) => `${n} gap`));
      next = held.at(-1)!.id + 1;
      held = [];
      return drain();
    }
    const mark = next === undefined ? '' : ` ${next}-${first - 1}`;
    next = first;
    drain(mark);
  };
  for (const event of history) {
    watermark = Math.max(watermark, event.at - given.outOfOrder);
    while (due !== undefined && due <= watermark) giveUp();
    if (event.key === key) {
      const twin = held.findIndex(({ id }) => id === event.id);
      if (next !== undefined && event.id < next) dead.push(`${event.n} late`);
      else if (event.id === next) {
        held.unshift(event);
        drain();
      } else if (twin >= 0 && given.onDuplicate === 'dead-letter') dead.push(`${event.n} duplicate`);
      else if (twin >= 0) held[twin] = event;
      else if (held.length === given.perKey && isRefused()) dead.push(`${event.n} overflow`);
      else {
        held.push(event);
        held.sort((a, b) => a.id - b.id);
        if (held.length > given.perKey && given.full !== 'spill') giveUp();
        else if (held.length === 1 && (given.onTimeout !== 'wait' || next === undefined))
          due = event.at + given.timeout;
      }
    }
    while (due !== undefined && due <= watermark) giveUp();
  }
  return { out, dead };
}

function grouped(
  history: readonly Event[],
  { timeout, outOfOrder, size }: { timeout: number; outOfOrder: number; size: number },
): Outcome {
  const [out, dead]: [string[], string[]] = [[], []];
  const open = new Map<number, { due: number; members: Event[] }>();
  const finished = new Map<number, number>();
  let watermark = -Infinity;
  const expire = () => {
    const due = [...open].filter(([, group]) => group.due <= watermark);
    for (const [id, { due: at, members }] of due.sort(([a, x], [b, y]) => x.due - y.due || a - b)) {
      dead.push(...members.toSorted((a, b) => b.n - a.n).map(({ n }) => `${n} incomplete`));
      open.delete(id);
      finished.set(id, at + 3);
    }
    for (const [id, until] of finished) if (until <= watermark) finished.delete(id);
  };
  for (const event of history) {
    watermark = Math.max(watermark, event.at - outOfOrder);
    expire();
    if (finished.has(event.id)) dead.push(`${event.n} late`);
    else {
      const group = open.get(event.id) ?? { due: event.at + timeout, members: [] };
      group.members.push(event);
      open.set(event.id, group);
      if (group.members.length === size) {
        out.push(...group.members.toSorted((a, b) => b.n - a.n).map(({ n }) => `${n}`));
        open.delete(event.id);
        finished.set(event.id, event.at + 3);
      }
    }
    expire();
  }
  return { out, dead };
}
