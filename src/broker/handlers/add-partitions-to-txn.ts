/**
 * AddPartitionsToTxn: v0–v5.
 *
 * Behaviour: all partitions of a transaction or none: when one does not exist, that one says so and the others
 * OPERATION_NOT_ATTEMPTED.
 * Version notes: v2 PRODUCER_FENCED (KIP-588); v4 many transactions at once, and `verifyOnly` (KIP-890). Kafka speaks v4
 * and later among brokers; some clients send them too, so they are served to everybody.
 */
import {
  addPartitionsToTxnApi,
  type AddPartitionsToTxnRequest,
  ERRORS,
  KafkaError,
} from '../../protocol/index.ts';
import type { PartitionsQuestion } from '../../transactions/index.ts';
import type { Broker } from '../broker.ts';
import { handler } from '../handler.ts';
import { fencedCode } from '../transaction-errors.ts';

const FENCED_SINCE = 2;
const MANY_SINCE = 4;

type Transaction = AddPartitionsToTxnRequest['transactions'][number];
type Code = (topic: string, partition: number) => number;

export const addPartitionsToTxn = handler(
  addPartitionsToTxnApi,
  [0, 5],
  ['image', 'transactions'],
  async (broker, request, { version }) => {
    if (version < MANY_SINCE) {
      const one = single(request);
      return { resultsByTopicV3AndBelow: results(one, await add(broker, one, version)) };
    }
    const codes = await Promise.all(
      request.transactions.map((one) => (one.verifyOnly ? verify(broker, one) : add(broker, one, version))),
    );
    const resultsByTransaction = request.transactions.map((one, n) => ({
      transactionalId: one.transactionalId,
      topicResults: results(one, codes[n]!),
    }));
    return { errorCode: 0, resultsByTransaction };
  },
  {
    refuse: (request, error, { version }) => {
      const { code } = new KafkaError(error);
      if (version >= MANY_SINCE) return { errorCode: code, resultsByTransaction: [] };
      return { resultsByTopicV3AndBelow: results(single(request), () => code) };
    },
  },
);

function single(request: AddPartitionsToTxnRequest): Transaction {
  return {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    verifyOnly: false,
    topics: request.v3AndBelowTopics,
  };
}

function questionOf(one: Transaction, version: number): PartitionsQuestion {
  const { transactionalId, producerId, producerEpoch, topics } = one;
  const partitions = topics.flatMap(({ name, partitions: indexes }) =>
    indexes.map((partition) => ({ topic: name, partition })),
  );
  const clientVersion = version >= MANY_SINCE ? 2 : 0;
  return { transactionalId, producerId, producerEpoch, partitions, clientVersion };
}

async function add(
  broker: Pick<Broker, 'image' | 'transactions'>,
  one: Transaction,
  version: number,
): Promise<Code> {
  const question = questionOf(one, version);
  const exists: (topic: string, partition: number) => boolean = (topic, partition) => {
    const count = broker.image.find(topic)?.partitionCount ?? 0;
    return partition >= 0 && partition < count;
  };
  if (question.partitions.some(({ topic, partition }) => !exists(topic, partition)))
    return (topic, partition) =>
      ERRORS[exists(topic, partition) ? 'OPERATION_NOT_ATTEMPTED' : 'UNKNOWN_TOPIC_OR_PARTITION'][0];
  const code = fencedCode(await broker.transactions.addPartitions(question), version >= FENCED_SINCE);
  return () => code;
}

function verify(broker: Pick<Broker, 'transactions'>, one: Transaction): Code {
  const question = questionOf(one, MANY_SINCE);
  const { errorCode, isAdded } = broker.transactions.verifyNow(question);
  if (errorCode !== 0) return () => errorCode;
  const added = new Set(
    question.partitions.filter((_, n) => isAdded[n]).map(({ topic, partition }) => `${partition} ${topic}`),
  );
  return (topic, partition) => (added.has(`${partition} ${topic}`) ? 0 : ERRORS.TRANSACTION_ABORTABLE[0]);
}

function results({ topics }: Transaction, codeOf: Code) {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({
      partitionIndex,
      partitionErrorCode: codeOf(name, partitionIndex),
    })),
  }));
}
