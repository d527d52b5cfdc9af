import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeDedupeIds, encodeDedupeIds } from './dedupe-ids.ts';
import { decodeDedupeSnapshot, encodeDedupeSnapshot } from './dedupe-snapshot.ts';
import { DedupeState } from './dedupe-state.ts';

const TRANSACTIONAL = 0x10;
const ids = {
  head: 0,
  first: 0,
  time: 1_700_000_000_123,
  deltas: [0, 2],
  digests: Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
};

function filled(): DedupeState {
  const state = new DedupeState();
  state.take({ baseOffset: 2 ** 33, producerId: -1, attributes: 0 }, ids);
  state.take(
    { baseOffset: 2 ** 33 + 3, producerId: 9, attributes: TRANSACTIONAL },
    { ...ids, digests: ids.digests.map((word) => word + 9) },
  );
  return state;
}

test('ids of a batch are the same when they are read again; another version is refused', () => {
  const bytes = encodeDedupeIds(ids);
  assert.deepEqual(decodeDedupeIds(bytes), ids);
  bytes[0] = 2;
  assert.throws(() => decodeDedupeIds(bytes), /another version/);
});

test('a snapshot is the same when it is restored, with what open transactions hold', () => {
  const state = new DedupeState();
  assert.ok(state.restore(Buffer.concat(encodeDedupeSnapshot(filled().capture())), 2 ** 33 + 6));
  assert.equal(state.lastTime, ids.time);
  assert.equal(state.counting.offsetAt(state.counting.find(ids.digests, 4)), 2 ** 33 + 2);
  assert.deepEqual(state.holderOf(Uint32Array.of(10, 11, 12, 13), 0), { producerId: 9, offset: 2 ** 33 + 3 });
  state.take({ baseOffset: 2 ** 33, producerId: -1, attributes: 0 }, ids);
  assert.equal(state.counting.size, 2, 'what is in the snapshot is not taken twice');
  state.ended({ baseOffset: 2 ** 33 + 6, producerId: 9, markerType: 1, maxTimestamp: ids.time + 5 });
  assert.deepEqual([state.counting.size, state.lastTime, state.heldBytes], [4, ids.time + 5, 0]);
});

test('no changed or missing byte of a snapshot goes unnoticed', () => {
  const whole = Buffer.concat(encodeDedupeSnapshot(filled().capture()));
  for (let at = 0; at < whole.length; at++) {
    assert.equal(decodeDedupeSnapshot(whole.subarray(0, at)), undefined);
    if (at === 6 || at === 7) continue; // spare
    const changed = Buffer.from(whole);
    changed[at]! ^= 1;
    assert.equal(decodeDedupeSnapshot(changed), undefined, `byte ${at}`);
  }
});
