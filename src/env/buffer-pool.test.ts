import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { BufferPool } from './buffer-pool.ts';

const MEBIBYTE = 1024 * 1024;

test('memory is given out again once nobody holds it, and not before', () => {
  const pool = new BufferPool();
  const first = pool.take(MEBIBYTE);
  const part = first.subarray(100, 200);
  pool.hold(part);
  pool.release(first);
  assert.ok(pool.take(MEBIBYTE).buffer !== first.buffer, 'a part of it is held');
  pool.release(part);
  assert.equal(pool.freeBytes, MEBIBYTE);
  assert.ok(pool.take(MEBIBYTE).buffer === first.buffer);
  assert.equal(pool.freeBytes, 0);
});

test('sizes that are near each other share memory, of which little is lost', () => {
  const pool = new BufferPool();
  fc.assert(
    fc.property(fc.integer({ min: 64 * 1024, max: 8 * MEBIBYTE }), (length) => {
      const bytes = pool.take(length);
      assert.equal(bytes.length, length);
      assert.equal(bytes.byteOffset, 0);
      assert.ok(length >= bytes.buffer.byteLength * (7 / 8), `${length} of ${bytes.buffer.byteLength}`);
      pool.release(bytes);
    }),
  );
  const fresh = new BufferPool();
  const one = fresh.take(MEBIBYTE + 100);
  fresh.release(one);
  assert.ok(fresh.take(MEBIBYTE + 5_000).buffer === one.buffer);
});

test('bytes that are not its own, and small ones, are nobody’s business', () => {
  const pool = new BufferPool();
  for (const bytes of [Buffer.alloc(MEBIBYTE), pool.take(1_000), pool.take(9 * MEBIBYTE)]) {
    pool.hold(bytes);
    for (let n = 0; n < 5; n++) pool.release(bytes);
  }
  assert.equal(pool.freeBytes, 0);
});

test('who releases what nobody holds, or holds it, made a mistake', () => {
  const pool = new BufferPool();
  const bytes = pool.take(MEBIBYTE);
  pool.release(bytes);
  assert.throws(() => pool.release(bytes), /memory that nobody holds is released/);
  assert.throws(() => pool.hold(bytes), /memory that nobody holds is held/);
});

test('it keeps no more than its limit, and lets go of what is not needed', () => {
  const pool = new BufferPool();
  const taken = Array.from({ length: 100 }, () => pool.take(MEBIBYTE));
  for (const bytes of taken) pool.release(bytes);
  assert.equal(pool.freeBytes, 64 * MEBIBYTE);
  assert.equal(taken.filter(({ length }) => length === 0).length, 36, 'the others went back to the system');
  pool.shrink();
  assert.equal(pool.freeBytes, 64 * MEBIBYTE, 'a moment ago all of it was needed');
  const needed = Array.from({ length: 40 }, () => pool.take(MEBIBYTE));
  for (const bytes of needed) pool.release(bytes);
  pool.shrink();
  assert.equal(pool.freeBytes, 52 * MEBIBYTE, '24 MiB were not');
  for (let n = 0; n < 6; n++) pool.shrink();
  assert.equal(pool.freeBytes, 0);
  assert.equal(pool.take(MEBIBYTE).length, MEBIBYTE);
});

test('what is released can be overwritten, so that who still reads it notices', () => {
  const pool = new BufferPool({ overwrites: true });
  const bytes = pool.take(MEBIBYTE).fill(1);
  pool.release(bytes);
  assert.ok(bytes.every((byte) => byte === 0xdb));
});
