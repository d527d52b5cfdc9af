/**
 * AddPartitionsToTxn and its kin: what a transaction touches is written down before it is touched. A group's offsets are
 * the partition of `__consumer_offsets` that keeps the group.
 *
 * A batch that brings its partition with it (KIP-890) is what is written down: the partition knows whose transaction is open there,
 * and a broker that starts asks all of them. So of the partitions of such a transaction only the first has a record of its own.
 *
 * Verification asks only whether a partition was added: batches of older clients pass no other way, so that no transaction
 * can be left open on a partition that its coordinator does not know of.
 */
import { KafkaError } from '../protocol/index.ts';
import type { Decision } from './decision.ts';
import type { TopicPartition, TopicPartitions } from './records.ts';
import { EPOCH_LAST, type Transaction } from './transaction.ts';

export interface PartitionsQuestion {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly partitions: readonly TopicPartition[];
  /** 2: the epoch rises with every transaction (KIP-890). */
  readonly clientVersion: 0 | 2;
}

/** The record of a transaction is not older than this: it tells how much of the timeout was used. */
const RECORD_AGE_MAX_MS = 1_000;

/** True when this began a transaction. Throws KafkaError. */
export function addPartitions(
  decision: Decision,
  transaction: Transaction | undefined,
  question: PartitionsQuestion,
): boolean {
  const present = checkProducer(transaction, question);
  const { partitions, clientVersion } = question;
  const isNew = present.state !== 'Ongoing';
  const { wallMs } = decision.now;
  if (!isNew && !present.isAhead && partitions.every((one) => present.holds(one.topic, one.partition)))
    return false;
  decision.write({
    type: 'transactionLog',
    key: { transactionalId: question.transactionalId },
    value: present.changed('Ongoing', wallMs, {
      partitions: union(present.partitions, partitions),
      startMs: isNew ? wallMs : present.startMs,
      clientVersion,
    }),
    lastProducerEpoch: present.lastProducerEpoch,
  });
  return isNew;
}

/**
 * Who asks appends a batch of the transaction to each of the partitions in the same turn, or nothing, and tells nobody that they were
 * added. False: it needs a record, or is refused.
 */
export function joinByBatch(
  transaction: Transaction | undefined,
  question: PartitionsQuestion,
  wallMs: number,
): boolean {
  if (transaction === undefined || !transaction.isFoundInPartitions) return false;
  if (transaction.producerId !== question.producerId || !isOfEpoch(transaction, question)) return false;
  if (wallMs - transaction.updatedMs >= RECORD_AGE_MAX_MS) return false;
  transaction.join(question.partitions);
  return true;
}

/** For each partition: was it added? Throws KafkaError when the producer is not the present one. */
export function verifyPartitions(
  transaction: Transaction | undefined,
  question: PartitionsQuestion,
): boolean[] {
  const present = checkProducer(transaction, question);
  return question.partitions.map(({ topic, partition }) => present.holds(topic, partition));
}

function isOfEpoch(transaction: Transaction, { producerEpoch }: PartitionsQuestion): boolean {
  return transaction.producerEpoch === producerEpoch && producerEpoch <= EPOCH_LAST;
}

function checkProducer(transaction: Transaction | undefined, question: PartitionsQuestion): Transaction {
  const { transactionalId, producerId } = question;
  if (transactionalId === '') throw new KafkaError('INVALID_REQUEST', 'the transactional id is empty');
  if (transaction === undefined || transaction.producerId !== producerId)
    throw new KafkaError('INVALID_PRODUCER_ID_MAPPING');
  if (!isOfEpoch(transaction, question)) throw new KafkaError('PRODUCER_FENCED');
  if (transaction.isPreparing) throw new KafkaError('CONCURRENT_TRANSACTIONS');
  return transaction;
}

function union(known: TopicPartitions, added: readonly TopicPartition[]): TopicPartitions {
  const all = new Map<string, Set<number>>();
  for (const [topic, partitions] of known) all.set(topic, new Set(partitions));
  for (const { topic, partition } of added) {
    const partitions = all.get(topic) ?? new Set();
    all.set(topic, partitions);
    partitions.add(partition);
  }
  return all;
}
