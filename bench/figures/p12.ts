/** P12: transactions per second, one record of 100 B in each of ten partitions a transaction, twenty producers. */
import type { Figure } from '../figure.ts';
import { GREGOR, kafka } from '../server.ts';
import { type TransactionLoad, TransactionSide } from '../transaction-side.ts';

const LOAD: TransactionLoad = { partitions: 10, producers: 20, records: 1, valueBytes: 100 };

export const p12: Figure = {
  id: 'P12',
  title: 'transactions per second, one record in each of 10 partitions, 20 producers',
  conditions: [
    { name: 'pinned', pinned: true, seconds: 15 },
    { name: 'unpinned', pinned: false, seconds: 15 },
  ],
  warmUpSeconds: 60,
  measures: [
    { name: 'transactionsPerSecond', unit: 'transactions/s', goal: { atLeast: 5 } },
    { name: 'commitP50Ms', unit: 'commit p50 ms' },
    { name: 'serverMicrosecondsPerTransaction', unit: 'cpu µs/transaction' },
  ],
  open: async (_condition, tools) => ({
    ours: new TransactionSide(GREGOR, LOAD, tools),
    peer: new TransactionSide(kafka(), LOAD, tools),
  }),
};
