/** Bugs of compaction. */
import type { PlantedBugs } from './planted-bug.ts';

const CLEANER = 'src/log/cleaner.ts';
const SEGMENT_LIST = 'src/log/segment-list.ts';
const BATCH_CLEANER = 'src/log/batch-cleaner.ts';
const READING = 'src/partition/reading.ts';
const MAINTENANCE = { test: 'src/partition/maintenance.test.ts' } as const;
const ABORTS = { test: 'src/partition/compacted-aborts.test.ts' } as const;
const FOUND_BY = { test: 'src/partition/compaction.test.ts' } as const;

export const COMPACTION_BUGS: PlantedBugs = {
  compactsAwayUnkeyed: {
    what: 'records without a key are compacted away as if they all had the same one',
    thought: 'No key: nobody can ask for it.',
    breaks: ['K2'],
    finder: FOUND_BY,
    patches: [
      {
        file: BATCH_CLEANER,
        from: '        record.key === null ||\n        (record',
        to: '        (record.key !== null && record',
      },
    ],
  },
  compactsWhatIsNotMapped: {
    what: 'records behind the end of the map are judged by keys that the map has of older ones',
    thought: 'Every record of these segments was read.',
    breaks: ['K1'],
    finder: FOUND_BY,
    patches: [
      {
        file: CLEANER,
        from: '      if (full !== undefined) return full;\n',
        to: '      if (full !== undefined) return upTo;\n',
      },
    ],
  },
  dropsTombstonesAtOnce: {
    what: 'tombstones go with the first cleaning, and readers that are behind never hear of the deletion',
    thought: 'The value is gone, so its tombstone has done its work.',
    breaks: ['K4'],
    finder: FOUND_BY,
    patches: [
      {
        file: BATCH_CLEANER,
        from: 'const mayDelete = horizon !== undefined && horizon <= this.#rules.now;',
        to: 'const mayDelete = horizon === undefined || horizon <= this.#rules.now;',
      },
    ],
  },
  renewsTheHorizon: {
    what: 'every cleaning gives a tombstone a new delete.retention.ms, so it stays for ever',
    thought: 'The horizon counts from the last cleaning.',
    breaks: ['K4'],
    finder: FOUND_BY,
    patches: [
      {
        file: BATCH_CLEANER,
        from: '      horizon === undefined && kept.some(({ isTombstone, key }) => isTombstone && key !== null);',
        to: '      kept.some(({ isTombstone, key }) => isTombstone && key !== null);',
      },
    ],
  },
  mapsAbortedRecords: {
    what: 'a record of an aborted transaction counts as the newest of its key, and the committed one goes',
    thought: 'The map is about offsets; what was aborted is left out later.',
    breaks: ['K1', 'K3'],
    finder: FOUND_BY,
    patches: [
      {
        file: CLEANER,
        from: 'if (batch.isControl || batch.lastOffset < from || rules.isAborted(batch)) return undefined;',
        to: 'if (batch.isControl || batch.lastOffset < from) return undefined;\n  void rules;',
      },
    ],
  },
  compactsPastOpenTransactions: {
    what: 'records of a transaction that is not decided replace committed ones of the same key',
    thought: 'Sealed segments do not change any more.',
    breaks: ['K3', 'K1'],
    finder: FOUND_BY,
    patches: [
      {
        file: 'src/log/cleanable.ts',
        from: '    if (segment.lastOffset >= log.stableOffset) break;\n',
        to: '',
      },
    ],
  },
  forgetsTheLastBatch: {
    what: 'compaction takes the last batch of a producer, and its retry is appended again once the state is built anew',
    thought: 'A batch without records is of no use to anybody.',
    breaks: ['I1'],
    finder: FOUND_BY,
    patches: [
      {
        file: BATCH_CLEANER,
        from: '    if (batch.producerId < 0 || !this.#rules.isLastOfProducer(batch)) return undefined;\n    return',
        to: '    if (batch.recordCount > 0 || !this.#rules.isLastOfProducer(batch)) return undefined;\n    return',
      },
    ],
  },
  replacesByOffset: {
    what: 'what compaction made of segments takes the place of others behind them when retention was faster',
    thought: 'Retention may have taken the first of them: the rest begins where the first that is left does.',
    breaks: ['K1', 'D6'],
    finder: FOUND_BY,
    patches: [
      {
        file: SEGMENT_LIST,
        from: `    const at = this.#all.indexOf(old[0]!);
    const isHere = at >= 0 && old.every((segment, n) => this.#all[at + n] === segment);
`,
        to: `    const at = this.#all.findIndex(({ state }) => state.baseOffset >= old[0]!.state.baseOffset);
    const isHere = at >= 0;
`,
      },
    ],
  },
  retiresAfterTheManifest: {
    what: 'segments that compaction replaced while a manifest that names them was being written are unlinked right after it',
    thought: 'The manifest is durable, so whatever was replaced is free.',
    breaks: ['K5', 'D6'],
    finder: MAINTENANCE,
    patches: [
      {
        file: 'src/partition/checkpointer.ts',
        from: '      retired.set(partition, partition.log.takeRetired());\n',
        to: '',
      },
      {
        file: 'src/partition/checkpointer.ts',
        from: '    for (const [partition, replaced] of retired) this.#dispose(partition, replaced); // C6',
        to: `    for (const partition of partitions) retired.set(partition, partition.log.takeRetired());
    for (const [partition, replaced] of retired) this.#dispose(partition, replaced); // C6`,
      },
    ],
  },
  dropsMarkersByTheirAge: {
    what: 'a marker goes by its age, though records of its transaction are still there',
    thought: 'After delete.retention.ms everybody has read it.',
    breaks: ['K3'],
    finder: { scenario: 'cleanup-under-faults' },
    patches: [
      {
        file: BATCH_CLEANER,
        from: '    if (this.#withData.delete(batch.producerId)) return batch.bytes;\n',
        to: '    this.#withData.delete(batch.producerId);\n',
      },
    ],
  },
  asksSegmentsOfMemory: {
    what: 'what is read from memory comes with what the segments tell of aborted transactions, which compaction took from there',
    thought: 'What memory still has was written long ago, and the index of the segments has it all.',
    breaks: ['T1'],
    finder: ABORTS,
    patches: [
      {
        file: READING,
        from: '  if (!(reading instanceof Promise)) return { records: reading, aborted: abortedInTail(partition, reading) };\n  return reading.then(',
        to: '  return Promise.resolve(reading).then(',
      },
    ],
  },
  asksMemoryOfSegments: {
    what: 'what is read from cleaned segments comes with an aborted transaction whose marker they let go, and what is behind it is hidden',
    thought: 'What is aborted is aborted, wherever it was read from.',
    breaks: ['R2'],
    finder: ABORTS,
    patches: [
      {
        file: READING,
        from: 'overlaps.filter(({ lastOffset }) => lastOffset >= log.logEndOffset)',
        to: 'overlaps',
      },
    ],
  },
};
