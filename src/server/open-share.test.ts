/** Tests of the share: files before connections, and a start that says that there are too few. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareOpen, TooFewOpenFiles } from './open-share.ts';

const WISHED = { files: 500, connections: 2 ** 31 - 1 };

test('V3: files and connections together stay below what the system gives, and few connections are said', () => {
  for (const openMax of [96, 128, 256, 1_024, 4_096, 524_288]) {
    const told: string[] = [];
    const share = shareOpen(openMax, WISHED, (_level, text) => told.push(text));
    assert.ok(share.files + share.connections < openMax, `${openMax}: ${JSON.stringify(share)}`);
    assert.equal(share.files, openMax >= 1_100 ? 500 : Math.floor((openMax - 64) / 2));
    assert.equal(told.length, openMax < 10_000 ? 1 : 0);
  }
  assert.deepEqual(shareOpen(Number.POSITIVE_INFINITY, WISHED, assert.fail), WISHED);
  assert.deepEqual(shareOpen(1_024, { files: 500, connections: 100 }, assert.fail), {
    files: 500,
    connections: 100,
  });
});

test('V3: a process that may open next to nothing does not start, and names the limit', () => {
  assert.throws(() => shareOpen(95, WISHED, assert.fail), TooFewOpenFiles);
});
