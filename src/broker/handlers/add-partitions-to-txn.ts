/**
 * AddPartitionsToTxn: v0-v5.
 *
 * Behaviour: all partitions of a transaction or none: when one does not exist, that one says so and the others
 * OPERATION_NOT_ATTEMPTED. Internal topics are not for clients (v0-v3).
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
      request.transactions.map((one) =>
        one.verifyOnly ? verify(broker, one, version) : add(broker, one, version),
      ),
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
  const refused = refusal(broker, one, version);
  if (refused !== undefined) return refused;
  const code = await broker.transactions.addPartitions(questionOf(one, version));
  return () => fencedCode(code, version >= FENCED_SINCE);
}

function verify(broker: Pick<Broker, 'image' | 'transactions'>, one: Transaction, version: number): Code {
  const refused = refusal(broker, one, version);
  if (refused !== undefined) return refused;
  const question = questionOf(one, version);
  const { errorCode, isAdded } = broker.transactions.verifyNow(question);
  if (errorCode !== 0) return () => errorCode;
  const added = new Set(
    question.partitions.filter((_, n) => isAdded[n]).map(({ topic, partition }) => `${partition} ${topic}`),
  );
  return (topic, partition) => (added.has(`${partition} ${topic}`) ? 0 : ERRORS.TRANSACTION_ABORTABLE[0]);
}

/** Undefined: every partition exists, and clients may write to it. */
function refusal(
  { image }: Pick<Broker, 'image'>,
  { topics }: Transaction,
  version: number,
): Code | undefined {
  const nameOf = (topic: string, partition: number) => {
    const found = image.find(topic);
    if (found?.isInternal === true && version < MANY_SINCE) return 'TOPIC_AUTHORIZATION_FAILED';
    return partition >= 0 && partition < (found?.partitionCount ?? 0)
      ? undefined
      : 'UNKNOWN_TOPIC_OR_PARTITION';
  };
  if (!topics.some(({ name, partitions }) => partitions.some((one) => nameOf(name, one) !== undefined)))
    return undefined;
  return (topic, partition) => ERRORS[nameOf(topic, partition) ?? 'OPERATION_NOT_ATTEMPTED'][0];
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
