/** Bugs of partitions: their offsets, watermarks, epochs and memory. */
import { CRASHES, type PlantedBugs, UNDER_FAULTS } from './planted-bug.ts';

const PARTITION = 'src/partition/partition.ts';
const INTAKE = 'src/partition/intake.ts';
const ADMISSION_QUEUE = 'src/partition/admission-queue.ts';
const PARTITIONS = 'src/partition/partitions.ts';
const OPEN = 'src/partition/open.ts';

export const PARTITION_BUGS: PlantedBugs = {
  losesProducerState: {
    what: 'no producer is known any more after a start',
    thought: 'Producers come back with a new id anyway.',
    breaks: ['I1'],
    finder: CRASHES,
    patches: [
      {
        file: OPEN,
        from: '  partitions.attach(journal, checkpointer);',
        to: `  partitions.attach(journal, checkpointer);
  for (const partition of partitions.all()) partition.producers.expire(Number.POSITIVE_INFINITY);`,
      },
    ],
  },
  stopsTheWatermarkOneShort: {
    what: 'the high watermark is the last durable offset instead of the one behind it',
    thought: 'The high watermark is the highest offset that is durable.',
    breaks: ['V2', 'O3'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: PARTITION,
        from: 'this.highWatermark = lastOffset + 1;',
        to: 'this.highWatermark = lastOffset;',
      },
    ],
  },
  answersDuplicatesAtOnce: {
    what: 'a batch that is sent again is acknowledged before the original is durable',
    thought: 'It is in the log already: there is nothing to wait for.',
    breaks: ['I2', 'D1'],
    finder: { test: 'src/partition/before-durable.test.ts' },
    patches: [
      {
        file: INTAKE,
        from: 'logAppendTimeMs, frame: this.#partition.frameOf(lastOffset) };',
        to: 'logAppendTimeMs, frame: undefined };',
      },
    ],
  },
  admitsInTheOrderOfChecks: {
    what: 'on a topic with a check a batch enters as soon as it was looked at, also before those that came earlier',
    thought: 'It passed its check: there is nothing to wait for.',
    breaks: ['O5', 'I1'],
    finder: { test: 'src/partition/admission-queue.test.ts' },
    patches: [
      {
        file: ADMISSION_QUEUE,
        from: `    while (this.#waiting[0]?.looked !== undefined) {
      const { bytes, admit, looked, resolve, reject } = this.#waiting.shift()!; // A1`,
        to: `    for (;;) {
      const ready = this.#waiting.findIndex((one) => one.looked !== undefined);
      if (ready < 0) return;
      const { bytes, admit, looked, resolve, reject } = this.#waiting.splice(ready, 1)[0]!;`,
      },
    ],
  },
  appendsBeforeTheCheck: {
    what: 'on a topic with a check a batch gets its offset while it is looked at, and a refusal comes too late',
    thought: 'Hardly any batch is refused; the check may run while the frame is on its way.',
    breaks: ['D4'],
    finder: { test: 'src/testing/checks.test.ts' },
    patches: [
      {
        file: ADMISSION_QUEUE,
        from: 'const waiting: Waiting = { bytes, admit, resolve,',
        to: `const appended = admit(FINE);
      const waiting: Waiting = { bytes, admit: (seen) => (seen.kind === 'fine' ? appended : admit(seen)), resolve,`,
      },
    ],
  },
  forgetsTheCheckAfterAStart: {
    what: 'topics that ask for a check are hosted without it after a start, until their settings change',
    thought: 'Their settings come with the metadata log, record by record.',
    breaks: ['N1'],
    finder: { test: 'src/testing/checks.test.ts' },
    patches: [
      {
        file: 'src/server/topics.ts',
        from: '    const config = configs.partitionConfig(topic);\n    for (',
        to: '    const config = { ...configs.partitionConfig(topic), check: undefined };\n    for (',
      },
    ],
  },
  judgesTransactionsAtArrival: {
    what: 'a transactional batch that waits for a check is asked about when it comes, not when it enters',
    thought: 'The producer was the present one when it sent the batch.',
    breaks: ['T7'],
    finder: { test: 'src/partition/admission-queue.test.ts' },
    patches: [
      {
        file: INTAKE,
        from: `      options.mayEnter?.(kept);
      const`,
        to: '      const',
      },
      {
        file: INTAKE,
        from: '    const { check } = config;\n',
        to: '    const { check } = config;\n    options.mayEnter?.(kept);\n',
      },
    ],
  },
  refusesWhatIsInTheLog: {
    what: 'a retry of an appended batch is refused when the topic has come to ask for more in the meantime',
    thought: 'A record that does not fit is refused, whoever sends it how often.',
    breaks: ['I2', 'D4'],
    finder: { test: 'src/partition/admission-queue.test.ts' },
    patches: [
      {
        file: INTAKE,
        from: `    const full = this.#full();
    if (full !== undefined) {
      producers.refused(batch, now);
      throw full;
    }`,
        to: `    refuseBy(looked);
    const full = this.#full();
    if (full !== undefined) {
      producers.refused(batch, now);
      throw full;
    }`,
      },
    ],
  },
  relaxedOvertakesStrict: {
    what: 'on a topic that became relaxed the high watermark passes batches that still wait for their sync',
    thought: 'The newer batch is written, and the older ones were written before it.',
    breaks: ['D1', 'D3'],
    finder: { test: 'src/partition/flush-modes.test.ts' },
    patches: [
      {
        file: PARTITION,
        from: 'if (this.highWatermark >= this.#strictEnd) this.durableTo(lastOffset);',
        to: 'this.durableTo(lastOffset);',
      },
    ],
  },
  wakesOneOfAFrame: {
    what: 'of the partitions whose batches shared a frame only the last one wakes its waiting fetches',
    thought: 'One wake-up per frame: everybody looks again anyway.',
    breaks: ['V2'],
    finder: { test: 'src/partition/transactions.test.ts' },
    patches: [
      {
        file: PARTITIONS,
        from: '    for (const partition of moved) partition.waiters.wakeAll();',
        to: '    moved.at(0)?.waiters.wakeAll();',
      },
    ],
  },
  wakesBeforeAllHaveMoved: {
    what: 'a fetch that waits for one partition wakes while the high watermarks of the frame’s others still stand',
    thought: 'One loop instead of two.',
    breaks: ['T5'],
    finder: { test: 'src/partition/transactions.test.ts' },
    patches: [
      {
        file: PARTITIONS,
        from: `      owner.direct?.durableTo(sequence);
    }
    for (const partition of moved) partition.waiters.wakeAll();`,
        to: `      owner.direct?.durableTo(sequence);
      owner.waiters.wakeAll();
    }
    void moved;`,
      },
    ],
  },
  keepsTheLeaderEpoch: {
    what: 'the leader epoch does not rise after an unclean stop',
    thought: 'One broker, one leader: the epoch never changes.',
    breaks: ['O7'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: OPEN,
        from: 'leaderEpoch: (last?.leaderEpoch ?? 0) + (wasUnclean ? 1 : 0), // N2',
        to: 'leaderEpoch: last?.leaderEpoch ?? 0, // N2',
      },
    ],
  },
  forgetsEpochsInSegments: {
    what: 'an epoch whose batches were flushed after the mark, and before the crash, is not known any more',
    thought: 'What the segments hold is in the manifest, epochs too.',
    breaks: ['O7'],
    finder: { test: 'src/partition/replay.test.ts' },
    patches: [
      {
        file: PARTITION,
        from: '      this.#assignEpoch(entry); // the manifest may name bytes of the segment that were written after its mark\n',
        to: '',
      },
    ],
  },
  forgetsProducersInSegments: {
    what: 'a batch that was flushed after the mark, and before the crash, is not known as its producer’s any more',
    thought: 'What the segments hold is in the producer snapshot too.',
    breaks: ['I1'],
    finder: { test: 'src/partition/replay.test.ts' },
    patches: [
      {
        file: PARTITION,
        from: '      this.producers.replay(entry, now);\n      return;',
        to: '      return;',
      },
    ],
  },
  tellsTheLogStartEarly: {
    what: 'DeleteRecords moves the log start before that is durable, and readers are told',
    thought: 'The answer waits for the frame; memory may follow at once.',
    breaks: ['K6', 'O3'],
    finder: { test: 'src/partition/before-durable.test.ts' },
    patches: [
      {
        file: PARTITIONS,
        from: `      await frame.durable;
      partition.raiseLogStart(offset);`,
        to: `      partition.raiseLogStart(offset);
      await frame.durable;`,
      },
    ],
  },
  answersDeleteRecordsEarly: {
    what: 'DeleteRecords is answered before it is durable',
    thought: 'If it is lost the records are merely there again, which nobody minds.',
    breaks: ['K6'],
    finder: { test: 'src/partition/expiry.test.ts' },
    patches: [{ file: PARTITIONS, from: '      await frame.durable;\n', to: '      void frame;\n' }],
  },
  dropsBatchesAtTheLogStart: {
    what: 'a flush leaves out the batch whose last record is the first one that is left',
    thought: 'What lies at or below the log start is deleted.',
    breaks: ['D1', 'D6'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/partition/checkpointer.ts',
        from: 'batches.filter((batch) => batch.lastOffset >= partition.logStartOffset);',
        to: 'batches.filter((batch) => batch.lastOffset > partition.logStartOffset);',
      },
    ],
  },
  letsGoBeforeItIsWritten: {
    what: 'memory lets go of a batch that is in no segment yet',
    thought: 'It is durable: whoever reads it finds it on disk.',
    breaks: ['D1', 'O2'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/partition/tail.ts',
        from: 'for (; this.#first < end; this.#first++)',
        to: 'for (; this.#first < Math.min(end + 1, this.#batches.length - 1); this.#first++)',
      },
    ],
  },
  skipsToTheNextBatch: {
    what: 'a read in the middle of a batch in memory begins with the next one',
    thought: 'The first batch at or after the offset.',
    breaks: ['O2'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/partition/tail.ts',
        from: 'if (lastOffsets[middle]! < offset) low = middle + 1;',
        to: 'if (this.#batches.baseOffsets[middle]! < offset) low = middle + 1;',
      },
    ],
  },
  readsOneBatchTooFar: {
    what: 'a read takes a batch of one record that begins at the high watermark',
    thought: 'Up to and including the end offset.',
    breaks: ['O3', 'D1'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/partition/tail.ts',
        from: `      if (batches.lastOffsets[n]! >= endOffset) break;
      const length`,
        to: `      if (batches.lastOffsets[n]! > endOffset) break;
      const length`,
      },
    ],
  },
  refusesTheEndOfTheLog: {
    what: 'a fetch at the very end of the log is out of range, and consumers reset',
    thought: 'There is no record with that offset.',
    breaks: ['O3'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/partition/reading.ts',
        from: 'offset < partition.logStartOffset || offset > partition.logEndOffset)',
        to: 'offset < partition.logStartOffset || offset >= partition.logEndOffset)',
      },
    ],
  },
  stopsAtTheFirstLateTimestamp: {
    what: 'an offset by timestamp is sought as if timestamps rose with the offsets',
    thought: 'Time goes on: the first batch that ends too late begins too late as well.',
    breaks: ['O6'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/partition/offset-search.ts',
        from: `    const record = firstInBatch(batch.bytes, timestamp, logStartOffset);
    if (record !== undefined) return record;`,
        to: '    return { offset: batch.baseOffset, timestamp: batch.maxTimestamp };',
      },
    ],
  },
  doesNotGoOnAfterAFullDisk: {
    what: 'produce is refused for ever once the disk was below its reserve',
    thought: 'A full disk needs an operator, and a restart.',
    breaks: ['V2'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/partition/disk-reserve.ts',
        from: '; ${NOTHING_WRITTEN}`,\n          )\n        : undefined;',
        to: '; ${NOTHING_WRITTEN}`,\n          )\n        : this.full;',
      },
    ],
  },
  replaysLogStartsAsNew: {
    what: 'a log start that is replayed while a transaction is open ends the start, every time',
    thought: 'A log start is a log start, wherever it comes from.',
    breaks: ['V1', 'V4'],
    finder: { test: 'src/partition/log-start.test.ts' },
    patches: [
      {
        file: 'src/partition/partition.ts',
        from: '    this.#beginAt(Math.min(offset, this.highWatermark));\n',
        to: '    this.raiseLogStart(Math.min(offset, this.highWatermark));\n',
      },
    ],
  },
};
