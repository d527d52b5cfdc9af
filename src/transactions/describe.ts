/** DescribeTransactions and ListTransactions: what people see of transactions. */
import {
  ERRORS,
  type DescribeTransactionsResponse,
  type ListTransactionsResponse,
} from '../protocol/index.ts';
import { STATES } from './states.ts';
import type { Transaction } from './transaction.ts';

export type DescribedTransaction = DescribeTransactionsResponse['transactionStates'][number];
export type ListedTransaction = ListTransactionsResponse['transactionStates'][number];

export interface TransactionFilter {
  /** Empty: any. Names that are no states match nothing. */
  readonly states: readonly string[];
  /** Empty: any. */
  readonly producerIds: readonly number[];
  /** Ongoing for longer; -1: any. */
  readonly durationMs: number;
  /** Undefined: any. */
  readonly matches?: ((transactionalId: string) => boolean) | undefined;
}

export function describeTransaction(transaction: Transaction): DescribedTransaction {
  const { transactionalId, state, timeoutMs, startMs, producerId, producerEpoch, partitions } = transaction;
  return {
    errorCode: 0,
    transactionalId,
    transactionState: state,
    transactionTimeoutMs: timeoutMs,
    transactionStartTimeMs: startMs,
    producerId,
    producerEpoch,
    topics: Array.from(partitions, ([topic, indexes]) => ({ topic, partitions: [...indexes] })),
  };
}

export function notDescribed(transactionalId: string, errorCode: number): DescribedTransaction {
  return {
    errorCode,
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  };
}

export const TRANSACTIONAL_ID_NOT_FOUND = ERRORS.TRANSACTIONAL_ID_NOT_FOUND[0];

export function listTransactions(
  transactions: Iterable<Transaction>,
  filter: TransactionFilter,
  wallMs: number,
): ListedTransaction[] {
  const listed: ListedTransaction[] = [];
  for (const transaction of transactions) {
    const { transactionalId, producerId, state, startMs } = transaction;
    if (filter.states.length > 0 && !filter.states.includes(state)) continue;
    if (filter.producerIds.length > 0 && !filter.producerIds.includes(producerId)) continue;
    if (filter.durationMs >= 0 && (state !== 'Ongoing' || wallMs - startMs <= filter.durationMs)) continue;
    if (filter.matches?.(transactionalId) === false) continue;
    listed.push({ transactionalId, producerId, transactionState: state });
  }
  return listed;
}

export function unknownStates(names: readonly string[]): string[] {
  return names.filter((name) => !(STATES as readonly string[]).includes(name));
}
