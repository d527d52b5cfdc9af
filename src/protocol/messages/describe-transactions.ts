/**
 * DescribeTransactions (65): the state of transactional ids (KIP-664). Flexible from v0.
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, int64, message, string } from '../schema.ts';

export const describeTransactionsRequest = message(
  { name: 'DescribeTransactionsRequest', versions: '0', flexible: '0+' },
  {
    transactionalIds: array(string()),
  },
);
export type DescribeTransactionsRequest = Infer<typeof describeTransactionsRequest>;

export const describeTransactionsResponse = message(
  { name: 'DescribeTransactionsResponse', versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(), // -1: not ongoing
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({
        topic: string(),
        partitions: array(int32()),
      }),
    }),
  },
);
export type DescribeTransactionsResponse = Infer<typeof describeTransactionsResponse>;

export const describeTransactionsApi = api(
  65,
  'DescribeTransactions',
  describeTransactionsRequest,
  describeTransactionsResponse,
);
