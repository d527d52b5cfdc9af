/** Scripts: Fetch, ListOffsets, OffsetForLeaderEpoch, DeleteRecords. */
import {
  deleteRecordsApi,
  encodeBatch,
  fetchApi,
  listOffsetsApi,
  offsetForLeaderEpochApi,
} from '../../../src/protocol/index.ts';
import { records, TIMESTAMP } from '../batches.ts';
import { ask, begin, end, makeTopic, type Script, script } from '../script.ts';
import { fetch, listOffset, produce } from './requests.ts';

const timed = (...timestamps: number[]) =>
  encodeBatch({
    records: timestamps.map((timestamp) => ({ key: null, value: Buffer.from('v'), timestamp, headers: [] })),
  });

const sized = (bytes: number) =>
  encodeBatch({ records: [{ key: null, value: Buffer.alloc(bytes), timestamp: TIMESTAMP, headers: [] }] });

/** One partition of one topic in a session. */
const inSession = (
  topic: string,
  sessionId: number | 'of last',
  sessionEpoch: number,
  partitions: readonly number[],
  forgotten: readonly number[] = [],
  version = 12,
) =>
  ask(
    fetchApi,
    version,
    (run) => ({
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1_000_000,
      sessionId: sessionId === 'of last' ? run.answer(fetchApi, 'session').sessionId : sessionId,
      sessionEpoch,
      topics:
        partitions.length === 0
          ? []
          : [
              {
                topic,
                partitions: partitions.map((partition) => ({
                  partition,
                  fetchOffset: 0,
                  partitionMaxBytes: 1_000_000,
                })),
              },
            ],
      forgottenTopicsData: forgotten.length === 0 ? [] : [{ topic, partitions: forgotten }],
    }),
    sessionEpoch === 0 ? { as: 'session' } : {},
  );

const byId = (topicId: string | undefined, topic: string, version = 13) =>
  ask(fetchApi, version, (run) => ({
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    topics: [
      {
        topicId: topicId ?? run.topicId(topic),
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }],
      },
    ],
  }));

const endOfEpoch = (
  topic: string,
  leaderEpoch: number,
  currentLeaderEpoch = -1,
  version = 4,
  partition = 0,
) =>
  ask(offsetForLeaderEpochApi, version, {
    replicaId: -1,
    topics: [{ topic, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }],
  });

const deleteTo = (topic: string, offset: number, version = 2, partitionIndex = 0) =>
  ask(deleteRecordsApi, version, {
    topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }],
    timeoutMs: 5000,
  });

