import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { KafkaError } from '../protocol/index.ts';
import { decodeProducerSnapshot } from './producer-snapshot.ts';
import { type AppendedBatch, ProducerState, type SequencedBatch } from './producer-state.ts';

const MAX = 2 ** 31 - 1;
const DAY = 86_400_000;
const LENGTH = 10; // records in every batch of the hand-made cases

class World {
  state = new ProducerState({ expirationMs: DAY });
  now = 1_000;
  nextOffset = 0;

  batch(
    baseSequence: number,
    { epoch = 0, length = LENGTH, transactional = false, producerId = 7 } = {},
  ): SequencedBatch {
    const lastSequence = (baseSequence + length - 1) % 2 ** 31;
    return { producerId, producerEpoch: epoch, baseSequence, lastSequence, isTransactional: transactional };
  }

  /** Checks, and appends what may be appended. Answers the base offset, `dup:<base>-<last>` or the error's name. */
  send(baseSequence: number, options: Parameters<World['batch']>[1] = {}): number | string {
    const batch = this.batch(baseSequence, options);
    try {
      const answer = this.state.check(batch, this.now);
      if (answer.kind === 'duplicate') return `dup:${answer.baseOffset}-${answer.lastOffset}`;
    } catch (error) {
      assert.ok(error instanceof KafkaError);
      return error.errorName;
    }
    return this.append(batch, options.length ?? LENGTH);
  }

  append(batch: SequencedBatch, length: number, more: Partial<AppendedBatch> = {}): number {
    const baseOffset = this.nextOffset;
    this.nextOffset += length;
    const { producerId, producerEpoch, baseSequence, isTransactional } = batch;
    const attributes = isTransactional ? 0x10 : 0;
    const lastOffset = this.nextOffset - 1;
    const rest = { maxTimestamp: this.now, markerType: -1, coordinatorEpoch: -1 };
    const entry = {
      producerId,
      producerEpoch,
      baseSequence,
      attributes,
      baseOffset,
      lastOffset,
      ...rest,
      ...more,
    };
    this.state.replay(entry, this.now);
    return baseOffset;
  }

  marker(isCommit: boolean, epoch = 0) {
    const baseOffset = this.nextOffset++;
    const rest = {
      attributes: 0x30,
      maxTimestamp: this.now,
      markerType: isCommit ? 1 : 0,
      coordinatorEpoch: 3,
    };
    const batch = {
      producerId: 7,
      producerEpoch: epoch,
      baseSequence: -1,
      baseOffset,
      lastOffset: baseOffset,
      ...rest,
    };
    return this.state.replay(batch, this.now);
  }

  /** The same producers after a stop and a start. */
  restart(): void {
    const bytes = this.state.encodeSnapshot();
    this.state = new ProducerState({ expirationMs: DAY });
    if (bytes !== undefined) this.state.restore(bytes);
  }
}

test('a producer that writes in sequence is let through', () => {
  const world = new World();
  assert.deepEqual([world.send(0), world.send(10), world.send(20)], [0, 10, 20]);
});

test('batches without a producer id are never looked at', () => {
  const world = new World();
  assert.deepEqual([world.send(-1, { producerId: -1 }), world.send(-1, { producerId: -1 })], [0, 10]);
  assert.equal(world.state.size, 0);
});

