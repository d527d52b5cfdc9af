import assert from 'node:assert/strict';
import test from 'node:test';
import { SeededRandom } from '../env/seeded-random.ts';
import { DIGEST_WORDS, IdWindow } from './id-window.ts';

const FAR = 2 ** 40;

/** Few first words, so that digests meet in the index all the time. */
function digestOf(id: number): Uint32Array {
  return Uint32Array.of(id % 7, id, 5, id);
}

test('a window finds the newest of each id, whatever was forgotten', () => {
  const random = new SeededRandom('id window');
  const window = new IdWindow();
  const known = new Map<number, number>();
  const ids: number[] = [];
  for (let step = 0; step < 20_000; step++) {
    const id = random.below(3000);
    window.add(digestOf(id), 0, FAR + step, FAR + step * 2);
    known.set(id, ids.push(id) - 1);
    if (random.below(40) === 0) window.forgetTo(window.first + random.below(window.size + 2));
    while (ids.length < window.next) known.set(-1, ids.push(-1) - 1); // a jump past the end
    const asked = random.below(3000);
    const position = known.get(asked) ?? -1;
    const found = window.find(digestOf(asked), 0);
    assert.equal(found, position >= window.first ? position : -1);
    if (found >= 0 && step > 0) assert.equal(window.timeAt(found) - FAR, (window.offsetAt(found) - FAR) * 2);
  }
});

test('a captured window stays as it was, and is the same when it is restored', () => {
  const window = new IdWindow();
  for (let id = 0; id < 1300; id++) window.add(digestOf(id), 0, FAR + id, 1000 + id);
  window.forgetTo(200);
  const { first, count, parts } = window.capture();
  for (let id = 1300; id < 3000; id++) window.add(digestOf(id), 0, id, 5000);
  window.forgetTo(2000);
  const words = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    words.set(part, at);
    at += part.length;
  }
  const restored = IdWindow.restore(first, words);
  assert.deepEqual([first, count, restored.first, restored.next], [200, 1100, 200, 1300]);
  for (let id = 0; id < 1300; id++) {
    const position = restored.find(digestOf(id), 0);
    assert.equal(position, id < 200 ? -1 : id);
    if (position >= 0)
      assert.deepEqual([restored.offsetAt(position), restored.timeAt(position)], [FAR + id, 1000 + id]);
  }
});

test('a million ids take less than 40 bytes each, and memory comes back', () => {
  const window = new IdWindow();
  const digest = new Uint32Array(DIGEST_WORDS);
  for (let id = 0; id < 1_000_000; id++) {
    digest[0] = Math.imul(id, 0x9e3779b1);
    digest[1] = id;
    window.add(digest, 0, id, id);
  }
  assert.ok(window.bytes < 40_000_000, `${window.bytes} bytes`);
  window.forgetTo(999_000);
  assert.ok(window.bytes < 100_000, `${window.bytes} bytes`);
});
