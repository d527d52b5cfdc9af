/** Coordinator partition: what a coordinator needs of the log partition that holds its memory. The partition room implements it. */
import type { OpenTransaction } from '../transactions/index.ts';

export interface CoordinatorPartition {
  readonly index: number;
  /**
   * Takes the batch's place in the log at once, in the order of the calls; `durable` resolves when it cannot be lost
   * any more and rejects with a KafkaError when it may be. Throws a KafkaError when it takes nothing.
   */
  append(batch: Buffer): { readonly durable: Promise<void> };
  /** All batches from the start of the log to its end, in order; each call brings whole batches, valid during the call. */
  readAll(onBatches: (bytes: Buffer) => void): Promise<void>;
}

/** The marker that ends a transaction on one partition. */
export interface Marker {
  readonly topic: string;
  readonly partition: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly isCommit: boolean;
}

/** A partition that keeps transactions: it can end them everywhere. */
export interface TransactionPartition extends CoordinatorPartition {
  /** All that is open in this moment, in whatever partition, by the batches that have their place there. */
  openTransactions(): Iterable<OpenTransaction>;
  /** So many markers, and a record, surely fit into one frame. */
  readonly markersPerFrame: number;
  /**
   * Takes the batch's place in this partition, and that of each marker in its own, in one frame: all of it becomes
   * durable and visible in one turn, or nothing ever. Markers of partitions that are gone are left out. Throws a KafkaError
   * when it takes nothing.
   */
  commit(batch: Buffer | undefined, markers: readonly Marker[]): { readonly durable: Promise<void> };
}
