/** dedupe with its ids outside: what is over leaves the changelog. What comes out, dedupe.test.ts says, with the ids in state and outside. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { serde } from '../plan/serde.ts';
import { pipeline } from '../plan/start.ts';
import { topic } from '../plan/topic.ts';

const REDIS = { redis: 'redis://127.0.0.1:6379' };

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

test('of more ids than may be there the oldest leave, those that were brought back by a start, too', () => {
  const driver = pipeline('p')
    .from(topic('in', { key: serde.text }))
    .dedupe({ window: { count: 100 }, clock: 'processing', store: REDIS })
    .to(topic('out', { key: serde.text }))
    .test();
  const write = (from: number, to: number) =>
    driver.write('in', ...Array.from({ length: to - from }, (_, n) => ({ key: `${from + n}` })));
  for (let from = 0; from < 600; from += 150) {
    write(from, from + 150);
    driver.crash();
    driver.advance('1s');
  }
  assert.deepEqual(driver.state('dedupe'), { ids: 100 });
  write(500, 600);
  assert.equal(driver.read('out').length, 600);
  write(499, 500);
  assert.equal(driver.read('out').length, 1);
});

test('an address that is none is refused', () => {
  const start = pipeline('p').from(topic('in', { key: serde.text }));
  assert.throws(
    () => start.dedupe({ window: { time: '1s' }, store: { redis: '127.0.0.1:6379' } }),
    /it is an address such as redis:/,
  );
});
