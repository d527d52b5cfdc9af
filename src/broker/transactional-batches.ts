/**
 * TransactionalBatches: may the transactional batches of a produce request go into the log? Asked in the turn of the request,
 * so that nothing of a fenced producer is appended once the fence has its place in the log, not even what was queued
 * before (T7), and no transaction is ever open on a partition that its coordinator does not know of.
 *
 *   v12 and later   the batch adds its partition to the transaction by itself (KIP-890)
 *   v3-v11          the partition must have been added: else 120 (v11), or 48 (older)
 */
import { errorNameOf, KafkaError, type ProduceRequest, RecordBatch } from '../protocol/index.ts';
import type { Broker } from './broker.ts';
import { produceCode } from './transaction-errors.ts';

const ADDS_ITSELF_SINCE = 12;
const ABORTABLE_SINCE = 11;

export type BatchVerdict = (topic: string, partition: number) => KafkaError | undefined;

interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

interface Asked {
  readonly topic: string;
  readonly partition: number;
}

type TopicData = ProduceRequest['topicData'][number];

const FINE: BatchVerdict = () => undefined;

/** Undefined: no batch is transactional. Throws what refuses the whole request. */
export function judgeTransaction(
  broker: Pick<Broker, 'transactions' | 'configs'>,
  request: ProduceRequest,
  version: number,
  /** The topic's name; undefined: the partition does not exist. */
  nameOf: (topic: TopicData, partition: number) => string | undefined,
): BatchVerdict | undefined {
  const found = transactionalOf(request, nameOf);
  if (found === undefined) return undefined;
  const { transactionalId } = request;
  if (transactionalId === null)
    throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'a transactional batch without its id');
  const adds = version >= ADDS_ITSELF_SINCE;
  if (!adds && !broker.configs.broker['transaction.partition.verification.enable']) return FINE;
  const { producer, partitions } = found;
  if (partitions.length === 0) return FINE; // no partition exists: each says so for itself, and no transaction begins
  const question = { transactionalId, ...producer, partitions, clientVersion: adds ? 2 : 0 } as const;
  if (adds) return refusal(broker.transactions.joinNow(question), version) ?? FINE;
  const { errorCode, isAdded } = broker.transactions.verifyNow(question);
  const refused = refusal(errorCode, version);
  if (refused !== undefined) return refused;
  const missing = partitions.filter((_, n) => !isAdded[n]);
  return missing.length === 0 ? FINE : notAdded(missing, version);
}

function transactionalOf(
  request: ProduceRequest,
  nameOf: (topic: TopicData, partition: number) => string | undefined,
): { producer: Producer; partitions: Asked[] } | undefined {
  let producer: Producer | undefined;
  const partitions: Asked[] = [];
  for (const topic of request.topicData)
    for (const { index, records } of topic.partitionData) {
      const one = producerOf(records);
      if (one === undefined) continue;
      producer ??= one;
      if (one.producerId !== producer.producerId || one.producerEpoch !== producer.producerEpoch)
        throw new KafkaError('INVALID_PRODUCER_ID_MAPPING', 'batches of two producers in one transaction');
      const name = nameOf(topic, index);
      if (name !== undefined) partitions.push({ topic: name, partition: index });
    }
  return producer === undefined ? undefined : { producer, partitions };
}

/** The producer of a transactional batch. What is no batch at all is refused later, by admission. */
function producerOf(records: Buffer | null): Producer | undefined {
  if (records === null || !RecordBatch.isTransactionalAt(records)) return undefined;
  try {
    const { producerId, producerEpoch } = RecordBatch.at(records, 0);
    return { producerId, producerEpoch };
  } catch (error) {
    if (error instanceof KafkaError) return undefined;
    throw error;
  }
}

function refusal(code: number, version: number): BatchVerdict | undefined {
  if (code === 0) return undefined;
  const error = new KafkaError(errorNameOf(produceCode(code, version >= ADDS_ITSELF_SINCE)));
  return () => error;
}

function notAdded(missing: readonly Asked[], version: number): BatchVerdict {
  const error = new KafkaError(
    version >= ABORTABLE_SINCE ? 'TRANSACTION_ABORTABLE' : 'INVALID_TXN_STATE',
    'the partition was not added to the transaction',
  );
  return (topic, partition) =>
    missing.some((one) => one.topic === topic && one.partition === partition) ? error : undefined;
}
