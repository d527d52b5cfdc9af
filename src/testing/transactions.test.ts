/** Transactions through the wire, in both generations of the protocol, with kills between any two steps. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  describeProducersApi,
  describeTransactionsApi,
  endTxnApi,
  errorNameOf,
  incrementalAlterConfigsApi,
  listTransactionsApi,
  writeTxnMarkersApi,
} from '../protocol/index.ts';
import { startBroker } from './index.ts';
import { committed, ID, Session } from '../../test/wire/transaction-session.ts';

for (const generation of ['old', 'new'] as const)
  for (const kills of [false, true])
    test(`${generation} clients: records and offsets of a transaction appear together, or never${kills ? '; killed between all steps' : ''}`, async () => {
      await using broker = await startBroker({ topics: { in: 1, out: 2 } });
      const session = new Session(broker, generation);
      const step = async () => {
        if (kills) await session.restart();
      };
      assert.equal(await session.init(), 'NONE');
      await step();
      assert.equal(await session.send('out', 0, 'a'), 'NONE');
      await step();
      assert.equal(await session.send('out', 1, 'b'), 'NONE');
      await step();
      assert.equal(await session.offset('in'), -1);
      assert.equal(await session.commitOffset('in', 10), 'NONE');
      await step();
      assert.equal(await session.offset('in'), -1);
      assert.equal(await session.offset('in', true), 'UNSTABLE_OFFSET_COMMIT');
      assert.deepEqual(await committed(broker, 'out'), []);
      assert.deepEqual((await session.fetch('out', 0)).seen, ['a']);
      assert.deepEqual((await session.fetch('out', 1)).seen, []);
      assert.equal(await session.end(true), 'NONE');
      await step();
      assert.equal(await session.offset('in', true), 10);
      assert.deepEqual((await committed(broker, 'out')).sort(), ['a', 'b']);

      assert.equal(await session.send('out', 0, 'c'), 'NONE');
      await step();
      assert.equal(await session.commitOffset('in', 20), 'NONE');
      await step();
      assert.equal(await session.end(false), 'NONE');
      await step();
      assert.equal(await session.offset('in', true), 10);
      assert.deepEqual((await committed(broker, 'out')).sort(), ['a', 'b']);
      const read = await session.fetch('out', 1);
      assert.deepEqual(read.seen, ['a', 'marker', 'c', 'marker']);
      assert.deepEqual(
        read.abortedTransactions?.map(({ firstOffset }) => firstOffset),
        [2],
      );
      assert.deepEqual([read.highWatermark, read.lastStableOffset], [4, 4]);
      session.close();
    });

test('a new instance fences the old one, whatever it has sent already', async () => {
  await using broker = await startBroker({ topics: { out: 1 } });
  const old = new Session(broker, 'new');
  const young = new Session(broker, 'new');
  assert.equal(await old.init(), 'NONE');
  assert.equal(await old.send('out', 0, 'old'), 'NONE');
  const late = await old.client();
  const fencing = young.init();
  const sent = old.produce('out', 0, 'too late', 12);
  assert.equal(await fencing, 'CONCURRENT_TRANSACTIONS');
  const outcome = await sent;
  assert.equal(await young.init(), 'NONE');
  assert.equal(young.producer.producerEpoch, old.producer.producerEpoch + 2);
  for (const version of [11, 12])
    assert.equal((await old.produce('out', 0, 'zombie', version)).error, 'INVALID_PRODUCER_EPOCH');
  assert.equal(await old.end(true), 'PRODUCER_FENCED');
  assert.equal(await old.end(true, 1), 'INVALID_PRODUCER_EPOCH');
  assert.equal(await old.add('out', 0, 1), 'INVALID_PRODUCER_EPOCH');
  assert.equal(await old.add('out', 0, 2), 'PRODUCER_FENCED');
  assert.equal(await young.send('out', 0, 'young'), 'NONE');
  assert.equal(await young.end(true), 'NONE');
  assert.deepEqual(await committed(broker, 'out'), ['young']);
  assert.ok(outcome.error === 'NONE' || outcome.error === 'INVALID_PRODUCER_EPOCH');
  late.close();
  young.close();
});

test('a batch of a partition that was not added is refused, and opens nothing', async () => {
  await using broker = await startBroker({ topics: { out: 2 } });
  const session = new Session(broker, 'old');
  await session.init();
  assert.equal((await session.produce('out', 0, 'x', 9)).error, 'INVALID_TXN_STATE');
  assert.equal((await session.produce('out', 0, 'x', 11)).error, 'TRANSACTION_ABORTABLE');
  assert.equal(
    (await session.produce('out', 0, 'x', 9, null)).error,
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  );
  assert.equal((await session.produce('out', 0, 'x', 9, 'nobody')).error, 'INVALID_PRODUCER_ID_MAPPING');
  assert.equal(await session.latest('out', 0), 0);
  session.close();
});

test('an end is repeated without harm, and a late one does not touch the next transaction', async () => {
  await using broker = await startBroker({ topics: { out: 1 } });
  const session = new Session(broker, 'new');
  await session.init();
  await session.send('out', 0, 'one');
  const first = { ...session.producer };
  assert.equal(await session.end(true), 'NONE');
  const client = await session.client();
  const again = await client.send(endTxnApi, 5, { transactionalId: ID, ...first, committed: true });
  assert.deepEqual([again.errorCode, again.producerEpoch], [0, first.producerEpoch + 1]);
  await session.send('out', 0, 'two');
  const late = await client.send(endTxnApi, 5, { transactionalId: ID, ...first, committed: true });
  assert.equal(errorNameOf(late.errorCode), 'PRODUCER_FENCED');
  assert.deepEqual(await committed(broker, 'out'), ['one']);
  assert.equal(await session.end(false), 'NONE');
  assert.deepEqual(await committed(broker, 'out'), ['one']);
  session.close();
});

test('gregor.fetch.isolation=committed: clients that know nothing of transactions see committed records only', async () => {
  await using broker = await startBroker({
    topics: { out: 1 },
    settings: { 'transaction.max.timeout.ms': 60_000 },
  });
  const session = new Session(broker, 'new');
  const altered = await (await session.client()).send(incrementalAlterConfigsApi, 1, {
    validateOnly: false,
    resources: [
      {
        resourceType: 2,
        resourceName: 'out',
        configs: [{ name: 'gregor.fetch.isolation', configOperation: 0, value: 'committed' }],
      },
    ],
  });
  assert.equal(altered.responses[0]!.errorCode, 0);
  await session.init();
  await session.send('out', 0, 'a');
  await session.end(true);
  await session.send('out', 0, 'b');
  await session.send('out', 0, 'c');
  await session.end(false);
  assert.deepEqual((await session.fetch('out', 0)).seen, ['a', 'marker', 'marker']);
  assert.deepEqual((await session.fetch('out', 0, 2)).seen, ['marker']);
  await session.send('out', 0, 'd');
  const open = await session.fetch('out', 0);
  assert.deepEqual(open.seen, ['a', 'marker', 'marker']);
  assert.deepEqual([open.highWatermark, open.lastStableOffset], [5, 5]);
  assert.equal(await session.latest('out', 0), 5);
  await session.end(true);
  assert.deepEqual((await session.fetch('out', 0, 5)).seen, ['d', 'marker']);
  session.close();
});

test('transactions and producers are described, listed, and ended by hand', async () => {
  await using broker = await startBroker({ topics: { out: 1 } });
  const session = new Session(broker, 'new');
  await session.init();
  await session.init(); // so that there is a lower epoch
  await session.send('out', 0, 'a');
  const client = await session.client();
  const listed = await client.send(listTransactionsApi, 2, {
    stateFilters: ['Ongoing', 'Nonsense'],
    producerIdFilters: [],
    transactionalIdPattern: 'cop.*',
  });
  assert.deepEqual(listed.unknownStateFilters, ['Nonsense']);
  assert.deepEqual(
    listed.transactionStates.map(({ transactionalId, transactionState }) => [
      transactionalId,
      transactionState,
    ]),
    [[ID, 'Ongoing']],
  );
  const none = await client.send(listTransactionsApi, 2, {
    stateFilters: [],
    producerIdFilters: [],
    transactionalIdPattern: 'cop',
  });
  assert.deepEqual(none.transactionStates, []);
  const bad = await client.send(listTransactionsApi, 2, {
    stateFilters: [],
    producerIdFilters: [],
    transactionalIdPattern: '(',
  });
  assert.equal(errorNameOf(bad.errorCode), 'INVALID_REGULAR_EXPRESSION');
  const huge = await client.send(listTransactionsApi, 2, {
    stateFilters: [],
    producerIdFilters: [],
    transactionalIdPattern: '(?:[a-z]?){1000}'.repeat(100),
  });
  assert.equal(errorNameOf(huge.errorCode), 'INVALID_REGULAR_EXPRESSION');
  const described = await client.send(describeTransactionsApi, 0, { transactionalIds: [ID, 'nobody'] });
  const [known, unknown] = described.transactionStates;
  assert.deepEqual(
    [known!.transactionState, known!.topics],
    ['Ongoing', [{ topic: 'out', partitions: [0] }]],
  );
  assert.equal(errorNameOf(unknown!.errorCode), 'TRANSACTIONAL_ID_NOT_FOUND');
  const producers = async () => {
    const answer = await client.send(describeProducersApi, 0, {
      topics: [{ name: 'out', partitionIndexes: [0, 9] }],
    });
    const [here, missing] = answer.topics[0]!.partitions;
    assert.equal(errorNameOf(missing!.errorCode), 'UNKNOWN_TOPIC_OR_PARTITION');
    return here!.activeProducers.map(({ currentTxnStartOffset, lastSequence }) => [
      currentTxnStartOffset,
      lastSequence,
    ]);
  };
  assert.deepEqual(await producers(), [[0, 0]]);
  const mark = (producerEpoch: number) =>
    client.send(writeTxnMarkersApi, 1, {
      markers: [
        {
          producerId: session.producer.producerId,
          producerEpoch,
          transactionResult: false,
          coordinatorEpoch: 0,
          topics: [{ name: 'out', partitionIndexes: [0] }],
        },
      ],
    });
  const lower = await mark(session.producer.producerEpoch - 1);
  assert.equal(errorNameOf(lower.markers[0]!.topics[0]!.partitions[0]!.errorCode), 'INVALID_PRODUCER_EPOCH');
  assert.equal(
    (await mark(session.producer.producerEpoch)).markers[0]!.topics[0]!.partitions[0]!.errorCode,
    0,
  );
  assert.deepEqual(await producers(), [[-1, 0]]);
  session.close();
});
