/** Bugs of idempotent producers. */
import { type PlantedBugs, TRANSACTIONS, UNDER_FAULTS } from './planted-bug.ts';

const STATE = 'src/log/producer-state.ts';
const STATE_TEST = { test: 'src/log/producer-state.test.ts' } as const;

export const PRODUCER_BUGS: PlantedBugs = {
  keepsFourBatches: {
    what: 'only the last four batches of a producer are recognised with their offset',
    thought: 'Five in flight: the one that comes now and four before it.',
    breaks: ['I3'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: STATE,
        from: 'if (entry.batches.length === BATCHES_KEPT) entry.batches.shift();',
        to: 'if (entry.batches.length === BATCHES_KEPT - 1) entry.batches.shift();',
      },
    ],
  },
  letsALaterBatchBegin: {
    what: 'a new producer whose first batch found no room begins with one that was in flight behind it',
    thought: 'A producer that nobody knows may begin anywhere.',
    breaks: ['I1'],
    finder: { test: 'src/partition/full-disk.test.ts' },
    patches: [
      {
        file: 'src/partition/intake.ts',
        from: '      producers.refused(batch, now);\n      throw full;',
        to: '      throw full;',
      },
    ],
  },
  takesGaps: {
    what: 'a batch whose predecessor was lost is appended',
    thought: 'A higher sequence than expected is no duplicate, and duplicates are what this is about.',
    breaks: ['I1', 'O5'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: STATE,
        from: 'if (batch.baseSequence === expected) return; // I1',
        to: 'if (batch.baseSequence >= expected) return; // I1',
      },
    ],
  },
  wrapsToOne: {
    what: 'after sequence 2³¹ − 1 comes 1',
    thought: '0 is where a new producer begins.',
    breaks: ['I5'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/log/sequence.ts',
        from: 'return (sequence + count) % SEQUENCES;',
        to: 'return sequence + count < SEQUENCES ? sequence + count : sequence + count - SEQUENCES + 1;',
      },
    ],
  },
  recognisesByTheFirstSequence: {
    what: 'a batch is taken for one that begins with the same sequence, whatever its length',
    thought: 'A sequence number is used once, so the first one tells.',
    breaks: ['I1'],
    finder: STATE_TEST,
    patches: [
      {
        file: STATE,
        from: 'known.baseSequence === batch.baseSequence && known.lastSequence === batch.lastSequence,',
        to: 'known.baseSequence === batch.baseSequence,',
      },
    ],
  },
  countsIdleTimeFromRecords: {
    what: 'a producer whose records carry old timestamps is forgotten at a restart',
    thought: 'The newest record tells when the producer was last heard of.',
    breaks: ['I1'],
    finder: STATE_TEST,
    patches: [
      {
        file: STATE,
        from: 'entry.usedAt = Math.max(entry.usedAt, now);',
        to: 'entry.usedAt = Math.max(entry.usedAt, batch.maxTimestamp);',
      },
    ],
  },
  forgetsProducersInTransactions: {
    what: 'a producer that is idle inside a transaction is forgotten, and the transaction never ends',
    thought: 'Idle is idle.',
    breaks: ['T8'],
    finder: STATE_TEST,
    patches: [
      {
        file: STATE,
        from: 'return entry.transactionFirstOffset < 0 && now - entry.usedAt',
        to: 'return now - entry.usedAt',
      },
    ],
  },
  recognisesAbortedBatches: {
    what: 'a batch is taken for one of an aborted transaction with the same sequence',
    thought: 'Same producer, same epoch, same sequence: it is the same batch.',
    breaks: ['I4'],
    finder: STATE_TEST,
    patches: [
      {
        file: STATE,
        from: 'if (kept === undefined || (batch.isTransactional && !isInTransaction(entry, kept))) return undefined; // I4',
        to: 'if (kept === undefined) return undefined;\n  void isInTransaction;',
      },
    ],
  },
  keepsTheOlderEpoch: {
    what: 'a producer with a new epoch goes on with the sequences of the old one',
    thought: 'The batches are still the producer’s.',
    breaks: ['I1'],
    finder: TRANSACTIONS,
    patches: [{ file: STATE, from: '      entry.batches = [];\n', to: '' }],
  },
};
