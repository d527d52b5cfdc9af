/**
 * ListTransactions: v0-v2.
 *
 * Behaviour: states that do not exist are told, and match nothing.
 * Version notes: v1 only those that run for longer (KIP-994); v2 only ids that match an expression (KIP-1152).
 */
import { matchesExpression } from '../../groups/index.ts';
import { errorCode, KafkaError, listTransactionsApi } from '../../protocol/index.ts';
import { unknownStates } from '../../transactions/index.ts';
import { handler } from '../handler.ts';

export const listTransactions = handler(
  listTransactionsApi,
  [0, 2],
  ['transactions'],
  async (broker, request) => {
    const unknownStateFilters = unknownStates(request.stateFilters);
    try {
      const transactionStates = await broker.transactions.list({
        states: request.stateFilters,
        producerIds: request.producerIdFilters,
        durationMs: request.durationFilter,
        matches: matcherOf(request.transactionalIdPattern),
      });
      return { errorCode: 0, unknownStateFilters, transactionStates };
    } catch (error) {
      return { errorCode: errorCode(error), unknownStateFilters, transactionStates: [] };
    }
  },
  {
    refuse: (_, error) => ({
      errorCode: new KafkaError(error).code,
      unknownStateFilters: [],
      transactionStates: [],
    }),
  },
);

/** By the limits of the groups' expressions. Throws INVALID_REGULAR_EXPRESSION. */
function matcherOf(pattern: string | null): ((id: string) => boolean) | undefined {
  if (pattern === null || pattern === '') return undefined;
  matchesExpression(pattern, ''); // refused even where there is no id
  return (id) => matchesExpression(pattern, id);
}
