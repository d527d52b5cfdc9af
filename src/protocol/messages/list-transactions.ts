/**
 * ListTransactions (66): the transactional ids that this broker coordinates (KIP-664). Flexible from v0.
 *
 *   v1 only those that run for some time (KIP-994) · v2 only those whose id matches a pattern (KIP-1152)
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, int64, message, string } from '../schema.ts';

export const listTransactionsRequest = message(
  { name: 'ListTransactionsRequest', versions: '0-2', flexible: '0+' },
  {
    stateFilters: array(string()), // empty: all
    producerIdFilters: array(int64()), // empty: all
    durationFilter: int64({ versions: '1+', default: -1, clamp: true }), // milliseconds; -1: all
    // a regular expression (RE2/J); null or empty: all
    transactionalIdPattern: string({ versions: '2+', nullable: '2+', default: null }),
  },
);
export type ListTransactionsRequest = Infer<typeof listTransactionsRequest>;

export const listTransactionsResponse = message(
  { name: 'ListTransactionsResponse', versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: array(string()), // states of the filter that do not exist
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  },
);
export type ListTransactionsResponse = Infer<typeof listTransactionsResponse>;

export const listTransactionsApi = api(
  66,
  'ListTransactions',
  listTransactionsRequest,
  listTransactionsResponse,
);
