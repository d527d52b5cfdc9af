import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMax, parseOpenMax } from './open-max.ts';

test('the limit is read from the table of proc(5)', () => {
  const table = 'Limit   Soft Limit  Hard Limit  Units\nMax processes  10  10  processes\nMax open files';
  assert.equal(
    parseOpenMax(`${table}            1024                 4096                 files     \n`),
    1_024,
  );
  assert.equal(
    parseOpenMax(`${table}            unlimited            unlimited            files     \n`),
    Number.POSITIVE_INFINITY,
  );
});

test('this process has a limit that it can live with', () => {
  assert.ok(openMax() > 64);
});
