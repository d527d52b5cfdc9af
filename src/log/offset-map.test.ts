import assert from 'node:assert/strict';
import test from 'node:test';
import { OffsetMap } from './offset-map.ts';

const key = (n: number) => Buffer.from(`key ${n}`);

test('the highest offset of each key is known, whatever the order, and unknown keys are −1', () => {
  const map = new OffsetMap(24 * 100_000);
  for (let n = 0; n < 5_000; n++) assert.equal(map.put(key(n % 1_999), n), true);
  assert.equal(map.put(key(7), 3), true);
  assert.equal(map.size, 1_999);
  for (let n = 0; n < 1_999; n++)
    assert.equal(map.get(key(n)), n < 5_000 - 2 * 1_999 ? n + 3_998 : n + 1_999);
  assert.equal(map.get(key(2_000)), -1);
  assert.equal(map.get(Buffer.alloc(0)), -1);
});

test('a new key is refused when nine of ten slots are taken, and known keys still move', () => {
  const map = new OffsetMap(24 * 20);
  let taken = 0;
  while (map.put(key(taken), taken)) taken++;
  assert.equal(taken, 18);
  assert.equal(map.get(key(18)), -1);
  assert.equal(map.put(key(3), 1_000), true);
  assert.equal(map.get(key(3)), 1_000);
});
