import assert from 'node:assert/strict';
import test from 'node:test';
import { JOURNAL_BYTES_MIN } from '../config/index.ts';
import { journalOptionsOf } from './limits.ts';

const MEBIBYTE = 1024 * 1024;

test('the smallest journal that may be asked for has two files, each with room for more than the reserve', () => {
  for (const mebibytes of [JOURNAL_BYTES_MIN / MEBIBYTE, 65, 100, 144, 256, 512, 4096]) {
    const { fileBytes, limitBytes, reserveBytes, stepBytes } = journalOptionsOf(mebibytes * MEBIBYTE);
    assert.ok(2 * fileBytes <= limitBytes, `${mebibytes} MiB`);
    assert.equal(fileBytes % stepBytes, 0);
    assert.ok(fileBytes - reserveBytes >= 16 * MEBIBYTE);
  }
  assert.equal(journalOptionsOf(512 * MEBIBYTE).fileBytes, 128 * MEBIBYTE);
});
