/** Transactions, markers and records that one frame of the journal cannot hold. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  describeTransactionsApi,
  encodeBatch,
  endTxnApi,
  errorNameOf,
  initProducerIdApi,
  produceApi,
  writeTxnMarkersApi,
} from '../protocol/index.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import { EmbeddedBroker } from '../embed/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { DEFAULT_STORAGE } from '../server/index.ts';
import { committed, ID, Session } from '../../test/wire/transaction-session.ts';

const WIDE = 310;

/** A broker whose frames hold a part of what ends a wide transaction. */
function brokerWithSmallFrames(): Promise<EmbeddedBroker> {
  const disk = new MemoryDisk();
  const journal = {
    ...DEFAULT_STORAGE.journal,
    frameTargetBytes: 32 * 1024,
    stepBytes: 512 * 1024,
    reserveBytes: 128 * 1024,
  };
  const world = { environment: () => memoryEnvironment(undefined, disk), storage: { journal } };
  const settings = { 'offsets.topic.num.partitions': 1, 'transaction.state.log.num.partitions': 1 };
  return EmbeddedBroker.start(world, { topics: { wide: WIDE }, settings });
}

async function writeWide(session: Session): Promise<void> {
  const records = (n: number) =>
    encodeBatch({
      records: [{ key: null, value: Buffer.from(`r${n}`), headers: [], timestamp: 1 }],
      ...session.producer,
      baseSequence: 0,
      isTransactional: true,
    });
  const partitionData = Array.from({ length: WIDE }, (_, index) => ({ index, records: records(index) }));
  const answer = await (await session.client()).send(produceApi, 12, {
    transactionalId: ID,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 'wide', partitionData }],
  });
  assert.ok(answer.responses[0]!.partitionResponses.every(({ errorCode }) => errorCode === 0));
}

/**
 * Where the transaction stands once everything is durable that the start added: the answer waits for that. Until then readers
 * may have the records of some partitions before those of others, as after any commit that one frame cannot hold (T5).
 */
async function settledState(session: Session): Promise<string> {
  const asked = { transactionalIds: [ID] };
  const { transactionStates } = await (await session.client()).send(describeTransactionsApi, 0, asked);
  return transactionStates[0]!.transactionState;
}

test('a transaction that no frame can hold ends in steps; killed meanwhile, it comes back whole or open', async () => {
  for (let turns = 0; turns < 3; turns++) {
    await using broker = await brokerWithSmallFrames();
    const session = new Session(broker, 'new');
    await session.init();
    await writeWide(session);
    const began = { ...session.producer };
    const ending = session.end(true).catch(() => 'killed');
    for (let turn = 0; turn < 4 + 3 * turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await broker.kill();
    await ending;
    session.close();
    await broker.restart();
    const state = await settledState(session);
    const count = (await committed(broker, 'wide')).length;
    const expected = state === 'Ongoing' ? 0 : WIDE;
    assert.deepEqual([state === 'Ongoing' || state === 'CompleteCommit', count], [true, expected], state);
    const request = { transactionalId: ID, ...began, committed: true };
    const again = await (await session.client()).send(endTxnApi, 5, request);
    assert.deepEqual([errorNameOf(again.errorCode), again.producerEpoch], ['NONE', 1]);
    assert.equal((await committed(broker, 'wide')).length, WIDE);
    session.close();
  }
});

test('V4: markers by hand, more than a frame can hold, are several frames', async () => {
  await using broker = await brokerWithSmallFrames();
  const session = new Session(broker, 'new');
  await session.init();
  await writeWide(session);
  const client = await session.client();
  const { markers } = await client.send(writeTxnMarkersApi, 1, {
    markers: [
      {
        ...session.producer,
        transactionResult: false,
        coordinatorEpoch: 0,
        topics: [{ name: 'wide', partitionIndexes: Array.from({ length: WIDE }, (_, index) => index) }],
      },
    ],
  });
  assert.ok(markers[0]!.topics[0]!.partitions.every(({ errorCode }) => errorCode === 0));
  assert.deepEqual(await committed(broker, 'wide'), []);
  assert.equal(await session.latest('wide', 1), 2);
  session.close();
});

test('V4: a transaction whose record is larger than a frame is written all the same', async () => {
  await using broker = await brokerWithSmallFrames();
  const client = await WireClient.connect(broker.port);
  const transactionalId = 'x'.repeat(32_700);
  const began = await client.send(initProducerIdApi, 5, { transactionalId, transactionTimeoutMs: 60_000 });
  assert.equal(errorNameOf(began.errorCode), 'NONE');
  client.close();
});
