import assert from 'node:assert/strict';
import test from 'node:test';
import { LeaderEpochs } from './leader-epochs.ts';

const history = () =>
  new LeaderEpochs([
    { leaderEpoch: 3, startOffset: 0 },
    { leaderEpoch: 5, startOffset: 71 },
    { leaderEpoch: 6, startOffset: 90 },
  ]);

test('a client learns where each epoch that it may know ended', () => {
  const epochs = history();
  const ends = [-1, 0, 3, 4, 5, 6, 7].map((epoch) => epochs.endOffsetFor(epoch, 100));
  assert.deepEqual(ends, [
    { leaderEpoch: -1, endOffset: -1 },
    { leaderEpoch: 0, endOffset: 0 },
    { leaderEpoch: 3, endOffset: 71 },
    { leaderEpoch: 3, endOffset: 71 },
    { leaderEpoch: 5, endOffset: 90 },
    { leaderEpoch: 6, endOffset: 100 },
    { leaderEpoch: -1, endOffset: -1 },
  ]);
});

test('the current epoch ends at the log end although it has no batch yet', () => {
  const epochs = history();
  assert.deepEqual(epochs.endOffsetFor(9, 100, 9), { leaderEpoch: 9, endOffset: 100 });
  assert.deepEqual(epochs.endOffsetFor(8, 100, 9), { leaderEpoch: 6, endOffset: 100 });
  assert.deepEqual(epochs.endOffsetFor(6, 100, 9), { leaderEpoch: 6, endOffset: 100 });
  assert.deepEqual(new LeaderEpochs().endOffsetFor(9, 0, 9), { leaderEpoch: 9, endOffset: 0 });
});

test('epochs and offsets rise: anything else is a bug', () => {
  const epochs = history();
  assert.throws(() => epochs.assign(6, 95));
  assert.throws(() => epochs.assign(7, 89));
  epochs.assign(7, 95);
  assert.equal(epochs.latestEpoch, 7);
  epochs.assign(8, 95); // epoch 7 left nothing behind
  assert.deepEqual(epochs.list().at(-1), { leaderEpoch: 8, startOffset: 95 });
  assert.equal(epochs.list().length, 4);
});

test('the epoch that holds the log start stays when the log start rises', () => {
  const epochs = history();
  epochs.raiseStart(80);
  assert.deepEqual(epochs.list(), [
    { leaderEpoch: 5, startOffset: 80 },
    { leaderEpoch: 6, startOffset: 90 },
  ]);
  epochs.raiseStart(200);
  assert.deepEqual(epochs.list(), [{ leaderEpoch: 6, startOffset: 200 }]);
});
