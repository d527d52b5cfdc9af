/** VerifySegment: one segment and its indexes, byte by byte, against what the manifest says of them. */
import { crc32c } from '../base/index.ts';
import type { Disk, File } from '../env/index.ts';
import {
  ABORTED_ENTRY_BYTES,
  checkedBatches,
  decodeAborted,
  type EpochEntry,
  IndexCheck,
  isAbsent,
  type LogState,
  partitionDirectory,
  type SegmentDamage,
  segmentPath,
  type SegmentState,
} from '../log/index.ts';
import { RecordBatch } from '../protocol/index.ts';
import { type Finding, offsetsText, type Report, RESTORE } from './finding.ts';
import type { TopicNames } from './topic-names.ts';
import { placeOf } from './verify-journal.ts';

/** Where a batch states its leader epoch. */
const EPOCH_AT = 12;
const EPOCH_BYTES = 4;

export interface SegmentPlace {
  readonly disk: Disk;
  readonly log: LogState;
  readonly segment: SegmentState;
  /** False: the folder was not closed in peace and this segment is still being written: its indexes may lag. */
  readonly isIndexSettled: boolean;
  readonly names: TopicNames;
}

/** Tells every damaged byte range of the segment's files. `progress` hears of bytes that were read. */
export async function verifySegment(
  place: SegmentPlace,
  report: Report,
  progress: (bytes: number) => void,
): Promise<void> {
  const { disk, log, segment } = place;
  const base = segmentPath(partitionDirectory(log.topicId, log.partition), segment);
  const file = await openIfThere(disk, `${base}.log`);
  if (file === undefined) {
    const { baseOffset, bytes, lastOffset } = segment;
    const whole = { from: 0, to: bytes, firstOffset: baseOffset, lastOffset, what: 'the file is missing' };
    report(logDamage(place, `${base}.log`, { kind: 'damage', ...whole }));
    progress(bytes);
    return;
  }
  try {
    const index = new IndexCheck(segment, {
      offsets: await readIfThere(disk, `${base}.index`),
      times: await readIfThere(disk, `${base}.timeindex`),
    });
    const damaged = await verifyLog(place, `${base}.log`, file, index, report, progress);
    const isDamaged = (position: number | undefined, offset: number) =>
      damaged.some(
        (range) =>
          (position !== undefined && position >= range.from && position < range.to) ||
          (offset >= range.firstOffset && offset <= range.lastOffset),
      );
    for (const { suffix, ...range } of index.finish(isDamaged))
      report(indexDamage(place, `${base}${suffix}`, range));
    await verifyAborted(place, `${base}.txnindex`, report);
  } finally {
    await file.close();
  }
}

async function verifyLog(
  place: SegmentPlace,
  path: string,
  file: File,
  index: IndexCheck,
  report: Report,
  progress: (bytes: number) => void,
): Promise<readonly SegmentDamage[]> {
  const damaged: SegmentDamage[] = [];
  for await (const met of checkedBatches(file, place.segment)) {
    if (met.kind === 'damage') {
      damaged.push(met);
      report(logDamage(place, path, met));
      progress(met.to - met.from);
      continue;
    }
    index.batch(met.batch);
    const wrong = wrongEpoch(
      place.log.epochs,
      met.batch.baseOffset,
      RecordBatch.at(met.bytes, 0).leaderEpoch,
    );
    if (wrong !== undefined) report(epochDamage(place, path, met.batch, wrong));
    progress(met.batch.bytes);
  }
  return damaged;
}

/** The epoch is no part of a batch's CRC; the manifest knows which one is due. */
function wrongEpoch(epochs: readonly EpochEntry[], offset: number, epoch: number): string | undefined {
  const due = epochs.findLast(({ startOffset }) => startOffset <= offset);
  return due === undefined || due.leaderEpoch === epoch
    ? undefined
    : `leader epoch ${epoch} where ${due.leaderEpoch} was due`;
}

function logDamage(place: SegmentPlace, file: string, damage: SegmentDamage): Finding {
  const { log, names } = place;
  const { from, to, what } = damage;
  const lastOffset = Math.max(damage.firstOffset, damage.lastOffset);
  return {
    kind: 'damage',
    file,
    from,
    to,
    what,
    means: `${names.partition(log.topicId, log.partition)}: ${offsetsText(damage.firstOffset, lastOffset)} cannot be read; all others can.`,
    todo: RESTORE,
    ...placeOf(names, log),
    firstOffset: damage.firstOffset,
    lastOffset,
  };
}

function epochDamage(
  { log, names }: SegmentPlace,
  file: string,
  batch: { readonly position: number; readonly baseOffset: number; readonly lastOffset: number },
  what: string,
): Finding {
  const { baseOffset: firstOffset, lastOffset } = batch;
  const from = batch.position + EPOCH_AT;
  return {
    kind: 'damage',
    file,
    from,
    to: from + EPOCH_BYTES,
    what,
    means: `${names.partition(log.topicId, log.partition)}: the records at ${offsetsText(firstOffset, lastOffset)} are right, but clients would be told a wrong epoch.`,
    todo: RESTORE,
    ...placeOf(names, log),
    firstOffset,
    lastOffset,
  };
}

/** The index of aborted transactions is no hint: it is synced, and the manifest has count and CRC of its entries. */
async function verifyAborted(place: SegmentPlace, path: string, report: Report): Promise<void> {
  const { aborted = 0, abortedCrc } = place.segment;
  if (aborted === 0) return;
  const to = aborted * ABORTED_ENTRY_BYTES;
  const bytes = ((await readIfThere(place.disk, path)) ?? Buffer.alloc(0)).subarray(0, to);
  const isWhole = bytes.length === to && decodeAborted(bytes) !== undefined;
  // A folder of an older version has no CRC: its index is made anew before it is believed.
  if (isWhole && (abortedCrc === undefined || crc32c(bytes) === abortedCrc)) return;
  const { log, names } = place;
  report({
    kind: 'damage',
    file: path,
    from: 0,
    to,
    what: isWhole
      ? 'its CRC-32C is not the one that the manifest has'
      : `it does not hold the ${aborted} aborted transactions that the manifest counts`,
    means: `${names.partition(log.topicId, log.partition)}: no record is lost; the index is built anew from the segments when it is used.`,
    todo: 'Nothing needs to be done; but look after the disk that did this.',
    ...placeOf(names, log),
  });
}

function indexDamage(
  { log, names, isIndexSettled }: SegmentPlace,
  file: string,
  range: { readonly from: number; readonly to: number; readonly what: string },
): Finding {
  return {
    kind: isIndexSettled ? 'damage' : 'stale',
    file,
    ...range,
    means: `${names.partition(log.topicId, log.partition)}: no record is lost; the index is built anew from the log when it is used.`,
    todo: 'Nothing needs to be done; but look after the disk that did this.',
    ...placeOf(names, log),
  };
}

export async function openIfThere(disk: Disk, path: string): Promise<File | undefined> {
  try {
    return await disk.open(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

export async function readIfThere(disk: Disk, path: string): Promise<Buffer | undefined> {
  const file = await openIfThere(disk, path);
  if (file === undefined) return undefined;
  try {
    return await file.read(0, file.size);
  } finally {
    await file.close();
  }
}
