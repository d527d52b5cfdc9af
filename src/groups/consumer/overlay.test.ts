import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { OverlayMap } from './overlay.ts';

type Act = readonly [what: 'set' | 'delete' | 'clear', key: number, value: number];

const acts = fc.array(
  fc.tuple(fc.constantFrom<Act[0]>('set', 'set', 'set', 'delete', 'delete', 'clear'), fc.nat(9), fc.nat(99)),
  { maxLength: 30 },
);

test('an overlay says at every moment what a copy says, in the same order, and leaves the map below as it is', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(99))), acts, (entries, steps) => {
      const below = new Map(entries);
      const copy = new Map(below);
      const overlay = new OverlayMap(below);
      for (const [what, key, value] of steps) {
        if (what === 'set') {
          copy.set(key, value);
          overlay.set(key, value);
        } else if (what === 'delete') assert.equal(overlay.delete(key), copy.delete(key));
        else {
          copy.clear();
          overlay.clear();
        }
        assert.deepEqual([...overlay], [...copy]);
        assert.deepEqual([...overlay.keys()], [...copy.keys()]);
        assert.deepEqual([...overlay.values()], [...copy.values()]);
        assert.equal(overlay.size, copy.size);
        assert.equal(overlay.has(key), copy.has(key));
        assert.equal(overlay.get(key), copy.get(key));
        const visited: unknown[] = [];
        overlay.forEach((visitedValue, visitedKey) => visited.push([visitedKey, visitedValue]));
        assert.deepEqual(visited, [...copy]);
      }
      assert.deepEqual(below, new Map(entries));
    }),
  );
});
