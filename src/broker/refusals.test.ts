import assert from 'node:assert/strict';
import test from 'node:test';
import { Refusals, type Refused } from './refusals.ts';

const UNKNOWN = 3;
const REBALANCE = 27;
const TOO_LARGE = 10;
const INVALID_RECORD = 87;

function world() {
  const time = { now: 1000 };
  const clock = { now: () => time.now, monotonic: () => time.now };
  return { time, refusals: new Refusals(clock, (id) => (id === 'a1' ? 'orders' : undefined)) };
}

const by = (clientId: string): Refused => ({
  address: '10.0.0.1',
  clientId,
  api: { name: 'Produce', version: 7 },
});
const produced = (code: number, errorMessage?: string, index = 0) => ({
  responses: [
    {
      name: 'orders',
      topicId: '0'.repeat(32),
      partitionResponses: [{ index, errorCode: code, errorMessage }],
    },
  ],
  throttleTimeMs: 0,
});

test('an answer tells topic, partition and reason, by name or by id', () => {
  const { refusals } = world();
  refusals.answered(by('kcat'), produced(INVALID_RECORD, 'record 3 is bad', 2));
  refusals.answered(by('java'), {
    topics: [{ topicId: 'a1', partitions: [{ partitionIndex: 1, errorCode: UNKNOWN }] }],
  });
  const [java, kcat] = refusals.report().refusals;
  assert.deepEqual(
    [kcat!.topic, kcat!.partition, kcat!.error, kcat!.reason, kcat!.api, kcat!.clientId, kcat!.address],
    ['orders', 2, 'INVALID_RECORD', 'record 3 is bad', 'Produce v7', 'kcat', '10.0.0.1'],
  );
  assert.match(kcat!.advice, /gregor topic describe orders/);
  assert.deepEqual([java!.topic, java!.partition], ['orders', 1]);
  assert.match(java!.reason, /no such topic/);
});

test('the same again is one entry, the newest in front, with the last reason', () => {
  const { time, refusals } = world();
  for (const n of [1, 2, 3]) {
    time.now = n * 1000;
    refusals.answered(by('a'), produced(INVALID_RECORD, `reason ${n}`, n));
    if (n === 2) refusals.answered(by('b'), produced(TOO_LARGE));
  }
  const [a, b] = refusals.report().refusals;
  assert.deepEqual([a!.count, a!.since, a!.at, a!.reason, a!.partition], [3, 1000, 3000, 'reason 3', 3]);
  assert.deepEqual([b!.count, b!.error], [1, 'MESSAGE_TOO_LARGE']);
});

test('everyday turns of the protocol are no refusals', () => {
  const { refusals } = world();
  refusals.answered(by('a'), { errorCode: REBALANCE });
  assert.deepEqual(refusals.report(), { refusals: [], notLookedAt: 0 });
});

test('it stays small, and of a flood only a part is looked at', () => {
  const { time, refusals } = world();
  for (let n = 0; n < 1000; n++) {
    if (n % 10 === 0) time.now += 1000;
    refusals.answered(by(`client ${n} ${'x'.repeat(10_000)}`), produced(INVALID_RECORD, 'y'.repeat(10_000)));
  }
  const { refusals: kept } = refusals.report();
  assert.equal(kept.length, 256);
  assert.match(kept[0]!.clientId!, /^client 999 /);
  assert.ok(kept.every(({ clientId, reason }) => clientId!.length <= 400 && reason.length <= 400));
  time.now += 1000;
  for (let n = 0; n < 80; n++) refusals.answered(by(`flood ${n}`), produced(TOO_LARGE));
  assert.equal(refusals.report().notLookedAt, 30);
  const partitions = Array.from({ length: 5000 }, (_, index) => ({ index, errorCode: TOO_LARGE }));
  time.now += 1000;
  refusals.answered(by('wide'), { responses: [{ name: 'wide', partitionResponses: partitions }] });
  assert.ok(refusals.report().refusals[0]!.count <= 16);
});

test('a connection that ended is told once, by who knew most', () => {
  const { refusals } = world();
  refusals.ended(by('old'), 'UNSUPPORTED_VERSION', 'Fetch v2 is not served');
  refusals.ended(
    { address: '10.0.0.1', clientId: null, api: undefined },
    'INVALID_REQUEST',
    'Fetch v2 is not served',
  );
  refusals.ended({ address: '10.0.0.2', clientId: null, api: undefined }, 'INVALID_REQUEST', 'speaks HTTP');
  assert.deepEqual(
    refusals.report().refusals.map(({ error, address, api }) => [error, address, api]),
    [
      ['INVALID_REQUEST', '10.0.0.2', undefined],
      ['UNSUPPORTED_VERSION', '10.0.0.1', 'Produce v7'],
    ],
  );
});
