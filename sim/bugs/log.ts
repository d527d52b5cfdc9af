/** Bugs of segments, their indexes, retention. */
import { DAMAGE, type PlantedBugs, UNDER_FAULTS } from './planted-bug.ts';

const COURSE = 'src/log/course.ts';
const READER = 'src/log/segment-reader.ts';

export const LOG_BUGS: PlantedBugs = {
  reusesOffsetsOfAnEmptyLog: {
    what: 'a log whose records were all deleted begins again at offset 0 after a restart',
    thought: 'The end of the log is the end of its last segment.',
    breaks: ['O1', 'K6'],
    finder: { test: 'src/partition/before-durable.test.ts' },
    patches: [
      {
        file: 'src/log/partition-log.ts',
        from: 'return Math.max(this.#logStartOffset, this.#writer.writtenEnd);',
        to: 'return this.#writer.writtenEnd;',
      },
    ],
  },
  dropsASegmentOfOneRecord: {
    what: 'a segment whose last record is the first one that is left goes with those below',
    thought: 'Segments that end at the log start or below it hold nothing any more.',
    breaks: ['D6', 'D1'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/log/segment-list.ts',
        from: 'const kept = this.#all.findIndex((segment) => segment.state.lastOffset >= offset);',
        to: 'const kept = this.#all.findIndex((segment) => segment.state.lastOffset > offset);',
      },
    ],
  },
  namesSegmentsFromTheLogStart: {
    what: 'the manifest leaves out the segment in whose middle the log begins',
    thought: 'Segments that begin below the log start are being deleted.',
    breaks: ['D1', 'D6'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/partition/checkpointer.ts',
        from: 'written.segments.filter((segment) => segment.lastOffset >= logStartOffset);',
        to: 'written.segments.filter((segment) => segment.baseOffset >= logStartOffset);',
      },
    ],
  },
  letsOffsetsOverflow: {
    what: 'an offset more than 2³¹ above a segment’s base goes into its index as 32 bits',
    thought: 'Segments are rolled by size and age long before.',
    breaks: ['O2'],
    finder: { test: 'src/log/partition-log.test.ts' },
    patches: [
      { file: COURSE, from: '      batch.lastOffset - baseOffset > RELATIVE_OFFSET_MAX ||\n', to: '' },
    ],
  },
  writesAcrossAGap: {
    what: 'a batch behind deleted offsets goes into the same segment',
    thought: 'Offsets need only rise.',
    breaks: ['O2'],
    finder: { test: 'src/log/partition-log.test.ts' },
    patches: [
      {
        file: COURSE,
        from: `RELATIVE_OFFSET_MAX ||
      batch.baseOffset !== endOffset // A1`,
        to: 'RELATIVE_OFFSET_MAX',
      },
    ],
  },
  rebuildsProducersAtEveryStart: {
    what: 'a start reads all segments for what they tell of producers',
    thought: 'A snapshot may be damaged; the batches themselves are always right.',
    breaks: ['V1'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/log/partition-log.ts',
        from: 'return (await this.#side.readSnapshot()) ?? rebuildProducers(',
        to: 'return rebuildProducers(',
      },
    ],
  },
  removesSnapshotsAtOnce: {
    what: 'the producer snapshot that the manifest names is removed before a manifest names the new one',
    thought: 'The new snapshot is written, the old one only takes space.',
    breaks: ['I1'],
    finder: { test: 'src/log/producer-rebuild.test.ts' },
    patches: [
      {
        file: 'src/log/side-files.ts',
        from: 'if (this.#snapshotOffset !== undefined) this.#superseded.push(this.#snapshotOffset);',
        to: 'if (this.#snapshotOffset !== undefined) await this.#parts.files.remove(this.#snapshotPath(this.#snapshotOffset));',
      },
    ],
  },
  removesOneSegmentTooMany: {
    what: 'retention by size leaves less than retention.bytes',
    thought: 'While there is too much, the oldest segment goes.',
    breaks: ['D6'],
    finder: { test: 'src/log/retention.test.ts' },
    patches: [
      {
        file: 'src/log/retention.ts',
        from: 'const isTooMuch = excess >= segment.bytes;',
        to: 'const isTooMuch = excess > 0;',
      },
    ],
  },
  agesByTheBeginning: {
    what: 'retention by time counts from when a segment was begun, not from its newest record',
    thought: 'A segment is as old as its first record.',
    breaks: ['D6'],
    finder: { test: 'src/log/retention.test.ts' },
    patches: [
      {
        file: 'src/log/retention.ts',
        from: 'return segment.maxTimestamp >= 0 ? segment.maxTimestamp : (segment.createdAt ?? now);',
        to: 'return segment.createdAt ?? now;',
      },
    ],
  },
  indexesOneBatchLate: {
    what: 'an entry of the offset index names the last offset of one batch and the end of it as its position',
    thought: 'The entry is made after the batch was written, at the end of the file.',
    breaks: ['O2'],
    finder: { test: 'src/inspect/inspect.test.ts' },
    patches: [
      {
        file: 'src/log/segment-index.ts',
        from: 'this.offsets.append(batch.lastOffset, batch.position);',
        to: 'this.offsets.append(batch.lastOffset, batch.position + batch.bytes);',
      },
    ],
  },
  searchesTimeBehindTheEntry: {
    what: 'a search by timestamp begins at the index entry that reaches it, behind the record that did so first',
    thought: 'The time index says where the timestamp is reached.',
    breaks: ['O6'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: READER,
        from: 'reaching === undefined ? index.offsets.last : index.offsets.lookup(reaching.offset - 1);',
        to: 'reaching === undefined ? index.offsets.last : index.offsets.lookup(reaching.offset + 1);',
      },
    ],
  },
  believesTheLastTimestamp: {
    what: 'a segment’s largest timestamp is that of its last batch',
    thought: 'Timestamps rise.',
    breaks: ['O6'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/log/segment-growth.ts',
        from: 'const isLater = maxTimestamp > state.maxTimestamp;',
        to: 'const isLater = maxTimestamp !== state.maxTimestamp;',
      },
    ],
  },
  readsPastTheWatermarkOnDisk: {
    what: 'a read from segments does not stop at the high watermark',
    thought: 'What is in a segment is durable.',
    breaks: ['O3'],
    finder: { test: 'src/log/partition-log.test.ts' },
    patches: [{ file: READER, from: '    if (head.lastOffset >= limits.endOffset) break;\n', to: '' }],
  },
  servesDamagedBatches: {
    what: 'batches are given to readers without a look at their CRC',
    thought: 'Clients check the CRC themselves.',
    breaks: ['D6'],
    finder: DAMAGE,
    patches: [
      {
        file: READER,
        from: 'if (end + head.bytes > bytes.length || !isCrcRight(bytes, end, head.bytes)) {',
        to: 'if (end + head.bytes > bytes.length) {',
      },
    ],
  },
  skipsDamage: {
    what: 'a reader is led over damaged batches to the next whole one, without a word',
    thought: 'Better to give what is there than to stop a consumer.',
    breaks: ['D6'],
    finder: { test: 'src/log/partition-log.test.ts' },
    patches: [
      {
        file: READER,
        from: 'if (found === undefined || found.baseOffset > offset) throw error;',
        to: 'if (found === undefined) throw error;\n  if (found.baseOffset > offset) return found.position;',
      },
    ],
  },
  keepsThePlaceOfAFailedClose: {
    what: 'a file whose close failed counts as open for ever, until every use waits for room',
    thought: 'What could not be closed is open.',
    breaks: ['V2'],
    finder: { test: 'src/log/file-cache.test.ts' },
    patches: [
      {
        file: 'src/log/file-cache.ts',
        from: '      if (!opened.isSynced) this.#lost.set(path, error as Error);',
        to: '      throw error;',
      },
    ],
  },
  trustsAFileAfterAFailedClose: {
    what: 'bytes that a failed close lost count as synced after the next sync of their file',
    thought: 'It is opened again for the sync, and that succeeds.',
    breaks: ['D5'],
    finder: { test: 'src/log/file-cache.test.ts' },
    patches: [
      {
        file: 'src/log/file-cache.ts',
        from: '      if (!opened.isSynced) this.#lost.set(path, error as Error);',
        to: '      void error;',
      },
    ],
  },
  closesFilesInUse: {
    what: 'a file is closed while somebody reads it',
    thought: 'It was opened longest ago.',
    breaks: ['V4'],
    finder: UNDER_FAULTS,
    patches: [
      {
        file: 'src/log/file-cache.ts',
        from: '    if (open.users > 0) return;\n    if (open.forgotten) {',
        to: '    if (open.forgotten) {',
      },
      {
        file: 'src/log/file-cache.ts',
        from: 'if (open.users === 0) return this.forget(open.path); // F2',
        to: 'return this.forget(open.path); // F2',
      },
    ],
  },
};
