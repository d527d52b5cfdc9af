import assert from 'node:assert/strict';
import test from 'node:test';
import { StableOffsets } from './stable-offsets.ts';

test('R1: a transaction counts as decided once its marker is durable, not when the batch before it is', () => {
  const stable = new StableOffsets(0);
  const at = (highWatermark: number, firstOpenOffset?: number) => {
    stable.move({ logStartOffset: 0, highWatermark, firstOpenOffset });
    return [stable.lastStableOffset, stable.committedEnd];
  };
  assert.deepEqual(at(2, 1), [1, 1]);
  stable.ended({ producerId: 7, firstOffset: 1, lastOffset: 3, lastStableOffset: 4, isAborted: false });
  assert.deepEqual(
    [at(2), at(3)],
    [
      [1, 1],
      [1, 1],
    ],
  );
  assert.deepEqual(at(4), [4, 4]);
});
