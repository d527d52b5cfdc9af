/** ProducerEntry: everything that one partition knows of one idempotent producer. Plain data; ProducerState owns it. */

/** Kafka keeps as many. Clients have at most five requests in flight. */
export const BATCHES_KEPT = 5;
const NO_EPOCH = -1;

export interface KeptBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestamp: number;
}

/** Everything that is known of one producer. */
export interface ProducerEntry {
  readonly producerId: number;
  producerEpoch: number;
  /** Oldest first, at most BATCHES_KEPT. */
  batches: KeptBatch[];
  /** The last sequence that was taken, also of a batch of which nothing was appended; -1: none. */
  lastSequence: number;
  /** Sequence numbers from the first one seen in this epoch up to the last; at most BEHIND_MAX. */
  sequencesSeen: number;
  /** When the producer last wrote, by the wall clock. */
  usedAt: number;
  coordinatorEpoch: number;
  /** -1: no transaction is open. */
  transactionFirstOffset: number;
}

export function newEntry(producerId: number): ProducerEntry {
  return {
    producerId,
    producerEpoch: NO_EPOCH,
    batches: [],
    lastSequence: -1,
    sequencesSeen: 0,
    usedAt: Number.NEGATIVE_INFINITY,
    coordinatorEpoch: -1,
    transactionFirstOffset: -1,
  };
}
