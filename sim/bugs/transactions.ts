/** Bugs of transactions and of those who read them. */
import { type PlantedBugs, TRANSACTIONS as SCENARIO } from './planted-bug.ts';

const TRANSACTIONS = 'src/transactions';
const TRANSCRIPT_TEST = { test: 'src/transactions/transcript.test.ts' } as const;

export const TRANSACTION_BUGS: PlantedBugs = {
  endsTheNextTransaction: {
    what: 'an EndTxn that was held in the network ends the transaction that was begun since',
    thought: 'The epoch is off by one because the answer got lost: the client asks again.',
    breaks: ['T4'],
    finder: SCENARIO,
    patches: [
      {
        file: `${TRANSACTIONS}/end.ts`,
        from: "    if (isRepeated) throw new KafkaError('PRODUCER_FENCED');\n    return true;",
        to: '    return true;',
      },
    ],
  },
  keepsTheEpochAtTheEnd: {
    what: 'the marker of an end carries the epoch of its transaction, so a held batch still fits behind it',
    thought: 'Only the producer needs the new epoch; the marker belongs to the old transaction.',
    breaks: ['T4'],
    finder: TRANSCRIPT_TEST,
    patches: [
      {
        file: `${TRANSACTIONS}/end.ts`,
        from: 'const marker = { producerId, producerEpoch: lastProducerEpoch + 1 };\n  let next: ProducerIdentity = marker;',
        to: 'const marker = { producerId, producerEpoch: lastProducerEpoch };\n  let next: ProducerIdentity = { producerId, producerEpoch: lastProducerEpoch + 1 };',
      },
    ],
  },
  raisesTheLastEpoch: {
    what: 'epoch 32767 is given to a producer, and the one after it is negative',
    thought: 'An epoch has 16 bits: up to 32767.',
    breaks: ['I5'],
    finder: TRANSCRIPT_TEST,
    patches: [
      {
        file: `${TRANSACTIONS}/transaction.ts`,
        from: 'this.producerEpoch >= EPOCH_LAST;',
        to: 'this.producerEpoch > EPOCH_LAST;',
      },
    ],
  },
  chargesTheDowntime: {
    what: 'the timeout of an open transaction runs while the broker is down, and live producers are fenced at a restart',
    thought: 'A deadline is the beginning and the timeout.',
    breaks: ['T8'],
    finder: { test: 'src/transactions/mind.test.ts' },
    patches: [
      {
        file: `${TRANSACTIONS}/mind.ts`,
        from: 'Math.max(0, transaction.updatedMs - transaction.startMs);',
        to: 'Math.max(0, decision.now.wallMs - transaction.startMs);',
      },
    ],
  },
  forgetsOpenTransactions: {
    what: 'a transaction that was open at a restart has no deadline any more, and readers wait behind it for ever',
    thought: 'Its producer will end it, or add partitions and renew the deadline.',
    breaks: ['T8'],
    finder: SCENARIO,
    patches: [
      {
        file: `${TRANSACTIONS}/mind.ts`,
        from: 'this.#limit(decision, transaction.transactionalId, decision.now.sessionMs + leftMs);',
        to: 'void leftMs;',
      },
    ],
  },
  leavesEndsPrepared: {
    what: 'an end that was decided when the broker died stays undone: the last stable offset is frozen',
    thought: 'The client asks again, and then it is carried out.',
    breaks: ['T5', 'T8'],
    finder: { test: 'src/coordinator/transaction-coordinator.test.ts' },
    patches: [
      {
        file: `${TRANSACTIONS}/mind.ts`,
        from: '      if (transaction.isPreparing) decision.write(resumed(decision, transaction));\n',
        to: '      void resumed;\n',
      },
    ],
  },
  takesOldInstances: {
    what: 'a producer that was fenced adds partitions to the transaction of its successor',
    thought: 'The producer id is the right one.',
    breaks: ['T7'],
    finder: SCENARIO,
    patches: [
      {
        file: `${TRANSACTIONS}/partitions.ts`,
        from: 'return transaction.producerEpoch === producerEpoch && producerEpoch <= EPOCH_LAST;',
        to: 'return transaction.producerEpoch >= 0 && producerEpoch <= EPOCH_LAST;',
      },
    ],
  },
  forgetsPartitionsAddedBefore: {
    what: 'a second AddPartitionsToTxn replaces the partitions of the first one, which get no marker',
    thought: 'The request lists the partitions of the transaction.',
    breaks: ['T1'],
    finder: SCENARIO,
    patches: [
      {
        file: `${TRANSACTIONS}/partitions.ts`,
        from: 'partitions: union(present.partitions, partitions),',
        to: 'partitions: union(new Map(), partitions),',
      },
    ],
  },
  forgetsWhatBatchesBrought: {
    what: 'partitions that batches brought into a transaction are forgotten at a restart: its end leaves them open',
    thought: 'The record of the transaction lists its partitions.',
    breaks: ['T1', 'T8'],
    finder: SCENARIO,
    patches: [
      {
        file: 'src/coordinator/transaction-shard.ts',
        from: 'if (mind.mayBeAhead) mind.complete(partition.openTransactions());',
        to: 'void [mind, partition];',
      },
    ],
  },
  answersForWhatIsInNoRecord: {
    what: 'AddPartitionsToTxn is answered for a partition that is in no record, because a batch had brought it',
    thought: 'The transaction holds it already.',
    breaks: ['T1'],
    finder: { test: 'src/coordinator/transaction-coordinator.test.ts' },
    patches: [
      {
        file: `${TRANSACTIONS}/partitions.ts`,
        from: 'if (!isNew && !present.isAhead && partitions.every(',
        to: 'if (!isNew && partitions.every(',
      },
    ],
  },
  stableAtTheWatermark: {
    what: 'read-committed readers pass a transaction whose marker is written and not yet durable',
    thought: 'The marker has its offset: the transaction has ended.',
    breaks: ['R1'],
    finder: SCENARIO,
    patches: [
      {
        file: 'src/partition/stable-offsets.ts',
        from: 'if (lastOffset >= highWatermark) first = Math.min(first, firstOffset);',
        to: 'if (lastOffset > highWatermark) first = Math.min(first, firstOffset);',
      },
    ],
  },
  readsCommittedUpToTheWatermark: {
    what: 'readers of committed records get everything below the high watermark',
    thought: 'What is durable may be read; aborted records are filtered by the client.',
    breaks: ['R1', 'T2'],
    finder: SCENARIO,
    patches: [
      {
        file: 'src/partition/partition.ts',
        from: "return isolation === 'read_committed' ? this.lastStableOffset : this.highWatermark;",
        to: 'return this.highWatermark;',
      },
    ],
  },
  listsAbortsByMarker: {
    what: 'aborted transactions are told in the order of their markers',
    thought: 'They are in order already, segments first and then memory.',
    breaks: ['R2'],
    finder: SCENARIO,
    patches: [
      {
        file: 'src/partition/reading.ts',
        from: 'return all.sort((a, b) => a.producerId - b.producerId || a.firstOffset - b.firstOffset);',
        to: 'return all;',
      },
    ],
  },
  listsAbortsFromTheFetchOffset: {
    what: 'a transaction that began before the fetch offset is missing among the aborted ones',
    thought: 'Transactions that begin in what was read.',
    breaks: ['R2'],
    finder: SCENARIO,
    patches: [
      {
        file: 'src/partition/reading.ts',
        from: 'overlapping(tail.aborted, firstOffsetOf(records), lastOffsetOf(records) + 1).aborted',
        to: 'overlapping(tail.aborted, firstOffsetOf(records), lastOffsetOf(records) + 1).aborted.filter(\n    ({ firstOffset }) => firstOffset >= firstOffsetOf(records),\n  )',
      },
    ],
  },
  countsOffsetsAtOnce: {
    what: 'offsets that are sent in a transaction are those of the group before it commits',
    thought: 'They are in the log; an abort is rare.',
    breaks: ['T1', 'T6'],
    finder: SCENARIO,
    patches: [
      {
        file: 'src/groups/mind.ts',
        from: '      this.#pendingOf(record.key.group).add(record.producerId, record);\n',
        to: "      this.#replayOffset({ type: 'offsetCommit', key: record.key, value: record.value });\n",
      },
    ],
  },
  countsAbortedOffsets: {
    what: 'the offsets of a transaction count when it has ended, also when it was aborted',
    thought: 'They were pending, and now they are not.',
    breaks: ['T1', 'T6'],
    finder: SCENARIO,
    patches: [
      {
        file: 'src/groups/mind.ts',
        from: '      if (record.isCommit)\n        for (const { key, value } of ended)',
        to: '        for (const { key, value } of ended)',
      },
    ],
  },
};