for (const restarts of [false, true]) {
  const when = restarts ? ' after a restart' : '';
  const after = (world: World) => {
    if (restarts) world.restart();
    return world;
  };

  test(`each of the last five batches is answered with its original offsets${when}`, () => {
    const world = new World();
    for (let n = 0; n < 8; n++) world.send(n * 10);
    after(world);
    const answers = [30, 40, 50, 60, 70].map((sequence) => world.send(sequence));
    assert.deepEqual(answers, ['dup:30-39', 'dup:40-49', 'dup:50-59', 'dup:60-69', 'dup:70-79']);
    assert.equal(world.send(80), 80);
  });

  test(`older batches are named duplicates, down to the first sequence seen${when}`, () => {
    const world = new World();
    for (let n = 0; n < 8; n++) world.send(1_000 + n * 10);
    after(world);
    assert.equal(world.send(1_000), 'DUPLICATE_SEQUENCE_NUMBER');
    assert.equal(world.send(1_020), 'DUPLICATE_SEQUENCE_NUMBER');
    assert.equal(world.send(990), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    assert.equal(world.send(995), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  });

  test(`a gap ahead and a batch that fits no original are refused${when}`, () => {
    const world = new World();
    for (let n = 0; n < 8; n++) world.send(n * 10);
    after(world);
    for (const wrong of [81, 90, 1_000_000, MAX, 35, 75, 25]) // 25-34 lies half in the window
      assert.equal(world.send(wrong), 'OUT_OF_ORDER_SEQUENCE_NUMBER', `sequence ${wrong}`);
    assert.equal(world.send(30, { length: 9 }), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    assert.equal(world.send(80), 80);
  });

  test(`sequence numbers wrap from 2^31 − 1 to 0${when}`, () => {
    const world = new World();
    for (const sequence of [MAX - 19, MAX - 9, 0]) world.send(sequence);
    after(world);
    assert.equal(world.send(MAX - 9), 'dup:10-19');
    assert.equal(world.send(10), 30);
    const across = new World();
    assert.equal(across.send(MAX - 4), 0); // MAX-4 ... MAX, 0 ... 4
    after(across);
    assert.equal(across.send(MAX - 4), 'dup:0-9');
    assert.equal(across.send(5), 10);
    for (let n = 0; n < 5; n++) across.send(15 + n * 10);
    after(across);
    assert.equal(across.send(MAX - 4), 'DUPLICATE_SEQUENCE_NUMBER');
    assert.equal(across.send(MAX - 14), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  });

  test(`an older epoch is fenced, a newer one begins at 0${when}`, () => {
    const world = new World();
    world.send(0, { epoch: 4 });
    after(world);
    assert.equal(world.send(10, { epoch: 3 }), 'INVALID_PRODUCER_EPOCH');
    assert.equal(world.send(10, { epoch: 5 }), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    assert.equal(world.send(0, { epoch: 5 }), 10);
    after(world);
    assert.equal(world.send(0, { epoch: 5 }), 'dup:10-19');
    assert.equal(world.send(0, { epoch: 4 }), 'INVALID_PRODUCER_EPOCH');
  });
}

test('after more than 2^30 sequence numbers a gap ahead is still no duplicate', () => {
  const world = new World();
  const length = 2 ** 27;
  for (let n = 0; n < 20; n++) world.send((n * length) % 2 ** 31, { length });
  const last = (20 * length - 1) % 2 ** 31;
  assert.equal(world.send((last + 2) % 2 ** 31), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(world.send((last + 2 ** 29) % 2 ** 31), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(world.send((last + 1 - 7 * length + 2 ** 31) % 2 ** 31), 'DUPLICATE_SEQUENCE_NUMBER');
});

test('a producer that nothing is known of may begin anywhere, and is forgotten when idle for long', () => {
  const world = new World();
  assert.equal(world.send(500), 0);
  world.now += DAY - 1;
  assert.equal(world.send(500), 'dup:0-9');
  world.now += 1;
  assert.equal(world.send(900), 10);
  assert.equal(world.send(500), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
});

test('old record timestamps do not make the state expire', () => {
  const world = new World();
  world.now = 100 * DAY;
  world.append(world.batch(0), LENGTH, { maxTimestamp: 5 });
  world.restart();
  assert.equal(world.send(0), 'dup:0-9');
});

test('thousands of expired producers do not stay in memory', () => {
  const world = new World();
  for (let producerId = 0; producerId < 5_000; producerId++) {
    world.now += DAY / 100;
    world.send(0, { producerId });
  }
  assert.ok(world.state.size < 300, `${world.state.size} producers`);
});

test('an open transaction keeps the state alive and names the first offset', () => {
  const world = new World();
  world.send(0);
  assert.equal(world.state.firstOpenOffset, undefined);
  world.send(10, { transactional: true });
  world.send(20, { transactional: true });
  assert.equal(world.state.firstOpenOffset, 10);
  assert.equal(world.send(30), 'INVALID_TXN_STATE');
  world.restart();
  assert.equal(world.state.firstOpenOffset, 10);
  world.now += 10 * DAY;
  assert.equal(world.send(20, { transactional: true }), 'dup:20-29');
  const completed = world.marker(false);
  assert.deepEqual(completed, {
    producerId: 7,
    firstOffset: 10,
    lastOffset: 30,
    lastStableOffset: 31,
    isAborted: true,
  });
  assert.equal(world.state.firstOpenOffset, undefined);
});

test('a batch of a finished transaction is never taken for one of the present transaction', () => {
  const world = new World();
  world.send(0, { transactional: true });
  world.marker(false);
  assert.equal(world.send(0, { transactional: true }), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(world.send(10, { transactional: true }), 11);
  assert.equal(world.send(0, { transactional: true }), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(world.send(10, { transactional: true }), 'dup:11-20');
  world.marker(true, 1); // TV2: the marker itself raises the epoch
  assert.equal(world.send(20, { transactional: true }), 'INVALID_PRODUCER_EPOCH');
  assert.equal(world.send(20, { transactional: true, epoch: 1 }), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(world.send(0, { transactional: true, epoch: 1 }), 22);
});

test('a batch that is replayed twice changes nothing', () => {
  const world = new World();
  world.send(0);
  world.send(10);
  const again = world.batch(0);
  world.nextOffset = 0;
  world.append(again, LENGTH);
  world.nextOffset = 20;
  assert.equal(world.send(0), 'dup:0-9');
  assert.equal(world.send(10), 'dup:10-19');
  assert.equal(world.send(20), 20);
});

test('a snapshot that lost a bit is not taken for one', () => {
  const world = new World();
  world.send(0);
  const bytes = world.state.encodeSnapshot()!;
  assert.notEqual(decodeProducerSnapshot(bytes), undefined);
  for (let bit = 0; bit < bytes.length * 8; bit += 3) {
    const wrong = Buffer.from(bytes);
    wrong[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(decodeProducerSnapshot(wrong), undefined, `bit ${bit}`);
  }
  assert.equal(decodeProducerSnapshot(bytes.subarray(0, 20)), undefined);
  assert.throws(() => new ProducerState({ expirationMs: 1 }).restore(Buffer.alloc(0)), /CORRUPT_MESSAGE/);
});

test('whatever a producer retries, each sequence number is appended at most once and in order', () => {
  const step = fc.record({
    back: fc.integer({ min: -3, max: 12 }),
    length: fc.integer({ min: 1, max: 4 }),
    restart: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 5, MAX - 10), (steps, start) => {
      const world = new World();
      const sent: { base: number; length: number; offset: number }[] = [];
      let next = start;
      for (const { back, length, restart } of steps) {
        if (restart) world.restart();
        const old = sent.at(-back);
        const retry = back > 0 && old !== undefined;
        const base = retry ? old.base : (next + (back < 0 ? -back : 0)) % 2 ** 31;
        const answer = world.send(base, { length: retry ? old.length : length });
        if (retry && back <= 5) assert.equal(answer, `dup:${old.offset}-${old.offset + old.length - 1}`);
        else if (retry) assert.equal(answer, 'DUPLICATE_SEQUENCE_NUMBER');
        else if (back < 0 && sent.length > 0) assert.equal(answer, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
        else {
          assert.equal(answer, world.nextOffset - length);
          sent.push({ base, length, offset: world.nextOffset - length });
          next = (base + length) % 2 ** 31;
        }
      }
    }),
    { numRuns: 300 },
  );
});
