/** Scripts: producers with an id and no transactions: what is a duplicate, what is out of order, and what the partition remembers. */
import { deleteRecordsApi, encodeBatch, initProducerIdApi, produceApi } from '../../../src/protocol/index.ts';
import { altered, damaged, records, TIMESTAMP } from '../batches.ts';
import { ask, begin, end, type Run, type Script, script } from '../script.ts';
import { fetch, listOffset } from './requests.ts';
import { describeProducers, init, makeLog, who, write, writeMany } from './transaction-requests.ts';

const MOST = 0x7fff_ffff;

/** A batch of a producer that has no transactions. */
export const put = (topic: string, sequence: number, how: Parameters<typeof write>[1] = {}) =>
  write(topic, { id: null, isTransactional: false, version: 9, sequence, ...how });

/** These bytes, made of who the producer is. */
export const putBytes = (topic: string, bytes: (run: Run) => Buffer, version = 9, partition = 0) =>
  ask(produceApi, version, (run) => ({
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records: bytes(run) }] }],
  }));

export const sequenced = (run: Run, baseSequence: number, count = 1) =>
  records(count, { ...who()(run), baseSequence });

export const deleteRecords = (topic: string, offset: number) =>
  ask(deleteRecordsApi, 2, {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset }] }],
    timeoutMs: 5000,
  });

const large = (run: Run, baseSequence: number, bytes: number) =>
  encodeBatch({
    records: [{ key: Buffer.from('k'), value: Buffer.alloc(bytes), timestamp: TIMESTAMP, headers: [] }],
    ...who()(run),
    baseSequence,
  });

const keyless = (run: Run, baseSequence: number) =>
  encodeBatch({
    records: [{ key: null, value: Buffer.from('v'), timestamp: TIMESTAMP, headers: [] }],
    ...who()(run),
    baseSequence,
  });

