import assert from 'node:assert/strict';
import test from 'node:test';
import { AWAITED_MS, type FirstBatch, FirstBatches } from './first-batches.ts';
import { ProducerState } from './producer-state.ts';

const batch = (baseSequence: number, { producerId = 7, producerEpoch = 0 } = {}): FirstBatch => ({
  producerId,
  producerEpoch,
  baseSequence,
});

test('behind a first batch that was refused every other waits, until that one has begun', () => {
  const first = new FirstBatches();
  first.refused(batch(500), 0);
  first.refused(batch(510), 0); // it waits as well, behind the first
  assert.equal(first.awaitedBefore(batch(510), 1), 500);
  assert.equal(first.awaitedBefore(batch(500), 1), undefined);
  assert.equal(first.awaitedBefore(batch(0, { producerId: 8 }), 1), undefined);
  first.began(7);
  assert.equal(first.awaitedBefore(batch(510), 1), undefined);
});

test('a producer that gave its first batch up may begin with a new epoch at once, with the old one after a minute', () => {
  const first = new FirstBatches();
  first.refused(batch(0), 0);
  first.refused(batch(0), 1_000);
  assert.equal(first.awaitedBefore(batch(0, { producerEpoch: 1 }), 1_000), undefined);
  assert.equal(first.awaitedBefore(batch(4), 1_000 + AWAITED_MS - 1), 0);
  assert.equal(first.awaitedBefore(batch(4), 1_000 + AWAITED_MS), undefined);
  first.refused(batch(20, { producerEpoch: 1 }), 2_000);
  first.refused(batch(0), 2_000); // of an epoch that is over
  assert.equal(first.awaitedBefore(batch(30, { producerEpoch: 1 }), 2_000), 20);
});

test('V3: so many producers wait at most, the oldest are forgotten', () => {
  const first = new FirstBatches();
  for (let producerId = 0; producerId < 5_000; producerId++) {
    first.refused(batch(0, { producerId }), 0);
    first.refused(batch(0, { producerId: 5_000 }), 0);
  }
  assert.equal(first.size, 1_000);
  assert.equal(first.awaitedBefore(batch(4, { producerId: 5_000 }), 0), 0);
  assert.equal(first.awaitedBefore(batch(4, { producerId: 4_000 }), 0), undefined);
  assert.equal(first.awaitedBefore(batch(4, { producerId: 4_999 }), 0), 0);
});

test('I6: only of producers that are not known is a refusal kept, and only they must wait', () => {
  const state = new ProducerState({ expirationMs: 1_000 });
  const sequenced = (baseSequence: number) => ({
    ...batch(baseSequence),
    lastSequence: baseSequence + 9,
    isTransactional: false,
  });
  const append = (baseSequence: number, baseOffset: number) =>
    state.replay(
      {
        ...batch(baseSequence),
        attributes: 0,
        baseOffset,
        lastOffset: baseOffset + 9,
        maxTimestamp: 1,
        markerType: -1,
        coordinatorEpoch: -1,
      },
      1,
    );
  state.refused(sequenced(0), 1);
  assert.throws(() => state.check(sequenced(10), 1), /OUT_OF_ORDER_SEQUENCE_NUMBER: .*0 found no room/);
  assert.deepEqual(state.check(sequenced(0), 1), { kind: 'append' });
  append(0, 0);
  assert.deepEqual(state.check(sequenced(10), 1), { kind: 'append' });
  state.refused(sequenced(10), 1);
  append(10, 10);
  assert.deepEqual(state.check(sequenced(20), 1), { kind: 'append' });
  assert.deepEqual(state.check(sequenced(900), 1_001), { kind: 'append' }); // nobody knows it any more, and nothing is waited for
});
