/**
 * AddPartitionsToTxn (24): partitions join a transaction before they are written to.
 *
 *   v2 PRODUCER_FENCED (KIP-588) · v3 flexible · v4 many transactions at once, from broker to broker (KIP-890)
 *   v5 TRANSACTION_ABORTABLE (KIP-890)
 *
 * Clients end at v3; v4 and above are spoken among brokers.
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int16, int32, int64, message, string } from '../schema.ts';

const topicPartitions = {
  name: string(),
  partitions: array(int32()),
};

export const addPartitionsToTxnRequest = message(
  { name: 'AddPartitionsToTxnRequest', versions: '0-5', flexible: '3+' },
  {
    transactions: array(
      {
        transactionalId: string(),
        producerId: int64(),
        producerEpoch: int16(),
        verifyOnly: boolean(), // only ask whether they have joined
        topics: array(topicPartitions),
      },
      { versions: '4+' },
    ),
    v3AndBelowTransactionalId: string({ versions: '0-3' }),
    v3AndBelowProducerId: int64({ versions: '0-3' }),
    v3AndBelowProducerEpoch: int16({ versions: '0-3' }),
    v3AndBelowTopics: array(topicPartitions, { versions: '0-3' }),
  },
);
export type AddPartitionsToTxnRequest = Infer<typeof addPartitionsToTxnRequest>;

const partitionResult = {
  partitionIndex: int32(),
  partitionErrorCode: int16(),
};

const topicResult = {
  name: string(),
  resultsByPartition: array(partitionResult),
};

export const addPartitionsToTxnResponse = message(
  { name: 'AddPartitionsToTxnResponse', versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '4+', ignorable: true }),
    resultsByTransaction: array(
      {
        transactionalId: string(),
        topicResults: array(topicResult),
      },
      { versions: '4+' },
    ),
    resultsByTopicV3AndBelow: array(topicResult, { versions: '0-3' }),
  },
);
export type AddPartitionsToTxnResponse = Infer<typeof addPartitionsToTxnResponse>;

export const addPartitionsToTxnApi = api(
  24,
  'AddPartitionsToTxn',
  addPartitionsToTxnRequest,
  addPartitionsToTxnResponse,
);