export const IDEMPOTENCE: readonly Script[] = [
  script('producer ids: every version', () => [
    ...[0, 1, 2, 3, 4, 5].map((version) => init(null, { version, as: `v${version}` })),
  ]),
  script('producer ids: who names the id it had gets another one', () => [
    init(null),
    init(null, { who: who() }),
    init(null, { who: who('producer', { epochs: 7 }) }),
    init(null, { who: () => ({ producerId: 9_999_999_999, producerEpoch: 3 }) }),
  ]),
  script('producer ids: half a name', () => [
    ...[3, 4, 5].flatMap((version) => [
      init(null, { version, who: () => ({ producerId: 5, producerEpoch: -1 }) }),
      init(null, { version, who: () => ({ producerId: -1, producerEpoch: 0 }) }),
      init(null, { version, who: () => ({ producerId: -2, producerEpoch: -2 }) }),
    ]),
  ]),
  script('producer ids: a timeout means nothing without a transactional id', () => [
    init(null, { timeoutMs: 0 }),
    init(null, { timeoutMs: -1 }),
    init(null, { timeoutMs: MOST }),
  ]),
  script('sequences: a retry over another connection', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0, { on: 'first' }),
    put(topic, 1, { on: 'first' }),
    put(topic, 0, { on: 'second' }),
    put(topic, 1, { on: 'second' }),
    put(topic, 2, { on: 'second' }),
    put(topic, 2, { on: 'first' }),
    listOffset(topic, -1),
  ]),
  script('sequences: a batch across 2³¹', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, MOST - 1, { count: 4 }),
    put(topic, MOST - 1, { count: 4 }),
    put(topic, 1),
    put(topic, 2),
    put(topic, 2),
    describeProducers(topic),
    fetch(topic),
  ]),
  script('sequences: the last one before 2³¹, and the first one after', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, MOST),
    describeProducers(topic),
    put(topic, MOST),
    put(topic, 1),
    put(topic, 0),
    put(topic, MOST),
    put(topic, 0),
    describeProducers(topic),
  ]),
  script('sequences: five in flight at once', (topic) => [
    makeLog(topic),
    init(null),
    ...[0, 1, 2, 3, 4].map((sequence) => begin(`${sequence}`, put(topic, sequence))),
    ...[0, 1, 2, 3, 4].map((sequence) => end(`${sequence}`)),
    ...[0, 1, 2, 3, 4].map((sequence) => put(topic, sequence)),
    listOffset(topic, -1),
  ]),
  script('sequences: one of those in flight is missing', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0),
    ...[2, 3, 4].map((sequence) => begin(`${sequence}`, put(topic, sequence))),
    ...[2, 3, 4].map((sequence) => end(`${sequence}`)),
    ...[1, 2, 3, 4].map((sequence) => put(topic, sequence)),
    listOffset(topic, -1),
  ]),
  script('sequences: each partition counts for itself', (topic) => [
    makeLog(topic, { partitions: 2 }),
    init(null),
    put(topic, 0, { count: 3 }),
    put(topic, 3, { partition: 1 }),
    put(topic, 0, { partition: 1 }),
    put(topic, 4, { partition: 1 }),
    put(topic, 3),
    describeProducers(topic, [0, 1]),
  ]),
  script('sequences: each topic counts for itself', (topic) => [
    makeLog(topic),
    makeLog(`${topic}-b`),
    init(null),
    put(topic, 0, { count: 2 }),
    put(`${topic}-b`, 0),
    put(`${topic}-b`, 2),
    put(topic, 2),
  ]),
  script('sequences: one partition of a request is out of order, the other is not', (topic) => [
    makeLog(topic, { partitions: 3 }),
    init(null),
    put(topic, 0),
    put(topic, 0, { partition: 1 }),
    writeMany(
      null,
      [
        [topic, 0, { sequence: 2, isTransactional: false }],
        [topic, 1, { sequence: 1, isTransactional: false }],
        [topic, 2, { sequence: 0, isTransactional: false }],
      ],
      9,
    ),
    put(topic, 1),
    put(topic, 2, { partition: 1 }),
  ]),
  script('sequences: two producers in one request', (topic) => [
    makeLog(topic, { partitions: 2 }),
    init(null, { as: 'a' }),
    init(null, { as: 'b' }),
    writeMany(
      null,
      [
        [topic, 0, { who: who('a'), isTransactional: false }],
        [topic, 1, { who: who('b'), isTransactional: false }],
      ],
      9,
    ),
    put(topic, 1, { who: who('a') }),
    put(topic, 1, { who: who('b') }),
    put(topic, 0, { who: who('b') }),
    describeProducers(topic, [0, 1]),
  ]),
  script('sequences: one producer with an id, one without', (topic) => [
    makeLog(topic, { partitions: 2 }),
    init(null),
    writeMany(
      null,
      [
        [topic, 0, { isTransactional: false }],
        [
          topic,
          1,
          { isTransactional: false, who: () => ({ producerId: -1, producerEpoch: -1 }), sequence: -1 },
        ],
      ],
      9,
    ),
    put(topic, 1),
    fetch(topic, [{ partition: 0 }, { partition: 1 }]),
  ]),
  script('epochs: the producer raises its own', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0),
    put(topic, 1),
    put(topic, 0, { who: who('producer', { epochs: 1 }) }),
    put(topic, 1),
    put(topic, 2),
    put(topic, 0, { who: who('producer', { epochs: 1 }) }),
    put(topic, 1, { who: who('producer', { epochs: 1 }) }),
    describeProducers(topic),
    fetch(topic),
  ]),
  script('epochs: a higher one must begin at 0', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0),
    put(topic, 1, { who: who('producer', { epochs: 1 }) }),
    put(topic, 5, { who: who('producer', { epochs: 1 }) }),
    put(topic, 1),
    put(topic, 0, { who: who('producer', { epochs: 1 }) }),
    put(topic, 2),
    describeProducers(topic),
  ]),
  script('epochs: some are left out, up to the last one', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0),
    put(topic, 0, { who: who('producer', { epochs: 500 }) }),
    put(topic, 0, { who: who('producer', { epochs: 499 }) }),
    put(topic, 0, { who: who('producer', { epochs: 32_766 }) }),
    put(topic, 0, { who: who('producer', { epochs: 32_767 }) }),
    put(topic, 1, { who: who('producer', { epochs: 32_767 }) }),
    describeProducers(topic),
  ]),
  script('epochs: another partition may see an older one', (topic) => [
    makeLog(topic, { partitions: 2 }),
    init(null),
    put(topic, 0, { who: who('producer', { epochs: 2 }) }),
    put(topic, 0, { partition: 1 }),
    put(topic, 1, { partition: 1 }),
    put(topic, 1),
    describeProducers(topic, [0, 1]),
  ]),
  script('epochs: in every version the code is the same', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0, { who: who('producer', { epochs: 1 }) }),
    ...[3, 4, 5, 7, 8, 9, 10, 11, 12].map((version) => put(topic, 0, { version })),
  ]),
  script('sequences: in every version the code is the same', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0),
    ...[3, 4, 5, 7, 8, 9, 10, 11, 12, 13].map((version) => put(topic, 9, { version })),
  ]),
  script('sequences: a producer that is new to the partition begins anywhere, in every version', (topic) => [
    makeLog(topic),
    ...[3, 8, 11, 12, 13].flatMap((version) => [init(null), put(topic, 9, { version })]),
  ]),
  script('sequences: by topic id', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0, { version: 13 }),
    put(topic, 0, { version: 13 }),
    put(topic, 0),
    put(topic, 1, { version: 13 }),
    put(topic, 3, { version: 13 }),
  ]),
  script('sequences: a batch that is too large takes no number', (topic) => [
    makeLog(topic, { configs: { 'max.message.bytes': '200' } }),
    init(null),
    put(topic, 0),
    putBytes(topic, (run) => large(run, 1, 300)),
    put(topic, 2),
    put(topic, 1),
    put(topic, 2),
    describeProducers(topic),
  ]),
  script('sequences: a batch that is damaged takes no number', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0),
    putBytes(topic, (run) => damaged(sequenced(run, 1))),
    put(topic, 2),
    put(topic, 1),
    describeProducers(topic),
  ]),
  script('sequences: a batch without keys for a compacted topic takes no number', (topic) => [
    makeLog(topic, { configs: { 'cleanup.policy': 'compact' } }),
    init(null),
    put(topic, 0),
    putBytes(topic, (run) => keyless(run, 1)),
    put(topic, 2),
    put(topic, 1),
    describeProducers(topic),
  ]),
  script('sequences: a batch of another time takes no number', (topic) => [
    makeLog(topic, { configs: { 'message.timestamp.before.max.ms': '3600000' } }),
    init(null),
    put(topic, 0),
    put(topic, 1),
    describeProducers(topic),
  ]),
  script('sequences: an unknown partition takes no number', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0),
    put(topic, 1, { partition: 1 }),
    put(topic, 1),
    describeProducers(topic, [0, 1]),
  ]),
  script('sequences: a batch that was refused may come again as a duplicate of nothing', (topic) => [
    makeLog(topic, { configs: { 'max.message.bytes': '200' } }),
    init(null),
    putBytes(topic, (run) => large(run, 0, 300)),
    describeProducers(topic),
    put(topic, 0),
    put(topic, 0),
    listOffset(topic, -1),
  ]),
  script('sequences: negative ones', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, -1),
    put(topic, -2),
    put(topic, -0x8000_0000),
    put(topic, 0),
    put(topic, -1),
    describeProducers(topic),
  ]),
  script('sequences: two batches of one producer for one partition in one request', (topic) => [
    makeLog(topic),
    init(null),
    putBytes(topic, (run) => Buffer.concat([sequenced(run, 0), sequenced(run, 1)])),
    put(topic, 0),
    put(topic, 1),
  ]),
  script('sequences: a batch of which the count is another than its numbers', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0, { count: 2 }),
    putBytes(topic, (run) => altered(sequenced(run, 2, 2), { lastOffsetDelta: 0, recordCount: 2 })),
    putBytes(topic, (run) => altered(sequenced(run, 2), { baseSequence: 3 })),
    put(topic, 2),
  ]),
  script('sequences: compressed batches', (topic) => [
    makeLog(topic),
    init(null),
    ...(['gzip', 'snappy', 'lz4', 'zstd'] as const).map((compression, n) =>
      putBytes(topic, (run) => records(3, { ...who()(run), baseSequence: n * 3, compression })),
    ),
    putBytes(topic, (run) => records(3, { ...who()(run), baseSequence: 3, compression: 'snappy' })),
    putBytes(topic, (run) => records(3, { ...who()(run), baseSequence: 15, compression: 'lz4' })),
    fetch(topic),
  ]),
  script('sequences: the broker compresses otherwise than the producer', (topic) => [
    makeLog(topic, { configs: { 'compression.type': 'gzip' } }),
    init(null),
    put(topic, 0, { count: 3 }),
    put(topic, 0, { count: 3 }),
    put(topic, 3),
    fetch(topic),
    describeProducers(topic),
  ]),
  script('sequences: LogAppendTime', (topic) => [
    makeLog(topic, { configs: { 'message.timestamp.type': 'LogAppendTime' } }),
    init(null),
    put(topic, 0),
    describeProducers(topic),
    put(topic, 2),
    put(topic, 1),
  ]),
  script('sequences: a plain batch in between changes nothing', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0),
    putBytes(topic, () => records(2)),
    put(topic, 1),
    put(topic, 0),
    fetch(topic),
  ]),
  script('sequences: a transactional id beside a batch that is not transactional', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0, { id: topic }),
    put(topic, 1, { id: topic, version: 12 }),
    put(topic, 2, { id: '', version: 12 }),
    fetch(topic),
  ]),
  script('sequences: readers of committed records see plain producers at once', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0, { count: 2 }),
    fetch(topic, [{}], 12, { isolationLevel: 1 }),
    listOffset(topic, -1),
  ]),
  script('describe producers: nobody, somebody, several', (topic) => [
    makeLog(topic, { partitions: 2 }),
    describeProducers(topic),
    init(null, { as: 'a' }),
    init(null, { as: 'b' }),
    putBytes(topic, () => records(1)),
    describeProducers(topic),
    put(topic, 4, { who: who('a'), count: 3 }),
    put(topic, 0, { who: who('b') }),
    describeProducers(topic, [0, 1]),
    put(topic, 7, { who: who('a') }),
    describeProducers(topic, [1, 0]),
  ]),
  script('describe producers: what does not exist', (topic) => [
    makeLog(topic),
    describeProducers(`${topic}-not`),
    describeProducers(topic, [0, 1, -1]),
    describeProducers(topic, []),
    describeProducers(''),
    describeProducers('a/b'),
    ask(initProducerIdApi, 4, { transactionalId: null, transactionTimeoutMs: 1 }),
  ]),
  script('describe producers: internal topics', () => [
    describeProducers('__consumer_offsets', [99]),
    describeProducers('__transaction_state', [99]),
    describeProducers('__cluster_metadata', [0]),
  ]),
];
