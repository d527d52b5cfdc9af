/**
 * Transaction: everything that is known of one transactional id. Changed by replay alone.
 *
 * Invariants
 *   X1  states move along TRANSACTION_TRANSITIONS
 *   X2  the epoch of a producer id never falls; a new producer id begins at 0
 *   X3  partitions are there while the state is Ongoing or Prepare…, and only then
 */
import { assert } from '../base/index.ts';
import type { TopicPartitions, TransactionLogValue, TransactionRecord } from './records.ts';
import { STATES, stateNumber, TRANSACTION_TRANSITIONS, type TransactionState } from './states.ts';

/** The last epoch that a client is ever given: one more is kept for the marker that fences it. */
export const EPOCH_LAST = 32_766;
export const NO_ID = -1;
export const NO_EPOCH = -1;
const NO_PARTITIONS: TopicPartitions = new Map();

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
  partitions: TopicPartitions = NO_PARTITIONS;
  /** By the wall clock; −1: not ongoing. */
  startMs = -1;
  updatedMs = -1;
  clientVersion = 0;

  constructor(transactionalId: string) {
    this.transactionalId = transactionalId;
  }

  get isPreparing(): boolean {
    return this.state === 'PrepareCommit' || this.state === 'PrepareAbort';
  }

  get isEpochUsedUp(): boolean {
    return this.producerEpoch >= EPOCH_LAST;
  }

  holds(topic: string, partition: number): boolean {
    return this.partitions.get(topic)?.has(partition) ?? false;
  }

  replay({ value, lastProducerEpoch = NO_EPOCH }: TransactionRecord): void {
    assert(value !== null, 'a tombstone is the mind’s');
    const state = STATES[value.transactionStatus] ?? 'Dead';
    const isKnown = this.producerId !== NO_ID;
    assert(!isKnown || TRANSACTION_TRANSITIONS[this.state].includes(state), () => `${this.state} → ${state}`); // X1
    assert(this.producerId !== value.producerId || this.producerEpoch <= value.producerEpoch, 'X2'); // X2
    this.producerId = value.producerId;
    this.previousProducerId = value.previousProducerId;
    this.nextProducerId = value.nextProducerId;
    this.producerEpoch = value.producerEpoch;
    this.lastProducerEpoch = lastProducerEpoch;
    this.timeoutMs = value.transactionTimeoutMs;
    this.state = state;
    this.partitions = partitionsOf(value);
    this.startMs = value.transactionStartTimestampMs;
    this.updatedMs = value.transactionLastUpdateTimestampMs;
    this.clientVersion = value.clientTransactionVersion;
    assert(this.partitions.size === 0 || state === 'Ongoing' || this.isPreparing, 'X3'); // X3
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

function partitionsOf({ transactionPartitions }: TransactionLogValue): TopicPartitions {
  if (transactionPartitions === null || transactionPartitions.length === 0) return NO_PARTITIONS;
  return new Map(transactionPartitions.map(({ topic, partitionIds }) => [topic, new Set(partitionIds)]));
}

function listOf(partitions: TopicPartitions): TransactionLogValue['transactionPartitions'] {
  return Array.from(partitions, ([topic, ids]) => ({ topic, partitionIds: [...ids].sort((a, b) => a - b) }));
}
