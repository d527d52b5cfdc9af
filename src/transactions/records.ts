/**
 * Transaction records: what the coordinator remembers, as Kafka writes it into `__transaction_state`.
 *
 *   transactionLog   transactional id -> producer id and epoch, state, partitions; null: forgotten
 */
import type { TransactionLogValue, transactionLogRecord, RecordOf } from '../protocol/index.ts';

export type { TransactionLogValue } from '../protocol/index.ts';

/** Topic -> partitions. */
export type TopicPartitions = ReadonlyMap<string, ReadonlySet<number>>;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition says whose transaction is open there. */
export interface OpenTransaction extends TopicPartition {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** What ends a transaction: its markers belong into the frame of the record that says so. */
export interface Ending {
  readonly producerId: number;
  /** Of the markers: at least that of the producer's batches. */
  readonly producerEpoch: number;
  readonly isCommit: boolean;
  readonly partitions: TopicPartitions;
  /** Goes first, by itself, when one frame cannot hold everything: from then on the end is certain. Undefined: it is already. */
  readonly prepare: (() => TransactionLogValue) | undefined;
}

export type TransactionRecord = RecordOf<typeof transactionLogRecord> & {
  /** Kept in memory only, as in Kafka: the epoch that a repeated InitProducerId may still name. -1: none. */
  readonly lastProducerEpoch?: number | undefined;
  readonly ending?: Ending | undefined;
};
