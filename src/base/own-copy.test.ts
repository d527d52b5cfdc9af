import assert from 'node:assert/strict';
import test from 'node:test';
import { ownCopy } from './own-copy.ts';

test('a copy that stays has memory of its own, and not a slice of what others use', () => {
  const bytes = Buffer.from('member').subarray(1);
  const copy = ownCopy(bytes);
  assert.equal(copy.toString(), 'ember');
  assert.equal(copy.buffer.byteLength, bytes.length);
  bytes[0] = 0;
  assert.equal(copy.toString(), 'ember');
});
