/** VerifyPartition: what a partition has besides its segments: no offsets missing between them, snapshot, leader epochs. */
import type { Disk } from '../env/index.ts';
import {
  decodeDedupeSnapshot,
  decodeProducerSnapshot,
  fileName,
  type LogState,
  partitionDirectory,
  segmentPath,
  type SegmentState,
} from '../log/index.ts';
import { type FindingKind, offsetsText, type Report, RESTORE } from './finding.ts';
import type { TopicNames } from './topic-names.ts';
import { placeOf } from './verify-journal.ts';
import { readIfThere } from './verify-segment.ts';

/** Segments that hold something at or above the log start; those below may be gone already. */
export function countingSegments(log: LogState): readonly SegmentState[] {
  return log.segments.filter(({ lastOffset, bytes }) => lastOffset >= log.logStartOffset && bytes > 0);
}

/** `hole`: what offsets that no segment has are: told by an earlier repair, or damage. */
export async function verifyPartition(
  disk: Disk,
  log: LogState,
  hole: FindingKind,
  names: TopicNames,
  report: Report,
): Promise<void> {
  const directory = partitionDirectory(log.topicId, log.partition);
  const segments = log.segments.filter(({ lastOffset }) => lastOffset >= log.logStartOffset);
  for (const [at, segment] of segments.entries()) {
    const before = segments[at - 1];
    const due = before === undefined ? log.logStartOffset : before.lastOffset + 1;
    if (segment.baseOffset <= due || segment.sparse === true || before?.sparse === true) continue;
    const lastOffset = segment.baseOffset - 1;
    report({
      kind: hole,
      file: `${segmentPath(directory, segment)}.log`,
      what: 'offsets before this segment are in no segment',
      means: `${names.partition(log.topicId, log.partition)}: ${offsetsText(due, lastOffset)} are missing; readers go on behind them.`,
      todo: hole === 'damage' ? RESTORE : 'Nothing needs to be done. To have them back, restore a backup.',
      ...placeOf(names, log),
      firstOffset: due,
      lastOffset,
    });
  }
  for (const snapshot of snapshotsOf(log))
    await verifySnapshot(disk, directory, log, names, report, snapshot);
}

interface Snapshot {
  readonly suffix: '.snapshot' | '.dedupe';
  /** Undefined: the manifest names none. */
  readonly offset: number | undefined;
  readonly decode: (bytes: Buffer) => unknown;
  readonly broken: string;
  readonly lost: string;
}

const snapshotsOf = (log: LogState): readonly Snapshot[] => [
  {
    suffix: '.snapshot',
    offset: log.producerSnapshotOffset,
    decode: decodeProducerSnapshot,
    broken: 'the snapshot’s CRC-32C is wrong, or it is not whole',
    lost:
      'The producers are taken from the batches in the segments; those whose batches retention removed are not known any more, so a very ' +
      'late retry of theirs would be appended again.',
  },
  {
    suffix: '.dedupe',
    offset: log.dedupeSnapshotOffset,
    decode: decodeDedupeSnapshot,
    broken: 'the CRC-32C of the ids is wrong, or they are not whole',
    lost: 'Ids from before the last checkpoint are not known any more: a record that comes again with one of them is appended again.',
  },
];

async function verifySnapshot(
  disk: Disk,
  directory: string,
  log: LogState,
  names: TopicNames,
  report: Report,
  { suffix, offset, decode, broken, lost }: Snapshot,
): Promise<void> {
  if (offset === undefined) return;
  const file = `${directory}/${fileName(offset, suffix)}`;
  const bytes = await readIfThere(disk, file);
  if (bytes !== undefined && decode(bytes) !== undefined) return;
  report({
    kind: 'damage',
    file,
    from: 0,
    to: bytes?.length ?? 0,
    what: bytes === undefined ? 'the file is missing' : broken,
    means: `${names.partition(log.topicId, log.partition)}: no record is lost. ${lost}`,
    todo: 'Nothing needs to be done: the broker writes a new one. Look after the disk that did this.',
    ...placeOf(names, log),
  });
}
