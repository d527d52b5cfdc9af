/**
 * Transaction: everything that is known of one transactional id. Changed by replay alone, but for partitions that batches bring with
 * them (`join`): those are in the log as batches, not as records.
 *
 * Invariants
 *   X1  states move along TRANSACTION_TRANSITIONS
 *   X2  the epoch of a producer id never falls; a new producer id begins at 0
 *   X3  partitions are there while the state is Ongoing or Prepare..., and only then
 */
import { assert } from '../base/index.ts';
import type { TopicPartition, TopicPartitions, TransactionLogValue, TransactionRecord } from './records.ts';
import { STATES, stateNumber, TRANSACTION_TRANSITIONS, type TransactionState } from './states.ts';

/** The last epoch that a client is ever given: one more is kept for the marker that fences it. */
export const EPOCH_LAST = 32_766;
export const NO_ID = -1;
export const NO_EPOCH = -1;
type Partitions = Map<string, Set<number>>;
const NO_PARTITIONS: TopicPartitions = new Map();
/** Of clients whose epoch rises with every transaction (KIP-890). */
const EPOCH_RISES = 2;

export class Transaction {
  readonly transactionalId: string;
  producerId = NO_ID;
  previousProducerId = NO_ID;
  /** Of a prepared end that used up the last epoch. */
  nextProducerId = NO_ID;
  producerEpoch = NO_EPOCH;
  lastProducerEpoch = NO_EPOCH;
  timeoutMs = 0;
  state: TransactionState = 'Empty';
  #partitions: Partitions = new Map();
  /** True: some of the partitions are in no record. */
  isAhead = false;
  /** By the wall clock; -1: not ongoing. */
  startMs = -1;
  updatedMs = -1;
  clientVersion = 0;

  constructor(transactionalId: string) {
    this.transactionalId = transactionalId;
  }

  get partitions(): TopicPartitions {
    return this.#partitions;
  }

  /** True: a producer's epoch is that of this transaction alone, so what is open in a partition with it belongs to it. */
  get isFoundInPartitions(): boolean {
    return this.state === 'Ongoing' && this.clientVersion === EPOCH_RISES;
  }

  get isPreparing(): boolean {
    return this.state === 'PrepareCommit' || this.state === 'PrepareAbort';
  }

  get isEpochUsedUp(): boolean {
    return this.producerEpoch >= EPOCH_LAST;
  }

  holds(topic: string, partition: number): boolean {
    return this.#partitions.get(topic)?.has(partition) ?? false;
  }

  /** Batches of it are in these partitions, or get there in this turn. */
  join(added: readonly TopicPartition[]): void {
    assert(this.isFoundInPartitions, 'a transaction that no partition knows');
    for (const { topic, partition } of added) {
      if (this.holds(topic, partition)) continue;
      const known = this.#partitions.get(topic);
      if (known === undefined) this.#partitions.set(topic, new Set([partition]));
      else known.add(partition);
      this.isAhead = true;
    }
  }

  replay({ value, lastProducerEpoch = NO_EPOCH }: TransactionRecord): void {
    assert(value !== null, "a tombstone is the mind's");
    const state = STATES[value.transactionStatus] ?? 'Dead';
    const isKnown = this.producerId !== NO_ID;
    assert(
      !isKnown || TRANSACTION_TRANSITIONS[this.state].includes(state),
      () => `${this.state} -> ${state}`,
    ); // X1
    assert(this.producerId !== value.producerId || this.producerEpoch <= value.producerEpoch, 'X2'); // X2
    this.producerId = value.producerId;
    this.previousProducerId = value.previousProducerId;
    this.nextProducerId = value.nextProducerId;
    this.producerEpoch = value.producerEpoch;
    this.lastProducerEpoch = lastProducerEpoch;
    this.timeoutMs = value.transactionTimeoutMs;
    this.state = state;
    this.#partitions = partitionsOf(value);
    this.isAhead = false;
    this.startMs = value.transactionStartTimestampMs;
    this.updatedMs = value.transactionLastUpdateTimestampMs;
    this.clientVersion = value.clientTransactionVersion;
    assert(this.#partitions.size === 0 || state === 'Ongoing' || this.isPreparing, 'X3'); // X3
  }

  /** The record that makes this of it. What is left out stays as it is. */
  changed(
    state: TransactionState,
    wallMs: number,
    change: {
      readonly producerId?: number;
      readonly producerEpoch?: number;
      readonly nextProducerId?: number;
      readonly timeoutMs?: number;
      readonly partitions?: TopicPartitions;
      readonly startMs?: number;
      readonly clientVersion?: number;
    },
  ): TransactionLogValue {
    const { partitions = NO_PARTITIONS } = change;
    return {
      producerId: change.producerId ?? this.producerId,
      previousProducerId: this.producerId,
      nextProducerId: change.nextProducerId ?? NO_ID,
      producerEpoch: change.producerEpoch ?? this.producerEpoch,
      nextProducerEpoch: NO_EPOCH,
      transactionTimeoutMs: change.timeoutMs ?? this.timeoutMs,
      transactionStatus: stateNumber(state),
      transactionPartitions: state === 'Empty' ? null : listOf(partitions),
      transactionLastUpdateTimestampMs: wallMs,
      transactionStartTimestampMs: change.startMs ?? this.startMs,
      clientTransactionVersion: change.clientVersion ?? this.clientVersion,
    };
  }
}

function partitionsOf({ transactionPartitions }: TransactionLogValue): Partitions {
  return new Map(transactionPartitions?.map(({ topic, partitionIds }) => [topic, new Set(partitionIds)]));
}

function listOf(partitions: TopicPartitions): TransactionLogValue['transactionPartitions'] {
  return Array.from(partitions, ([topic, ids]) => ({ topic, partitionIds: [...ids].sort((a, b) => a - b) }));
}
