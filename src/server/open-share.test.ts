/** Tests of the share: files before connections, and a start that says that there are too few. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareOpen, TooFewOpenFiles } from './open-share.ts';

const WISHED = { files: 4_000, connections: 2 ** 31 - 1 };
/** What the system gives, and what files have of it. */
const FILES = [
  [96, 16],
  [128, 32],
  [256, 96],
  [1_024, 480],
  [2_048, 500],
  [4_096, 504],
  [20_000, 2_492],
  [524_288, 4_000],
] as const;

test('V3: files and connections together stay below what the system gives, and few connections are said', () => {
  for (const [openMax, files] of FILES) {
    const told: string[] = [];
    const share = shareOpen(openMax, WISHED, (_level, text) => told.push(text));
    assert.ok(share.files + share.connections < openMax, `${openMax}: ${JSON.stringify(share)}`);
    assert.equal(share.files, files);
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
