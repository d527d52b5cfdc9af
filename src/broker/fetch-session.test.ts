import assert from 'node:assert/strict';
import test from 'node:test';
import { SeededRandom } from '../env/seeded-random.ts';
import { type FetchPartition, keyOf, NO_SESSION } from './fetch-session.ts';
import { FetchSessions } from './fetch-sessions.ts';

const wanted = (partition: number, fetchOffset = 0): FetchPartition => ({
  topic: 't',
  topicId: '0'.repeat(32),
  partition,
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
  fetchOffset,
  partitionMaxBytes: 100,
});
const all = (count: number) => Array.from({ length: count }, (_, partition) => wanted(partition));
const told = (bytes: number, highWatermark = 100) => ({
  errorCode: 0,
  bytes,
  highWatermark,
  logStartOffset: 0,
});
const sessions = () => new FetchSessions(new SeededRandom('fetch sessions'));

test('V2: with a budget for one partition at a time every partition of a session gets its turn', () => {
  const all8 = sessions();
  const { session } = all8.plan(NO_SESSION, 0, all(8), [], false);
  const served: number[] = [];
  for (let epoch = 1; epoch <= 16; epoch++) {
    const plan = all8.plan(session!.id, epoch, [], [], false);
    for (const [n, one] of plan.wanted.entries()) {
      if (n === 0) served.push(one.partition);
      session!.tell(one, told(n === 0 ? 100 : 0, 100 + epoch)); // all of them have more
    }
  }
  assert.deepEqual(
    served,
    [...all(8), ...all(8)].map(({ partition }) => partition),
  );
});

test('O2: a session serves a request once: one of an earlier or later epoch is refused', () => {
  const own = sessions();
  const { session } = own.plan(NO_SESSION, 0, all(2), [], false);
  own.plan(session!.id, 1, [wanted(0, 5)], [], false);
  for (const epoch of [1, 3])
    assert.throws(
      () => own.plan(session!.id, epoch, [wanted(0, 1)], [], false),
      /INVALID_FETCH_SESSION_EPOCH/,
    );
  const { wanted: known } = own.plan(session!.id, 2, [], [], false);
  assert.deepEqual(
    known.map(({ fetchOffset }) => fetchOffset),
    [5, 0],
  );
});

test('what did not change since it was told last is no news; records, errors and moved offsets are', () => {
  const { session } = sessions().plan(NO_SESSION, 0, all(1), [], false);
  const tell = (...answer: Parameters<typeof told>) => session!.tell(wanted(0), told(...answer));
  assert.deepEqual([tell(0), tell(0), tell(10), tell(0), tell(0, 101)], [true, false, true, false, true]);
  assert.ok(session!.tell(wanted(0), { ...told(0, 101), errorCode: 6 }));
  assert.ok(tell(0, 101), 'the first success after an error');
});

test('V3: sessions remember so many partitions together: those used longest ago go, and what is too large alone gets none', () => {
  const few = new FetchSessions(new SeededRandom('fetch sessions'), 10, 100);
  const first = few.plan(NO_SESSION, 0, all(60), [], false).session!;
  const second = few.plan(NO_SESSION, 0, all(40), [], false).session!;
  assert.ok(few.plan(first.id, 1, [], [], false).isIncremental); // now the other one was used longest ago
  const third = few.plan(NO_SESSION, 0, all(30), [], false).session!;
  assert.throws(() => few.plan(second.id, 1, [], [], false), /FETCH_SESSION_ID_NOT_FOUND/);
  assert.ok(few.plan(first.id, 2, [], [], false).isIncremental);
  assert.throws(() => few.plan(third.id, 1, all(101), [], false), /FETCH_SESSION_ID_NOT_FOUND/);
  assert.equal(few.plan(NO_SESSION, 0, all(101), [], false).session, undefined);
  assert.ok(few.plan(first.id, 3, [], [], false).isIncremental);
  few.plan(first.id, 4, [], all(60).map(keyOf), false); // empty: it is gone, and what it took is free
  assert.ok(few.plan(NO_SESSION, 0, all(100), [], false).session);
});

test('V3: the next request of a session ends the wait of the one before', () => {
  const some = sessions();
  const session = some.plan(NO_SESSION, 0, all(3), [], false).session!;
  let ended = 0;
  session.endWait = () => ended++;
  assert.throws(() => some.plan(session.id, 7, [], [], false), /INVALID_FETCH_SESSION_EPOCH/);
  assert.equal(ended, 0);
  some.plan(session.id, 1, [], [], false);
  assert.equal(ended, 1);
});
