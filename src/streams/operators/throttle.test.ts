import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Event, events, outcome } from '../driver/history-fixture.ts';
import { pipeline } from '../plan/start.ts';
import type { ThrottleOptions } from './throttle.ts';

const plan = (options: ThrottleOptions<string, Event>) =>
  pipeline('p').from(events).throttle(options).to(outcome);

/** How many records of each key come, then time passes; or a crash. */
const acts = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        keys: fc.array(fc.constantFrom('a', 'b'), { maxLength: 6 }),
        passMs: fc.integer({ min: 0, max: 900 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant('crash' as const) },
  ),
  { maxLength: 25 },
);

interface Seen {
  readonly key: string;
  readonly n: number;
  readonly atMs: number;
}

test('nothing is lost or overtakes its key, no span has too many, and nobody waits longer than he must; over crashes', () => {
  const given = fc.record({
    rate: fc.constantFrom(1, 3, 7),
    burst: fc.constantFrom(1, 2, 5),
    by: fc.constantFrom('key' as const, 'task' as const),
  });
  fc.assert(
    fc.property(acts, given, (history, { rate, burst, by }) => {
      const driver = plan({ rate, burst, by }).test({ nowMs: 1000 });
      const came: Seen[] = [];
      const left: Seen[] = [];
      const look = () => {
        for (const { key, value } of driver.read('out'))
          left.push({ key: String(key), n: (JSON.parse(String(value)) as Event).n, atMs: driver.nowMs });
      };
      const pass = (ms: number) => {
        for (let n = 0; n < ms; n += 50) {
          driver.advance(50);
          look();
        }
      };
      for (const act of history) {
        if (act === 'crash') driver.crash();
        else {
          for (const key of act.keys) {
            came.push({ key, n: came.length, atMs: driver.nowMs });
            driver.write('in', { key, value: { n: came.length - 1 } });
            look();
          }
          pass(act.passMs);
        }
      }
      pass((came.length * 1000) / rate + 1000);
      const idOf = ({ key }: Seen) => (by === 'key' ? key : '');
      for (const id of by === 'key' ? ['a', 'b'] : ['']) {
        const out = left.filter((one) => idOf(one) === id);
        const into = came.filter((one) => idOf(one) === id);
        assert.deepEqual(
          out.map(({ n }) => n),
          into.map(({ n }) => n),
        );
        // When it could leave at the earliest, by the definition, on the 50 ms on which this test looks.
        let [sinceMs, sent] = [-Infinity, 0];
        for (const [nth, one] of into.entries()) {
          if (sinceMs + Math.ceil((sent * 1000) / rate) <= one.atMs) [sinceMs, sent] = [one.atMs, 0];
          sent++;
          const due = Math.max(one.atMs, sinceMs + Math.ceil(((sent - burst) * 1000) / rate));
          assert.equal(out[nth]!.atMs, one.atMs + Math.ceil((due - one.atMs) / 50) * 50);
        }
        for (const { atMs } of out)
          assert.ok(
            out.filter((one) => one.atMs > atMs - 950 && one.atMs <= atMs).length <= rate + burst - 1,
          );
      }
      assert.equal(driver.read('dlq.p').length, 0);
      assert.deepEqual(driver.state('throttle')['held'] ?? 0, 0);
      assert.deepEqual(driver.state('throttle')['paces'] ?? 0, 0);
    }),
    { numRuns: 100 },
  );
});

test('wrong options are refused, and so is what goes by event time behind it', () => {
  for (const rate of [0, -1, Number.NaN, Infinity])
    assert.throws(() => plan({ rate }), /throttle: rate is .*a number above 0/);
  assert.throws(() => plan({ rate: 1, per: '0s' }), /per is no time at all/);
  assert.throws(() => plan({ rate: 1, burst: 1.5 }), /burst is 1\.5; it is a number of records/);
  assert.throws(
    () =>
      pipeline('p')
        .from(events)
        .throttle({ rate: 1, as: 'slow' })
        .keyBy((r) => r.value.key)
        .reorder({ by: 'event-time' })
        .to(outcome),
    /'reorder' goes by event time, behind 'slow', which delays records: they would come late. Put 'slow' behind it/,
  );
  assert.match(
    plan({ rate: 5, per: '1m', burst: 2 }).plan(),
    /throttle: 5 per 1m, by key; bursts of 2 {2}keeps held records, the pace of each/,
  );
});
