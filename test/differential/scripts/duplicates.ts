/** Scripts: batches that come again: what is a duplicate, and for how long it is known. */
import { createTopicsApi, deleteTopicsApi, encodeBatch } from '../../../src/protocol/index.ts';
import { TIMESTAMP } from '../batches.ts';
import { ask, type Script, script, tell } from '../script.ts';
import { fetch, listOffset } from './requests.ts';
import { describeProducers, init, makeLog, who } from './transaction-requests.ts';
import { deleteRecords, put, putBytes } from './idempotence.ts';

export const DUPLICATES: readonly Script[] = [
  script('duplicates: a batch with the same numbers and other records', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0, { count: 2 }),
    putBytes(topic, (run) =>
      encodeBatch({
        records: ['x', 'y'].map((text) => ({
          key: null,
          value: Buffer.from(text),
          timestamp: TIMESTAMP + 100,
          headers: [],
        })),
        compression: 'gzip',
        ...who()(run),
        baseSequence: 0,
      }),
    ),
    fetch(topic),
    describeProducers(topic),
  ]),
  script('duplicates: the fifth batch back is known', (topic) => [
    makeLog(topic),
    init(null),
    ...[0, 1, 2, 3, 4].map((sequence) => put(topic, sequence)),
    put(topic, 0),
    put(topic, 4),
    put(topic, 5),
    put(topic, 1),
    put(topic, 6),
    listOffset(topic, -1),
  ]),
  script('duplicates: batches are counted, not records', (topic) => [
    makeLog(topic),
    init(null),
    ...[0, 1, 2, 3, 4].map((n) => put(topic, n * 100, { count: 100 })),
    put(topic, 0, { count: 100 }),
    put(topic, 300, { count: 100 }),
    listOffset(topic, -1),
  ]),
  script('duplicates: a part, a prefix and the sum of batches', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0, { count: 4 }),
    put(topic, 4, { count: 4 }),
    put(topic, 4, { count: 2 }),
    put(topic, 6, { count: 2 }),
    put(topic, 0, { count: 8 }),
    put(topic, 4, { count: 5 }),
    listOffset(topic, -1),
  ]),
  script('duplicates: with acks=1 and acks=0', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0, { acks: 1 }),
    put(topic, 0, { acks: 1 }),
    tell(put(topic, 0, { acks: 0 })),
    tell(put(topic, 1, { acks: 0 })),
    put(topic, 2, { acks: 1 }),
    tell(put(topic, 7, { acks: 0 })),
    put(topic, 3),
    put(topic, 3, { on: 'another' }),
    listOffset(topic, -1),
  ]),
  script('duplicates: whose records were deleted', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0, { count: 2 }),
    put(topic, 2),
    deleteRecords(topic, 2),
    put(topic, 0, { count: 2 }),
    put(topic, 2),
    put(topic, 4),
    put(topic, 3),
    describeProducers(topic),
  ]),
  script('duplicates: all records were deleted', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0),
    put(topic, 1),
    deleteRecords(topic, -1),
    put(topic, 1),
    put(topic, 3),
    put(topic, 2),
    describeProducers(topic),
    listOffset(topic, -2),
  ]),
  script('duplicates: the topic is another one of the same name', (topic) => [
    makeLog(topic),
    init(null),
    put(topic, 0),
    put(topic, 1),
    ask(deleteTopicsApi, 5, { topicNames: [topic], timeoutMs: 5000 }),
    ask(
      createTopicsApi,
      5,
      {
        topics: [{ name: topic, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
        timeoutMs: 5000,
        validateOnly: false,
      },
      { until: ({ topics }) => topics[0]!.errorCode === 0 },
    ),
    {
      ...put(topic, 5),
      until: ({
        responses,
      }: {
        responses: readonly { partitionResponses: readonly { errorCode: number }[] }[];
      }) => ![3, 6].includes(responses[0]!.partitionResponses[0]!.errorCode),
    },
    put(topic, 5),
    put(topic, 1),
    put(topic, 6),
    describeProducers(topic),
  ]),
];
