import assert from 'node:assert/strict';
import test from 'node:test';
import { BufferPool } from '../env/index.ts';
import { Arena } from './arena.ts';

const LARGE = 512 * 1024;

test('a large batch that was given away and fills its memory is kept; everything else is copied', () => {
  const arena = new Arena(new BufferPool());
  const frame = Buffer.allocUnsafeSlow(LARGE).fill(1);
  const batch = frame.subarray(100);
  const kept = arena.hold(batch, true);
  assert.equal(kept.buffer, frame.buffer);
  assert.deepEqual(kept, batch);

  const notGiven = arena.hold(batch, false);
  assert.notEqual(notGiven.buffer, frame.buffer);
  assert.deepEqual(notGiven, batch);

  const pinsTooMuch = frame.subarray(0, LARGE * 0.8);
  assert.notEqual(arena.hold(pinsTooMuch, true).buffer, frame.buffer);
  const small = Buffer.allocUnsafeSlow(1000).fill(2);
  assert.notEqual(arena.hold(small, true).buffer, small.buffer);
  assert.deepEqual(arena.hold(small, true), small);
});
