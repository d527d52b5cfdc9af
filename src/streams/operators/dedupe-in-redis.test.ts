/** dedupe with its ids outside: what comes out is what comes out with them in state; and what is over is taken away. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Event, events, histories, outcome, play } from '../driver/history-fixture.ts';
import { serde } from '../plan/serde.ts';
import { pipeline } from '../plan/start.ts';
import { topic } from '../plan/topic.ts';
import type { DedupeOptions } from './dedupe-options.ts';

const REDIS = { redis: 'redis://127.0.0.1:6379' };

function plan(options: Partial<DedupeOptions<string, Event>>) {
  return pipeline('p')
    .from(events)
    .eventTime((r) => r.value.at * 1000, { maxOutOfOrder: '2s' })
    .dedupe({
      by: (r) => r.value.id,
      content: (r) => r.value.content,
      window: { time: '8s' },
      onDuplicate: 'mark',
      ...options,
    })
    .to(outcome);
}

test('on random histories with crashes: as with ids in state, duplicates refreshing them or not', () => {
  fc.assert(
    fc.property(histories({ ids: 6, jitter: 5 }), fc.boolean(), (batches, refreshOnDuplicate) => {
      const marks = { marks: ['x-duplicate-of'] };
      /** What is refused unasked is in the dead letter topic at once: those are in no order. */
      const played = (options: Partial<DedupeOptions<string, Event>>) =>
        play(plan(options), batches, marks).map(({ out, dead }) => ({ out, dead: [...dead].sort() }));
      assert.deepEqual(played({ refreshOnDuplicate, store: REDIS }), played({ refreshOnDuplicate }));
    }),
    { numRuns: 100 },
  );
});

test('ids whose time is over leave the changelog', () => {
  const driver = pipeline('p')
    .from(topic('in', { key: serde.text }))
    .dedupe({ window: { time: '10s' }, clock: 'processing', store: REDIS })
    .to(topic('out', { key: serde.text }))
    .test();
  driver.write('in', ...Array.from({ length: 1200 }, (_, n) => ({ key: `${n}` })));
  assert.deepEqual(driver.state('dedupe'), { ids: 1200 });
  for (let n = 0; n < 4; n++) driver.advance('11s');
  assert.deepEqual(driver.state('dedupe'), { ids: 0 });
  assert.equal(driver.counts.get('dedupe: forgotten'), 1200);
});

test('what the cache cannot do is refused', () => {
  const made = (options: Partial<DedupeOptions<string, Event>>) => () => plan({ store: REDIS, ...options });
  assert.throws(
    made({ window: { time: '1s', count: 5 } }),
    /it keeps the first, and forgets by window\.time/,
  );
  assert.throws(made({ store: { redis: '127.0.0.1:6379' } }), /it is an address such as redis:/);
});
