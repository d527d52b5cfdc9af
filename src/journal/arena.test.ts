import assert from 'node:assert/strict';
import test from 'node:test';
import { BufferPool } from '../env/index.ts';
import { Arena } from './arena.ts';

const LARGE = 512 * 1024;

test('a large batch that was given away and fills its memory is kept; everything else is copied', () => {
  const arena = new Arena(new BufferPool());
  const frame = Buffer.allocUnsafeSlow(LARGE).fill(1);
  const batch = frame.subarray(100);
  const kept = arena.hold(batch, true).bytes;
  assert.equal(kept.buffer, frame.buffer);
  assert.deepEqual(kept, batch);

  const notGiven = arena.hold(batch, false).bytes;
  assert.notEqual(notGiven.buffer, frame.buffer);
  assert.deepEqual(notGiven, batch);

  const pinsTooMuch = frame.subarray(0, LARGE * 0.8);
  assert.notEqual(arena.hold(pinsTooMuch, true).memory.buffer, frame.buffer);
  const small = Buffer.allocUnsafeSlow(1000).fill(2);
  assert.notEqual(arena.hold(small, true).memory.buffer, small.buffer);
  assert.deepEqual(arena.hold(small, true).bytes, small);
});

test('a chunk is used again once all of its slices were released and it is full, in whatever order', () => {
  const buffers = new BufferPool();
  const arena = new Arena(buffers);
  const slices = Array.from({ length: 100 }, (_, n) => arena.copy(Buffer.alloc(1_000, n)).bytes);
  const inFirst = slices.filter(({ buffer }) => buffer === slices[0]!.buffer);
  assert.equal(inFirst.length, 65);
  for (const slice of inFirst.slice(1)) buffers.release(slice);
  assert.equal(buffers.freeBytes, 0);
  buffers.release(inFirst[0]!);
  assert.equal(buffers.freeBytes, 64 * 1024);

  const rest = slices.slice(65);
  for (const slice of rest) buffers.release(slice);
  assert.equal(buffers.freeBytes, 64 * 1024, 'it is not full yet');
  while (arena.copy(Buffer.alloc(1_000)).memory.buffer === rest[0]!.buffer);
  assert.equal(buffers.freeBytes, 64 * 1024, 'slices of it are still held');
});
