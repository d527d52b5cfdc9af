/**
 * AddPartitionsToTxn and its kin: what a transaction touches is written down before it is touched. A group's offsets are
 * the partition of `__consumer_offsets` that keeps the group.
 *
 * Verification asks only whether a partition was added: batches of older clients pass no other way, so that no transaction
 * can be left open on a partition that its coordinator does not know of.
 */
import { KafkaError } from '../protocol/index.ts';
import type { Decision } from './decision.ts';
import type { TopicPartitions } from './records.ts';
import { EPOCH_LAST, type Transaction } from './transaction.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionsQuestion {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly partitions: readonly TopicPartition[];
  /** 2: the epoch rises with every transaction (KIP-890). */
  readonly clientVersion: 0 | 2;
}

/** True when this began a transaction. Throws KafkaError. */
export function addPartitions(
  decision: Decision,
  transaction: Transaction | undefined,
  question: PartitionsQuestion,
): boolean {
  const present = checkProducer(transaction, question);
  const { partitions, clientVersion } = question;
  if (present.state === 'Ongoing' && partitions.every((one) => present.holds(one.topic, one.partition)))
    return false;
  const isNew = present.state !== 'Ongoing';
  const { wallMs } = decision.now;
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

/** For each partition: was it added? Throws KafkaError when the producer is not the present one. */
export function verifyPartitions(
  transaction: Transaction | undefined,
  question: PartitionsQuestion,
): boolean[] {
  const present = checkProducer(transaction, question);
  return question.partitions.map(({ topic, partition }) => present.holds(topic, partition));
}

function checkProducer(
  transaction: Transaction | undefined,
  { transactionalId, producerId, producerEpoch }: PartitionsQuestion,
): Transaction {
  if (transactionalId === '') throw new KafkaError('INVALID_REQUEST', 'the transactional id is empty');
  if (transaction === undefined || transaction.producerId !== producerId)
    throw new KafkaError('INVALID_PRODUCER_ID_MAPPING');
  if (transaction.producerEpoch !== producerEpoch || producerEpoch > EPOCH_LAST)
    throw new KafkaError('PRODUCER_FENCED');
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
