/**
 * Requests of transactional scripts, in their shortest form. A script's name is its topic, its transactional id and its group.
 *
 * `who` says for whom a request speaks: the producer that InitProducerId or EndTxn (v5) named last under a label, or somebody near.
 * Apache Kafka answers EndTxn before its markers are written: `ended` asks until they are, so that what follows is settled.
 */
import {
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  describeProducersApi,
  describeTransactionsApi,
  endTxnApi,
  ERRORS,
  initProducerIdApi,
  listTransactionsApi,
  offsetFetchApi,
  produceApi,
  txnOffsetCommitApi,
  writeTxnMarkersApi,
} from '../../../src/protocol/index.ts';
import { records } from '../batches.ts';
import { ask, type AskStep, makeTopic, type Run, type Step, type TopicOptions } from '../script.ts';

export interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
}
export type Who = (run: Run) => Producer;

const [CONCURRENT] = ERRORS.CONCURRENT_TRANSACTIONS;

/** The producer of an answer, or one whose epoch is `epochs` away, or whose id is another. */
export const who =
  (label = 'producer', change: { readonly epochs?: number; readonly producerId?: number } = {}): Who =>
  (run) => {
    const { producerId, producerEpoch } = run.answer(initProducerIdApi, label);
    return {
      producerId: change.producerId ?? producerId,
      producerEpoch: producerEpoch + (change.epochs ?? 0),
    };
  };

/**
 * A topic whose log is one segment: a fetch of Kafka ends with the segment, and Kafka begins one when a marker of now comes
 * behind records of long ago.
 */
export const makeLog = (name: string, { configs = {}, ...more }: TopicOptions = {}): Step =>
  makeTopic(name, { ...more, configs: { 'segment.ms': '9000000000000', ...configs } });

interface Init {
  readonly version?: number;
  readonly timeoutMs?: number;
  readonly who?: Who;
  readonly as?: string;
}

export function init(transactionalId: string | null, how: Init = {}): AskStep {
  const nobody = { producerId: -1, producerEpoch: -1 };
  return ask(
    initProducerIdApi,
    how.version ?? 4,
    (run) => ({
      transactionalId,
      transactionTimeoutMs: how.timeoutMs ?? 60_000,
      ...((how.version ?? 4) >= 3 ? (how.who?.(run) ?? nobody) : {}),
    }),
    { as: how.as ?? 'producer' },
  );
}

/** Asked until no transaction is in the way. */
export function initAfter(transactionalId: string, how: Init = {}): AskStep {
  return {
    ...init(transactionalId, how),
    until: ({ errorCode }: { errorCode: number }) => errorCode !== CONCURRENT,
  };
}

interface Asked {
  readonly version?: number;
  readonly who?: Who;
  readonly on?: string;
}

/** Topic → its partitions. */
type Parts = Readonly<Record<string, readonly number[]>>;
const topicsOf = (parts: Parts) =>
  Object.entries(parts).map(([name, partitions]) => ({ name, partitions: [...partitions] }));

export function addPartitions(transactionalId: string, parts: Parts, how: Asked = {}): AskStep {
  return ask(addPartitionsToTxnApi, how.version ?? 3, (run) => {
    const { producerId, producerEpoch } = (how.who ?? who())(run);
    return {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: topicsOf(parts),
    };
  });
}

export interface Joining {
  readonly transactionalId: string;
  readonly parts: Parts;
  readonly who?: Who;
  readonly verifyOnly?: boolean;
}

/** AddPartitionsToTxn as brokers say it to each other, and some clients too. */
export function addMany(transactions: readonly Joining[], version = 5): AskStep {
  return ask(addPartitionsToTxnApi, version, (run) => ({
    transactions: transactions.map((one) => ({
      transactionalId: one.transactionalId,
      ...(one.who ?? who())(run),
      verifyOnly: one.verifyOnly ?? false,
      topics: topicsOf(one.parts),
    })),
  }));
}

export const verify = (transactionalId: string, parts: Parts, by?: Who) =>
  addMany([{ transactionalId, parts, verifyOnly: true, ...(by === undefined ? {} : { who: by }) }], 5);

interface Write extends Asked {
  /** Null: none in the request. Left out: the topic's name. */
  readonly id?: string | null;
  readonly sequence?: number;
  readonly count?: number;
  readonly partition?: number;
  readonly acks?: number;
  readonly isTransactional?: boolean;
}

/** One batch into one partition, in a transaction. Version 12 and later joins it by itself. */
export function write(topic: string, how: Write = {}): AskStep {
  const version = how.version ?? 12;
  return ask(
    produceApi,
    version,
    (run) => ({
      transactionalId: how.id === undefined ? topic : how.id,
      acks: how.acks ?? -1,
      timeoutMs: 5000,
      topicData: [
        {
          ...(version >= 13 ? { topicId: run.topicId(topic) } : { name: topic }),
          partitionData: [{ index: how.partition ?? 0, records: batchOf(run, how) }],
        },
      ],
    }),
    how.on === undefined ? {} : { on: how.on },
  );
}

export function batchOf(run: Run, how: Write = {}): Buffer {
  return records(how.count ?? 1, {
    ...(how.who ?? who())(run),
    baseSequence: how.sequence ?? 0,
    isTransactional: how.isTransactional ?? true,
  });
}

