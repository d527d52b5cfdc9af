import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent } from '../base/index.ts';
import { errorNameOf, KafkaError } from '../protocol/index.ts';
import {
  DEFAULT_TRANSACTION_SETTINGS,
  type OpenTransaction,
  type PartitionsQuestion,
} from '../transactions/index.ts';
import { StillClock } from './coordinator-fixture.ts';
import { type Marker, TransactionCoordinator, type TransactionPartition } from './index.ts';

const ID = 'x';
const FRAME = 3;
const placeOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}-${partition}`;

/** A log in memory that takes so many frames and then no more: a broker that dies between two. */
class FakePartition implements TransactionPartition {
  readonly index = 0;
  readonly markersPerFrame = FRAME;
  readonly batches: Buffer[];
  /** Place -> the markers there, in order. */
  readonly marked: Map<string, Marker[]>;
  framesLeft: number;
  open: OpenTransaction[] = [];

  constructor(framesLeft = Infinity, before?: FakePartition) {
    this.framesLeft = framesLeft;
    this.batches = [...(before?.batches ?? [])];
    this.marked = new Map(Array.from(before?.marked ?? [], ([place, markers]) => [place, [...markers]]));
  }

  append(batch: Buffer) {
    return this.commit(batch, []);
  }

  openTransactions() {
    return this.open;
  }

  commit(batch: Buffer | undefined, markers: readonly Marker[]) {
    assert.ok(markers.length <= FRAME, 'more markers than a frame holds');
    if (this.framesLeft-- <= 0) throw new KafkaError('KAFKA_STORAGE_ERROR');
    for (const marker of markers)
      this.marked.set(placeOf(marker), [...(this.marked.get(placeOf(marker)) ?? []), marker]);
    if (batch !== undefined) this.batches.push(batch);
    return { durable: Promise.resolve() };
  }

  readAll(onBatches: (bytes: Buffer) => void): Promise<void> {
    for (const batch of this.batches) onBatches(batch);
    return Promise.resolve();
  }
}

async function coordinatorOn(partition: FakePartition, clock = new StillClock()) {
  let ids = 100;
  const coordinator = new TransactionCoordinator({
    clock,
    events: silent,
    settings: DEFAULT_TRANSACTION_SETTINGS,
    expirationCheckMs: 3_600_000,
    openPartitions: () => [partition],
    newProducerId: () => Promise.resolve(ids++),
  });
  await coordinator.open();
  return coordinator;
}

const INIT = {
  transactionalId: ID,
  timeoutMs: 60_000,
  producerId: -1,
  producerEpoch: -1,
  enable2Pc: false,
  keepPreparedTxn: false,
};

function adding(count: number, producer: { producerId: number; producerEpoch: number }): PartitionsQuestion {
  const { producerId, producerEpoch } = producer;
  const partitions = Array.from({ length: count }, (_, partition) => ({ topic: 't', partition }));
  return { transactionalId: ID, producerId, producerEpoch, partitions, clientVersion: 2 };
}

for (const committed of [true, false])
  test(`wherever a broker dies in the ${committed ? 'commit' : 'abort'} of many partitions, its next life ends it everywhere, or not at all`, async () => {
    const ends = new Set<string>();
    for (let frames = 0; frames < 8; frames++) {
      const partition = new FakePartition();
      const first = await coordinatorOn(partition);
      const producer = await first.initProducerId(INIT);
      const count = FRAME * 3 + 1;
      assert.equal(await first.addPartitions(adding(count, producer)), 0);
      partition.framesLeft = frames;
      const answer = await first.endTransaction({ ...INIT, ...producer, committed }, 5);
      first.close();

      const after = new FakePartition(Infinity, partition);
      const next = await coordinatorOn(after);
      const { transactionState } = await next.describe(ID);
      ends.add(transactionState);
      if (transactionState === 'Ongoing') assert.equal(after.marked.size, 0, `after ${frames} frames`);
      else {
        assert.equal(transactionState, committed ? 'CompleteCommit' : 'CompleteAbort');
        assert.equal(after.marked.size, count, `after ${frames} frames`);
      }
      if (answer.errorCode === 0)
        assert.notEqual(transactionState, 'Ongoing', 'an answered end was forgotten');
      for (const markers of after.marked.values())
        for (const marker of markers) {
          assert.equal(marker.isCommit, committed);
          assert.equal(marker.producerEpoch, producer.producerEpoch + 1);
        }
      const again = await next.endTransaction({ ...INIT, ...producer, committed }, 5);
      assert.equal(errorNameOf(again.errorCode), 'NONE');
      assert.equal(after.marked.size, count);
      next.close();
    }
    assert.equal(ends.size, 2);
  });

test('what one frame holds is one frame: record and markers', async () => {
  const partition = new FakePartition();
  const coordinator = await coordinatorOn(partition);
  const producer = await coordinator.initProducerId(INIT);
  await coordinator.addPartitions(adding(FRAME, producer));
  partition.framesLeft = 1;
  const answer = await coordinator.endTransaction({ ...INIT, ...producer, committed: true }, 5);
  assert.equal(answer.errorCode, 0);
  assert.equal(partition.framesLeft, 0);
  assert.equal(partition.marked.size, FRAME);
  coordinator.close();
});

test('a timeout ends a transaction by itself; the stall of a broker is not charged', async () => {
  const clock = new StillClock();
  const partition = new FakePartition();
  const coordinator = await coordinatorOn(partition, clock);
  const producer = await coordinator.initProducerId({ ...INIT, timeoutMs: 10_000 });
  await coordinator.addPartitions(adding(1, producer));
  clock.pass(5_000);
  clock.stall(60_000);
  clock.pass(3_000);
  assert.equal((await coordinator.describe(ID)).transactionState, 'Ongoing');
  clock.pass(5_000);
  assert.equal((await coordinator.describe(ID)).transactionState, 'CompleteAbort');
  assert.equal(partition.marked.get('t-0')?.[0]?.producerEpoch, producer.producerEpoch + 1);
  coordinator.close();
});

test('a log that takes nothing refuses, and what was decided before stays', async () => {
  const clock = new StillClock();
  const partition = new FakePartition();
  const coordinator = await coordinatorOn(partition, clock);
  const producer = await coordinator.initProducerId(INIT);
  partition.framesLeft = 0;
  assert.equal(errorNameOf(coordinator.addNow(adding(1, producer))), 'COORDINATOR_NOT_AVAILABLE');
  partition.framesLeft = Infinity;
  await clock.turn();
  assert.equal(errorNameOf(coordinator.addNow(adding(1, producer))), 'NONE');
  assert.deepEqual(coordinator.verifyNow(adding(2, producer)).isAdded, [true, false]);
  coordinator.close();
});

test('partitions that batches brought along have no records, and a broker that starts finds them where they are', async () => {
  const partition = new FakePartition();
  const first = await coordinatorOn(partition);
  const producer = await first.initProducerId(INIT);
  const records = partition.batches.length;
  for (const count of [1, 2, 3]) assert.equal(errorNameOf(first.joinNow(adding(count, producer))), 'NONE');
  assert.equal(partition.batches.length, records + 1);
  first.close();

  const after = new FakePartition(Infinity, partition);
  const { producerId, producerEpoch } = producer;
  after.open = [0, 1, 2].map((index) => ({ topic: 't', partition: index, producerId, producerEpoch }));
  after.open.push({ topic: 'of another', partition: 0, producerId: producerId + 1, producerEpoch });
  after.open.push({ topic: 'of another epoch', partition: 0, producerId, producerEpoch: producerEpoch + 1 });
  const next = await coordinatorOn(after);
  const answer = await next.endTransaction({ ...INIT, ...producer, committed: true }, 5);
  assert.equal(errorNameOf(answer.errorCode), 'NONE');
  assert.deepEqual([...after.marked.keys()], ['t-0', 't-1', 't-2']);
  next.close();
});

test('who is told that partitions were added has a record of it, also of those that batches brought', async () => {
  const partition = new FakePartition();
  const first = await coordinatorOn(partition);
  const producer = await first.initProducerId(INIT);
  for (const count of [1, 2]) assert.equal(errorNameOf(first.joinNow(adding(count, producer))), 'NONE');
  assert.equal(await first.addPartitions(adding(2, producer)), 0);
  first.close();

  const next = await coordinatorOn(new FakePartition(Infinity, partition));
  assert.deepEqual(next.verifyNow(adding(3, producer)).isAdded, [true, true, false]);
  next.close();
});
