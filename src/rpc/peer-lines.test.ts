import assert from 'node:assert/strict';
import test from 'node:test';
import { PeerLines } from './peer-lines.ts';

test('of a flood of lines twenty are told in ten seconds, and then how many were left out', () => {
  const told: string[] = [];
  let now = 0;
  let wake: (() => void) | undefined;
  const clock = {
    monotonic: () => now,
    after: (ms: number, then: () => void) => {
      assert.equal(now + ms, 10_000);
      wake = then;
      return () => (wake = undefined);
    },
  };
  const lines = new PeerLines((level, message) => void told.push(`${level} ${message}`), clock);
  for (let n = 0; n < 1_000; n++) {
    now = n;
    lines.sink('warn', `refused ${n}`);
  }
  lines.sink('error', 'a fault of ours');
  lines.sink('debug', 'of no interest');
  assert.deepEqual(
    told.splice(0),
    [
      ...Array.from({ length: 20 }, (_, n) => `warn refused ${n}`),
      'error a fault of ours',
      'debug of no interest',
    ],
    'one after the other',
  );
  now = 10_000;
  wake!();
  assert.deepEqual(told.splice(0), [
    'warn 980 more connections were refused or closed in 10 s; gregor why: what for',
  ]);
  assert.equal(wake, undefined);
  lines.sink('warn', 'refused later');
  lines.tellRest();
  assert.deepEqual(told, ['warn refused later']);
});