/** Batches into several partitions by one request: topic, partition, what is written there. */
export function writeMany(
  transactionalId: string | null,
  batches: readonly (readonly [topic: string, partition: number, how?: Write])[],
  version = 12,
): AskStep {
  return ask(produceApi, version, (run) => ({
    transactionalId,
    acks: -1,
    timeoutMs: 5000,
    topicData: [...new Set(batches.map(([topic]) => topic))].map((name) => ({
      name,
      partitionData: batches
        .filter(([topic]) => topic === name)
        .map(([, index, how]) => ({ index, records: batchOf(run, how) })),
    })),
  }));
}

/** Answers with the id and epoch that go on (v5), known as `producer` unless `as` says otherwise. */
export function endTxn(
  transactionalId: string,
  committed: boolean,
  how: Asked & { readonly as?: string } = {},
): AskStep {
  return ask(
    endTxnApi,
    how.version ?? 4,
    (run) => ({ transactionalId, ...(how.who ?? who())(run), committed }),
    how.as === undefined ? {} : { as: how.as },
  );
}

export const commit = (transactionalId: string, how?: Parameters<typeof endTxn>[2]): Step[] => [
  endTxn(transactionalId, true, how),
  ended(transactionalId),
];
export const abort = (transactionalId: string, how?: Parameters<typeof endTxn>[2]): Step[] => [
  endTxn(transactionalId, false, how),
  ended(transactionalId),
];
/** Ends it as clients of the second protocol do: who goes on is the producer from now on. */
export const RISING = { version: 5, as: 'producer' } as const;

/** DescribeTransactions, once the transaction has ended. */
export function ended(transactionalId: string): AskStep {
  return {
    ...describe(transactionalId),
    until: ({ transactionStates }: { transactionStates: readonly { transactionState: string }[] }) =>
      transactionStates[0]!.transactionState.startsWith('Complete'),
  };
}

export const describe = (...transactionalIds: readonly string[]): AskStep =>
  ask(describeTransactionsApi, 0, { transactionalIds: [...transactionalIds] });

interface Listing {
  readonly version?: number;
  readonly states?: readonly string[];
  readonly producers?: readonly Who[];
  readonly durationMs?: number;
  readonly pattern?: string | null;
}

export function list(how: Listing = {}): AskStep {
  const version = how.version ?? 2;
  return ask(listTransactionsApi, version, (run) => ({
    stateFilters: [...(how.states ?? [])],
    producerIdFilters: (how.producers ?? []).map((one) => one(run).producerId),
    ...(version >= 1 ? { durationFilter: how.durationMs ?? -1 } : {}),
    ...(version >= 2 ? { transactionalIdPattern: how.pattern ?? null } : {}),
  }));
}

export const describeProducers = (topic: string, partitionIndexes: readonly number[] = [0]): AskStep =>
  ask(describeProducersApi, 0, { topics: [{ name: topic, partitionIndexes: [...partitionIndexes] }] });

export function addOffsets(transactionalId: string, groupId: string, how: Asked = {}): AskStep {
  return ask(addOffsetsToTxnApi, how.version ?? 3, (run) => ({
    transactionalId,
    ...(how.who ?? who())(run),
    groupId,
  }));
}

interface Offsets extends Asked {
  readonly group?: string;
  readonly offset?: number;
  readonly partition?: number;
  readonly topic?: string;
  readonly metadata?: string | null;
  readonly leaderEpoch?: number;
  readonly generation?: number;
  readonly member?: (run: Run) => string;
  readonly instance?: string;
}

/** One offset of the group in the transaction. Version 5 and later joins it by itself. */
export function commitOffset(name: string, how: Offsets = {}): AskStep {
  const version = how.version ?? 4;
  const topic = how.topic ?? name;
  return ask(txnOffsetCommitApi, version, (run) => ({
    transactionalId: name,
    groupId: how.group ?? name,
    ...(how.who ?? who())(run),
    ...(version >= 3
      ? {
          generationIdOrMemberEpoch: how.generation ?? -1,
          memberId: how.member?.(run) ?? '',
          groupInstanceId: how.instance ?? null,
        }
      : {}),
    topics: [
      {
        ...(version >= 6 ? { topicId: run.topicId(topic) } : { name: topic }),
        partitions: [
          {
            partitionIndex: how.partition ?? 0,
            committedOffset: how.offset ?? 7,
            ...(version >= 2 ? { committedLeaderEpoch: how.leaderEpoch ?? -1 } : {}),
            committedMetadata: how.metadata === undefined ? 'note' : how.metadata,
          },
        ],
      },
    ],
  }));
}

/** The group's offset of partition 0. `stable`: an answer that waits for open transactions by refusing. */
export const offsetOf = (
  groupId: string,
  topic: string,
  stable = false,
  partitions: readonly number[] = [0],
): AskStep =>
  ask(offsetFetchApi, 7, {
    groupId,
    topics: [{ name: topic, partitionIndexes: [...partitions] }],
    requireStable: stable,
  });

interface Marker {
  readonly parts: Parts;
  readonly isCommit?: boolean;
  readonly who?: Who;
  readonly coordinatorEpoch?: number;
  readonly transactionVersion?: number;
}

export function mark(markers: readonly Marker[], version = 1): AskStep {
  return ask(writeTxnMarkersApi, version, (run) => ({
    markers: markers.map((one) => ({
      ...(one.who ?? who())(run),
      transactionResult: one.isCommit ?? true,
      topics: Object.entries(one.parts).map(([name, partitionIndexes]) => ({
        name,
        partitionIndexes: [...partitionIndexes],
      })),
      coordinatorEpoch: one.coordinatorEpoch ?? 0,
      ...(version >= 2 ? { transactionVersion: one.transactionVersion ?? 2 } : {}),
    })),
  }));
}
