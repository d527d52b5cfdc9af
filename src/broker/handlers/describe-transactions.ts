/** DescribeTransactions: v0. What transactional ids are doing; an id that nobody used is TRANSACTIONAL_ID_NOT_FOUND. */
import { describeTransactionsApi, KafkaError } from '../../protocol/index.ts';
import { notDescribed } from '../../transactions/index.ts';
import { firsts } from '../duplicates.ts';
import { handler } from '../handler.ts';

export const describeTransactions = handler(
  describeTransactionsApi,
  [0, 0],
  ['transactions'],
  async (broker, request) => ({
    transactionStates: await Promise.all(
      request.transactionalIds.filter(firsts()).map((id) => broker.transactions.describe(id)),
    ),
  }),
  {
    refuse: (request, error) => ({
      transactionStates: request.transactionalIds.map((id) => notDescribed(id, new KafkaError(error).code)),
    }),
  },
);