export const FETCH: readonly Script[] = [
  ...[4, 5, 6, 7, 9, 11, 12].map((version) =>
    script(`fetch: answer of v${version}`, (topic) => [
      makeTopic(topic),
      fetch(topic, [{}], version),
      produce(topic, records(2)),
      fetch(topic, [{}], version),
      fetch(topic, [{ fetchOffset: 1 }], version),
      fetch(topic, [{ fetchOffset: 2 }], version),
      fetch(topic, [{}], version, { isolationLevel: 1 }),
    ]),
  ),
  ...[13, 15, 16, 18].map((version) =>
    script(`fetch: by topic id, v${version}`, (topic) => [
      makeTopic(topic),
      produce(topic, records(2)),
      byId(undefined, topic, version),
      byId('0123456789abcdef0123456789abcdef', topic, version),
      byId('00000000000000000000000000000000', topic, version),
    ]),
  ),
  script('fetch: offsets out of range', (topic) => [
    makeTopic(topic),
    produce(topic, records(2)),
    fetch(topic, [{ fetchOffset: 3 }]),
    fetch(topic, [{ fetchOffset: -1 }]),
    fetch(topic, [{ fetchOffset: Number.MAX_SAFE_INTEGER }]),
    fetch(topic, [{ fetchOffset: 3 }], 12, { maxWaitMs: 1000, minBytes: 1 }),
    deleteTo(topic, 1),
    fetch(topic, [{ fetchOffset: 0 }]),
    fetch(topic, [{ fetchOffset: 1 }]),
  ]),
  script('fetch: unknown topic and partition', (topic) => [
    makeTopic(topic),
    fetch(`${topic}-not`),
    fetch(topic, [{ partition: 5 }, { partition: -1 }, { partition: 0 }]),
    fetch('..'),
    fetch(''),
  ]),
  script('fetch: leader epochs', (topic) => [
    makeTopic(topic),
    produce(topic, records(1)),
    fetch(topic, [{ currentLeaderEpoch: 0 }]),
    fetch(topic, [{ currentLeaderEpoch: 1 }]),
    fetch(topic, [{ currentLeaderEpoch: 0, lastFetchedEpoch: 0, fetchOffset: 1 }]),
    fetch(topic, [{ currentLeaderEpoch: 0, lastFetchedEpoch: 0, fetchOffset: 0 }]),
    fetch(topic, [{ currentLeaderEpoch: 0, lastFetchedEpoch: 5, fetchOffset: 1 }]),
  ]),
  script('fetch: byte limits', (topic) => [
    makeTopic(topic, { partitions: 2 }),
    produce(topic, sized(1000)),
    produce(topic, sized(1000)),
    fetch(topic, [{ partitionMaxBytes: 1 }]),
    fetch(topic, [{ partitionMaxBytes: 0 }]),
    fetch(topic, [{ partitionMaxBytes: 1500 }]),
    fetch(topic, [{ partitionMaxBytes: 3000 }]),
    fetch(topic, [{}], 12, { maxBytes: 1 }),
    fetch(topic, [{}], 12, { maxBytes: 0 }),
    fetch(topic, [{}], 12, { maxBytes: 1500 }),
    fetch(topic, [{ partitionMaxBytes: -1 }]),
    fetch(topic, [{}], 12, { maxBytes: -1 }),
  ]),
  script('fetch: one partition takes what another leaves', (topic) => [
    makeTopic(topic, { partitions: 3 }),
    produce(topic, sized(1000)),
    fetch(topic, [{ partition: 1 }, { partition: 0, partitionMaxBytes: 10 }, { partition: 2 }]),
    fetch(topic, [{ partition: 0 }, { partition: 0, fetchOffset: 1 }]),
  ]),
  script('fetch: waits for records', (topic) => [
    makeTopic(topic),
    begin('waiting', { ...fetch(topic, [{}], 12, { maxWaitMs: 5000, minBytes: 1 }), on: 'other' }),
    produce(topic, records(1)),
    end('waiting'),
    fetch(topic, [{ fetchOffset: 1 }], 12, { maxWaitMs: 100, minBytes: 1 }),
    fetch(topic, [{}], 12, { maxWaitMs: 100, minBytes: 100_000 }),
    fetch(topic, [{}], 12, { maxWaitMs: 5000, minBytes: -1 }),
  ]),
  script('fetch: a session', (topic) => [
    makeTopic(topic, { partitions: 2 }),
    produce(topic, records(1)),
    inSession(topic, 0, 0, [0, 1]),
    inSession(topic, 'of last', 1, [0]),
    inSession(topic, 'of last', 2, []),
    inSession(topic, 'of last', 3, [], [0]),
    inSession(topic, 'of last', 4, []),
    inSession(topic, 'of last', -1, []),
    inSession(topic, 'of last', 5, []),
  ]),
  script('fetch: sessions that do not fit', (topic) => [
    makeTopic(topic),
    inSession(topic, 12345, 1, [0]),
    inSession(topic, 12345, 0, [0]),
    inSession(topic, 12345, -1, [0]),
    inSession(topic, 0, 5, [0]),
    inSession(topic, 0, 0, [0]),
    inSession(topic, 'of last', 3, [0]),
    inSession(topic, 'of last', 1, [0]),
    inSession(topic, 'of last', 1, [0]),
  ]),
  script('fetch: a session without partitions', (topic) => [
    makeTopic(topic),
    inSession(topic, 0, 0, []),
    inSession(topic, 0, -1, []),
  ]),
  script('fetch: a session with an unknown topic', (topic) => [
    makeTopic(topic),
    inSession(`${topic}-not`, 0, 0, [0]),
    inSession(`${topic}-not`, 'of last', 1, []),
    inSession(`${topic}-not`, 'of last', 2, []),
  ]),
  script('fetch: nothing asked', () => [
    ask(fetchApi, 12, { maxWaitMs: 100, minBytes: 1, maxBytes: 1000, topics: [] }),
    ask(fetchApi, 4, { maxWaitMs: 100, minBytes: 1, maxBytes: 1000, topics: [] }),
  ]),
  ...[1, 2, 4, 5, 6, 7, 8, 9, 10, 11].map((version) =>
    script(`list offsets: special timestamps in v${version}`, (topic) => [
      makeTopic(topic),
      produce(topic, timed(TIMESTAMP + 10, TIMESTAMP + 30, TIMESTAMP + 20)),
      ...[-1, -2, -3, -4, -5, -6, -7].map((timestamp) => listOffset(topic, timestamp, version)),
    ]),
  ),
  script('list offsets: by time', (topic) => [
    makeTopic(topic),
    listOffset(topic, 0),
    listOffset(topic, -3),
    produce(topic, timed(TIMESTAMP + 10, TIMESTAMP + 30, TIMESTAMP + 20)),
    produce(topic, timed(TIMESTAMP + 5, TIMESTAMP + 40)),
    ...[0, 10, 11, 20, 21, 30, 31, 40, 41].map((later) => listOffset(topic, TIMESTAMP + later)),
    listOffset(topic, 0),
    listOffset(topic, -3),
    listOffset(topic, Number.MAX_SAFE_INTEGER),
    deleteTo(topic, 2),
    listOffset(topic, TIMESTAMP),
    listOffset(topic, -2),
    listOffset(topic, -3),
    deleteTo(topic, -1),
    listOffset(topic, -3),
    listOffset(topic, TIMESTAMP),
    listOffset(topic, -2),
  ]),
  script('list offsets: unknown, twice, epochs', (topic) => [
    makeTopic(topic),
    produce(topic, records(1)),
    listOffset(`${topic}-not`, -1),
    listOffset(topic, -1, 8, { partitionIndex: 7 }),
    listOffset(topic, -1, 8, { currentLeaderEpoch: 0 }),
    listOffset(topic, -1, 8, { currentLeaderEpoch: 3 }),
    ask(listOffsetsApi, 8, {
      replicaId: -1,
      topics: [
        {
          name: topic,
          partitions: [
            { partitionIndex: 0, timestamp: -1 },
            { partitionIndex: 0, timestamp: -2 },
          ],
        },
      ],
    }),
    ask(listOffsetsApi, 8, {
      replicaId: -1,
      isolationLevel: 1,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    }),
    ask(listOffsetsApi, 8, { replicaId: -1, topics: [] }),
  ]),
  script('leader epochs: where one ended', (topic) => [
    makeTopic(topic),
    endOfEpoch(topic, 0),
    produce(topic, records(3)),
    ...[2, 3, 4].map((version) => endOfEpoch(topic, 0, -1, version)),
    endOfEpoch(topic, 1),
    endOfEpoch(topic, 5),
    endOfEpoch(topic, -1),
    endOfEpoch(topic, 0, 0),
    endOfEpoch(topic, 0, 1),
    endOfEpoch(topic, 0, -1, 4, 3),
    endOfEpoch(`${topic}-not`, 0),
    deleteTo(topic, -1),
    endOfEpoch(topic, 0),
  ]),
  script('delete records', (topic) => [
    makeTopic(topic),
    produce(topic, records(5)),
    deleteTo(topic, 2),
    deleteTo(topic, 1),
    deleteTo(topic, 0, 0),
    deleteTo(topic, 6),
    deleteTo(topic, -2),
    deleteTo(topic, 5, 1),
    deleteTo(topic, -1),
    deleteTo(topic, -1, 2, 4),
    deleteTo(`${topic}-not`, -1),
    fetch(topic, [{ fetchOffset: 5 }]),
  ]),
  script('delete records: compacted and internal topics', (topic) => [
    makeTopic(topic, { configs: { 'cleanup.policy': 'compact' } }),
    produce(topic, records(1)),
    deleteTo(topic, -1),
    deleteTo('__consumer_offsets', -1),
  ]),
  script('delete records: one partition twice, nothing', (topic) => [
    makeTopic(topic),
    produce(topic, records(3)),
    ask(deleteRecordsApi, 2, {
      topics: [
        {
          name: topic,
          partitions: [
            { partitionIndex: 0, offset: 1 },
            { partitionIndex: 0, offset: 2 },
          ],
        },
      ],
      timeoutMs: 5000,
    }),
    ask(deleteRecordsApi, 2, { topics: [], timeoutMs: 5000 }),
  ]),
];
