/**
 * T1: transactions per second, and how long a produce request inside of one takes. Ten producers; a transaction is ten records of
 * 100 B for each of four partitions, and its end. Kafka answers the end before its markers are written, Gregor when all of it is durable
 * and can be read.
 */
import type { Figure } from '../figure.ts';
import { GREGOR, kafka } from '../server.ts';
import { type TransactionLoad, TransactionSide } from '../transaction-side.ts';

const LOAD: TransactionLoad = { partitions: 4, producers: 10, records: 10, valueBytes: 100 };

export const t1: Figure = {
  id: 'T1',
  title: 'transactions per second, produce latency inside of them',
  conditions: [
    { name: 'pinned', pinned: true, seconds: 15 },
    { name: 'unpinned', pinned: false, seconds: 15 },
  ],
  warmUpSeconds: 60,
  measures: [
    { name: 'transactionsPerSecond', unit: 'transactions/s' },
    { name: 'produceP50Ms', unit: 'produce p50 ms' },
    { name: 'produceP99Ms', unit: 'produce p99 ms' },
    { name: 'commitP50Ms', unit: 'commit p50 ms' },
    { name: 'commitP99Ms', unit: 'commit p99 ms' },
    { name: 'serverMicrosecondsPerTransaction', unit: 'cpu µs/transaction' },
  ],
  open: async (_condition, tools) => ({
    ours: new TransactionSide(GREGOR, LOAD, tools),
    peer: new TransactionSide(kafka(), LOAD, tools),
  }),
};
