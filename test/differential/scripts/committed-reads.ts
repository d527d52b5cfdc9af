/** Scripts: what readers of committed records get, while transactions are open and behind them. */
import { fetchApi, offsetForLeaderEpochApi } from '../../../src/protocol/index.ts';
import { ask, begin, end, type Script, type Step, script } from '../script.ts';
import { fetch, type FetchedPartition, listOffset, produce } from './requests.ts';
import { records } from '../batches.ts';
import {
  abort,
  addPartitions,
  commit,
  describeProducers,
  endTxn,
  init,
  makeLog,
  RISING,
  who,
  write,
  writeMany,
} from './transaction-requests.ts';

const FIRST = 11;
const committed = (topic: string, at: FetchedPartition = {}) => fetch(topic, [at], 12, { isolationLevel: 1 });
const listed = (topic: string, timestamp: number) => [
  listOffset(topic, timestamp),
  listCommitted(topic, timestamp),
];
const listCommitted = (topic: string, timestamp: number) => {
  const step = listOffset(topic, timestamp);
  return { ...step, request: { ...(step.request as object), isolationLevel: 1 } };
};

/** One record in a transaction of the first protocol that is open. */
const first = (id: string): Step[] => [
  makeLog(id),
  init(id),
  addPartitions(id, { [id]: [0] }),
  write(id, { version: FIRST }),
];
export const COMMITTED_READS: readonly Script[] = [
  script('committed reads: an open transaction hides what comes behind it', (id) => [
    makeLog(id),
    init(id),
    produce(id, records(1)),
    write(id),
    produce(id, records(2)),
    fetch(id),
    committed(id),
    ...listed(id, -1),
    ...listed(id, -2),
    ...listed(id, -3),
    ...commit(id, RISING),
    committed(id),
    ...listed(id, -1),
  ]),
  ...[4, 5, 7, 11, 12].map((version) =>
    script(`committed reads: answer of v${version}`, (id) => [
      ...first(id),
      ...abort(id),
      fetch(id, [{}], version, { isolationLevel: 0 }),
      fetch(id, [{}], version, { isolationLevel: 1 }),
    ]),
  ),
  ...[13, 16].map((version) =>
    script(`committed reads: answer of v${version}`, (id) => [
      ...first(id),
      ...abort(id),
      ...[0, 1].map((isolationLevel) =>
        ask(fetchApi, version, (run) => ({
          maxWaitMs: 0,
          minBytes: 0,
          maxBytes: 1_000_000,
          isolationLevel,
          topics: [
            {
              topicId: run.topicId(id),
              partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }],
            },
          ],
        })),
      ),
    ]),
  ),
  script('committed reads: from inside an aborted transaction, from its marker, from behind', (id) => [
    makeLog(id),
    init(id),
    write(id, { count: 3 }),
    write(id, { sequence: 3, count: 3 }),
    ...abort(id, RISING),
    ...[0, 1, 3, 5, 6, 7].map((fetchOffset) => committed(id, { fetchOffset })),
    committed(id, { fetchOffset: 8 }),
  ]),
  script('committed reads: transactions of two producers that overlap', (id) => [
    makeLog(id),
    init(`${id}-a`, { as: 'a' }),
    init(`${id}-b`, { as: 'b' }),
    write(id, { id: `${id}-a`, who: who('a') }),
    write(id, { id: `${id}-b`, who: who('b') }),
    write(id, { id: `${id}-a`, who: who('a'), sequence: 1 }),
    ...abort(`${id}-b`, { version: 5, who: who('b') }),
    ...listed(id, -1),
    committed(id),
    ...commit(`${id}-a`, { version: 5, who: who('a') }),
    ...listed(id, -1),
    committed(id),
    committed(id, { fetchOffset: 2 }),
  ]),
  script('committed reads: the second of two open ones ends first', (id) => [
    makeLog(id),
    init(`${id}-a`, { as: 'a' }),
    init(`${id}-b`, { as: 'b' }),
    write(id, { id: `${id}-a`, who: who('a') }),
    write(id, { id: `${id}-b`, who: who('b') }),
    describeProducers(id),
    ...commit(`${id}-b`, { version: 5, who: who('b') }),
    committed(id),
    describeProducers(id),
    ...abort(`${id}-a`, { version: 5, who: who('a') }),
    committed(id),
    describeProducers(id),
  ]),
  script('committed reads: several aborted transactions of one producer', (id) => [
    makeLog(id),
    init(id),
    ...[0, 1, 2].flatMap(() => [write(id, { count: 2 }), ...abort(id, RISING)]),
    write(id),
    ...commit(id, RISING),
    committed(id),
    committed(id, { fetchOffset: 4 }),
    committed(id, { fetchOffset: 8 }),
  ]),
  script('committed reads: small bites', (id) => [
    makeLog(id),
    init(id),
    write(id, { count: 5 }),
    write(id, { sequence: 5, count: 5 }),
    ...abort(id, RISING),
    write(id),
    committed(id, { partitionMaxBytes: 1 }),
    committed(id, { fetchOffset: 5, partitionMaxBytes: 1 }),
    committed(id, { fetchOffset: 10, partitionMaxBytes: 1 }),
    committed(id, { fetchOffset: 11, partitionMaxBytes: 1 }),
  ]),
  script('committed reads: several partitions in one answer', (id) => [
    makeLog(id, { partitions: 3 }),
    init(id),
    writeMany(id, [
      [id, 0],
      [id, 2],
    ]),
    produce(id, records(1)),
    fetch(id, [{ partition: 0 }, { partition: 1 }, { partition: 2 }], 12, { isolationLevel: 1 }),
    ...abort(id, RISING),
    fetch(id, [{ partition: 0 }, { partition: 1 }, { partition: 2 }], 12, { isolationLevel: 1 }),
  ]),
  script('committed reads: a waiting one is answered by the end', (id) => [
    ...first(id),
    begin('waiting', {
      ...fetch(id, [{}], 12, { isolationLevel: 1, maxWaitMs: 9_000, minBytes: 1 }),
      on: 'reader',
    }),
    endTxn(id, true),
    end('waiting'),
  ]),
  script('committed reads: isolation levels that do not exist', (id) => [
    ...first(id),
    fetch(id, [{}], 12, { isolationLevel: 2 }),
    fetch(id, [{}], 12, { isolationLevel: -1 }),
  ]),
  script('committed reads: offsets by time while a transaction is open', (id) => [
    makeLog(id),
    init(id),
    produce(id, records(2)),
    write(id, { count: 2 }),
    ...listed(id, 1_700_000_000_000),
    ...listed(id, 1_700_000_000_001),
    ...listed(id, 1_700_000_000_002),
    ...commit(id, RISING),
    ...listed(id, 1_700_000_000_002),
    ...listed(id, -3),
  ]),
  script('committed reads: beyond the last stable offset, below the high watermark', (id) => [
    ...first(id),
    produce(id, records(2)),
    committed(id, { fetchOffset: 1 }),
    committed(id, { fetchOffset: 3 }),
    committed(id, { fetchOffset: 4 }),
    fetch(id, [{ fetchOffset: 1 }]),
  ]),
  script('committed reads: where an epoch ends does not ask for transactions', (id) => [
    ...first(id),
    ask(offsetForLeaderEpochApi, 4, {
      replicaId: -1,
      topics: [{ topic: id, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
    }),
  ]),
];
