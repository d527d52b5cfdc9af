/** Transactions through the wire, in both generations of the protocol, with kills between any two steps. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  decodeRecords,
  describeProducersApi,
  describeTransactionsApi,
  encodeBatch,
  endTxnApi,
  errorNameOf,
  fetchApi,
  findCoordinatorApi,
  forEachBatch,
  incrementalAlterConfigsApi,
  initProducerIdApi,
  listOffsetsApi,
  listTransactionsApi,
  offsetFetchApi,
  produceApi,
  txnOffsetCommitApi,
  writeTxnMarkersApi,
} from '../protocol/index.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import { EmbeddedBroker } from '../embed/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { DEFAULT_STORAGE } from '../server/index.ts';
import { startBroker } from './index.ts';

const ID = 'copier';
const GROUP = 'readers';
interface Producer {
  producerId: number;
  producerEpoch: number;
}
/** The two generations: clients before KIP-890, and since. */
const GENERATIONS = {
  old: { produce: 9, add: 0, addOffsets: 0, commitOffsets: 2, end: 0, init: 1 },
  new: { produce: 12, add: undefined, addOffsets: undefined, commitOffsets: 5, end: 5, init: 5 },
} as const;

class Session {
  readonly broker: EmbeddedBroker;
  #client: WireClient | undefined;
  readonly generation: (typeof GENERATIONS)[keyof typeof GENERATIONS];
  #sequences = new Map<string, number>();
  producer: Producer = { producerId: -1, producerEpoch: -1 };

  constructor(broker: EmbeddedBroker, generation: keyof typeof GENERATIONS) {
    this.broker = broker;
    this.generation = GENERATIONS[generation];
  }

  async client(): Promise<WireClient> {
    return (this.#client ??= await WireClient.connect(this.broker.port));
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  async init(version: number = this.generation.init): Promise<string> {
    const answer = await (await this.client()).send(initProducerIdApi, version, {
      transactionalId: ID,
      transactionTimeoutMs: 60_000,
    });
    if (answer.errorCode === 0) this.#becomes(answer);
    return errorNameOf(answer.errorCode);
  }

  #becomes({ producerId, producerEpoch }: Producer): void {
    this.producer = { producerId, producerEpoch };
    this.#sequences.clear();
  }

  async send(topic: string, index: number, text: string): Promise<string> {
    const { produce, add } = this.generation;
    if (add !== undefined) {
      const refused = await this.add(topic, index);
      if (refused !== 'NONE') return refused;
    }
    return (await this.produce(topic, index, text, produce)).error;
  }

  async add(topic: string, index: number, version = 0): Promise<string> {
    const answer = await (await this.client()).send(addPartitionsToTxnApi, version, {
      v3AndBelowTransactionalId: ID,
      v3AndBelowProducerId: this.producer.producerId,
      v3AndBelowProducerEpoch: this.producer.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [index] }],
    });
    return errorNameOf(answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode);
  }

  async produce(
    topic: string,
    index: number,
    text: string,
    version: number,
    transactionalId: string | null = ID,
  ) {
    const place = `${topic}-${index}`;
    const baseSequence = this.#sequences.get(place) ?? 0;
    const records = [{ key: null, value: Buffer.from(text), headers: [], timestamp: 1 }];
    const batch = encodeBatch({ records, ...this.producer, baseSequence, isTransactional: true });
    const answer = await (await this.client()).send(produceApi, version, {
      transactionalId,
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index, records: batch }] }],
    });
    const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!;
    if (errorCode === 0) this.#sequences.set(place, baseSequence + 1);
    return { error: errorNameOf(errorCode), baseOffset };
  }

  async commitOffset(topic: string, committedOffset: number): Promise<string> {
    const { addOffsets, commitOffsets } = this.generation;
    const client = await this.client();
    await client.send(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: [GROUP] });
    if (addOffsets !== undefined) {
      const added = await client.send(addOffsetsToTxnApi, addOffsets, {
        transactionalId: ID,
        ...this.producer,
        groupId: GROUP,
      });
      if (added.errorCode !== 0) return errorNameOf(added.errorCode);
    }
    const answer = await client.send(txnOffsetCommitApi, commitOffsets, {
      transactionalId: ID,
      ...this.producer,
      groupId: GROUP,
      topics: [
        { name: topic, partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: null }] },
      ],
    });
    return errorNameOf(answer.topics[0]!.partitions[0]!.errorCode);
  }

  async end(committed: boolean, version: number = this.generation.end): Promise<string> {
    const request = { transactionalId: ID, ...this.producer, committed };
    const answer = await (await this.client()).send(endTxnApi, version, request);
    if (answer.errorCode === 0 && version >= 5) this.#becomes(answer);
    return errorNameOf(answer.errorCode);
  }

  async offset(topic: string, requireStable = false): Promise<string | number> {
    const client = await this.client();
    await client.send(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: [GROUP] });
    const answer = await client.send(offsetFetchApi, 7, {
      groupId: GROUP,
      topics: [{ name: topic, partitionIndexes: [0] }],
      requireStable,
    });
    const { errorCode, committedOffset } = answer.topics[0]!.partitions[0]!;
    return errorCode === 0 ? committedOffset : errorNameOf(errorCode);
  }

  /** What a Fetch brings: as the client asks for it, without its own filter. */
  async fetch(topic: string, isolationLevel: 0 | 1, fetchOffset = 0) {
    const answer = await (await this.client()).send(fetchApi, 11, {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1_000_000,
      isolationLevel,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
    });
    const { records, abortedTransactions, highWatermark, lastStableOffset } =
      answer.responses[0]!.partitions[0]!;
    const seen: string[] = [];
    forEachBatch(records ?? Buffer.alloc(0), (batch) => {
      for (const { value } of decodeRecords(batch, 1000))
        seen.push(batch.isControl ? 'marker' : String(value));
    });
    return { seen, abortedTransactions, highWatermark, lastStableOffset };
  }

  async latest(topic: string, isolationLevel: 0 | 1): Promise<number> {
    const answer = await (await this.client()).send(listOffsetsApi, 7, {
      isolationLevel,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }] }],
    });
    return answer.topics[0]!.partitions[0]!.offset;
  }

  async restart(): Promise<void> {
    this.close();
    await this.broker.kill();
    await this.broker.restart();
  }
}

async function committed(broker: EmbeddedBroker, topic: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const record of broker.read(topic, { from: 'start', until: 'end' })) texts.push(record.text());
  return texts;
}

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
    const count = (await committed(broker, 'wide')).length;
    assert.ok(count === 0 || count === WIDE, `${count} of ${WIDE} records after ${turns} turns`);
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
