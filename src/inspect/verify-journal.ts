/**
 * VerifyJournal: the frames that a start would replay: whole, chained, their batches in the order of offsets.
 *
 * Where a frame is damaged, later frames of the same session tell what was in reach: their batches cannot be appended
 * without it, because offsets would be missing.
 */
import type { Disk, File } from '../env/index.ts';
import {
  type BatchEntry,
  type BatchFields,
  framesOnGrid,
  inspectJournal,
  type InspectedFrame,
  type JournalEnd,
  type JournalStart,
  type ReferenceEntry,
  slotIndex,
} from '../journal/index.ts';
import {
  isAbsent,
  type LogState,
  type ManifestContent,
  partitionDirectory,
  segmentPath,
} from '../log/index.ts';
import { KafkaError, RecordBatch } from '../protocol/index.ts';
import { offsetsText, type Report, RESTORE } from './finding.ts';
import { TopicNames } from './topic-names.ts';

export const JOURNAL_DIRECTORY = 'journal';
const GRID_BYTES = 4096;
/** Partitions that one line names. */
const NAMED_MAX = 10;

export interface LostRange {
  readonly topicId: string;
  readonly partition: number;
  readonly firstOffset: number;
  /** Inclusive. */
  readonly lastOffset: number;
}

export interface JournalVerdict {
  readonly frames: number;
  readonly bytes: number;
  readonly end: JournalEnd;
  /** What the damage took away, as far as later frames tell. */
  readonly lost: readonly LostRange[];
  /** Partitions that have batches here: `topicId-partition`. */
  readonly touched: ReadonlySet<string>;
}

export async function verifyJournal(
  disk: Disk,
  content: ManifestContent<JournalStart>,
  names: TopicNames,
  report: Report,
): Promise<JournalVerdict> {
  const ends = endsOf(content);
  const logs = new Map(content.partitions.map((log) => [keyOf(log), log]));
  const touched = new Set<string>();
  let [frames, bytes] = [0, 0];
  let end: JournalEnd = { kind: 'end', last: undefined };
  for await (const met of inspectJournal(disk, JOURNAL_DIRECTORY, content.journal)) {
    if (met.kind === 'end') {
      end = met;
      continue;
    }
    frames++;
    bytes += met.header.length;
    for (const { entry, bytes: batch } of met.entries) {
      touched.add(keyOf(entry));
      if (entry.kind === 'batch') verifyBatch(met, entry, batch, ends, names, report);
      if (entry.kind === 'reference')
        await verifyReference(disk, entry, logs.get(keyOf(entry)), names, report);
    }
  }
  const lost = end.damage === undefined ? [] : await reportDamage(disk, content, end, ends, names, report);
  if (end.torn !== undefined)
    report({
      kind: 'torn-tail',
      ...{ file: end.torn.file, from: end.torn.from, to: end.torn.to },
      what: `frame ${end.torn.sequence} was being written when the process or the power ended`,
      means: 'It was never acknowledged: nothing is lost.',
      todo: 'Nothing needs to be done: the next start cuts it.',
    });
  return { frames, bytes, end, lost, touched };
}

/** Where each partition ends in its segments: what the journal must go on from. */
function endsOf(content: ManifestContent): Map<string, number> {
  return new Map(
    content.partitions.map((log) => [
      keyOf(log),
      Math.max(log.logStartOffset, (log.segments.at(-1)?.lastOffset ?? -1) + 1),
    ]),
  );
}

function keyOf({ topicId, partition }: { readonly topicId: string; readonly partition: number }): string {
  return `${topicId}-${partition}`;
}

function verifyBatch(
  frame: InspectedFrame,
  entry: BatchEntry,
  bytes: Buffer | undefined,
  ends: Map<string, number>,
  names: TopicNames,
  report: Report,
): void {
  const key = `${entry.topicId}-${entry.partition}`;
  const due = ends.get(key) ?? entry.baseOffset;
  const wrong = wrongWith(entry, bytes, due);
  if (wrong === undefined) {
    ends.set(key, Math.max(due, entry.lastOffset + 1));
    if (TopicNames.isMetadata(entry.topicId)) names.learn(bytes!);
    return;
  }
  report({
    kind: 'damage',
    file: frame.file,
    from: frame.position,
    to: frame.position + frame.header.length,
    what: `frame ${frame.header.sequence} is whole, but ${wrong}`,
    means: `${names.partition(entry.topicId, entry.partition)}: ${offsetsText(entry.baseOffset, entry.lastOffset)} cannot be trusted.`,
    todo: 'This is a bug of gregor: keep the folder, and report it with the output of gregor dump on this file.',
    ...placeOf(names, entry),
    firstOffset: entry.baseOffset,
    lastOffset: entry.lastOffset,
  });
}

/** A reference is of the batch that lies where it says. That this batch is whole is seen with its segment. */
async function verifyReference(
  disk: Disk,
  entry: ReferenceEntry,
  log: LogState | undefined,
  names: TopicNames,
  report: Report,
): Promise<void> {
  const { topicId, partition, baseOffset, lastOffset, segmentBaseOffset, segmentPosition: from } = entry;
  const to = from + entry.segmentLength;
  const segment = log?.segments.find((one) => one.baseOffset === segmentBaseOffset);
  // Compaction or retention took the segment, or a repair cut it.
  if (segment === undefined || segment.generation !== undefined || segment.bytes < to) return;
  const path = segmentPath(partitionDirectory(topicId, partition), segment);
  const file = await openPresent(disk, `${path}.log`);
  if (file === undefined) return; // it is missed with the segments
  try {
    const bytes = await file.read(from, entry.segmentLength);
    if (isTheBatch(bytes, entry)) return;
  } finally {
    await file.close();
  }
  report({
    kind: 'damage',
    file: `${path}.log`,
    ...{ from, to },
    what: 'the batch that lies here is not the one that the journal refers to',
    means: `${names.partition(topicId, partition)}: ${offsetsText(baseOffset, lastOffset)} cannot be trusted.`,
    todo: RESTORE,
    ...placeOf(names, entry),
    ...{ firstOffset: baseOffset, lastOffset },
  });
}

function isTheBatch(
  bytes: Buffer,
  { segmentLength, baseOffset, lastOffset, batchCrc }: ReferenceEntry,
): boolean {
  if (bytes.length < segmentLength) return false;
  try {
    const batch = RecordBatch.at(bytes, 0);
    const { sizeInBytes, crc } = batch;
    if (sizeInBytes !== segmentLength || crc !== batchCrc) return false;
    return batch.baseOffset === baseOffset && batch.lastOffset === lastOffset;
  } catch (error) {
    if (error instanceof KafkaError) return false;
    throw error;
  }
}

async function openPresent(disk: Disk, path: string): Promise<File | undefined> {
  try {
    return await disk.open(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function wrongWith(entry: BatchEntry, bytes: Buffer | undefined, due: number): string | undefined {
  if (bytes === undefined) return 'a batch in it has no bytes';
  const batch = RecordBatch.at(bytes, 0);
  if (!batch.isCrcRight()) return `the CRC-32C of its batch at offset ${entry.baseOffset} is wrong`;
  if (batch.baseOffset !== entry.baseOffset || batch.lastOffset !== entry.lastOffset)
    return `its batch says offset ${batch.baseOffset} where the footer says ${entry.baseOffset}`;
  if (entry.baseOffset > due) return `its batch begins at offset ${entry.baseOffset} where ${due} was due`;
  return undefined;
}

async function reportDamage(
  disk: Disk,
  content: ManifestContent<JournalStart>,
  { damage }: JournalEnd,
  ends: ReadonlyMap<string, number>,
  names: TopicNames,
  report: Report,
): Promise<readonly LostRange[]> {
  const { file, position, sequence } = damage!;
  const { lost, behind, nextPosition } = await framesBehind(disk, content.journal, damage!, ends);
  const named = lost.slice(0, NAMED_MAX).map((range) => rangeOf(names, range));
  const more = lost.length > NAMED_MAX ? ` and ${lost.length - NAMED_MAX} more partitions` : '';
  const those = lost.length === 0 ? '' : `: ${named.join('; ')}${more}`;
  report({
    kind: 'damage',
    file,
    from: position,
    to: nextPosition ?? position + GRID_BYTES,
    what: `frame ${sequence} had been synced and cannot be read any more`,
    means:
      `What it acknowledged is not readable, and the ${behind} whole frames behind it cannot be replayed without it${those}. ` +
      'The broker refuses to open the folder.',
    todo: RESTORE,
  });
  return lost;
}

function rangeOf(names: TopicNames, range: LostRange): string {
  return `${names.partition(range.topicId, range.partition)} ${offsetsText(range.firstOffset, range.lastOffset)}`;
}

/** Whole frames of the newest session that come after the damaged one. */
async function framesBehind(
  disk: Disk,
  start: JournalStart,
  damage: { readonly file: string; readonly position: number; readonly sequence: number },
  ends: ReadonlyMap<string, number>,
) {
  const lasts = new Map<
    string,
    { topicId: string; partition: number; lastOffset: number; firstOffset: number }
  >();
  let [behind, nextPosition] = [0, undefined as number | undefined];
  for (const name of await disk.list(JOURNAL_DIRECTORY)) {
    if (slotIndex(name) === undefined) continue;
    const path = `${JOURNAL_DIRECTORY}/${name}`;
    const file = await disk.open(path).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      throw error;
    });
    if (file === undefined) continue;
    try {
      for await (const met of framesOnGrid(file, path)) {
        if (met.kind === 'none' || met.header.sequence <= damage.sequence) continue;
        if (!start.sessions.some(({ session }) => session === met.header.session)) continue;
        behind++;
        if (path === damage.file && met.position > damage.position)
          nextPosition = Math.min(nextPosition ?? met.position, met.position);
        for (const { entry } of met.entries)
          if (entry.kind === 'batch' || entry.kind === 'reference') note(lasts, ends, entry);
      }
    } finally {
      await file.close();
    }
  }
  const lost = [...lasts.values()].filter(({ firstOffset, lastOffset }) => lastOffset >= firstOffset);
  return { lost, behind, nextPosition };
}

function note(
  lasts: Map<string, { topicId: string; partition: number; lastOffset: number; firstOffset: number }>,
  ends: ReadonlyMap<string, number>,
  { topicId, partition, lastOffset }: BatchFields,
): void {
  const key = `${topicId}-${partition}`;
  const known = lasts.get(key);
  if (known === undefined)
    lasts.set(key, { topicId, partition, lastOffset, firstOffset: ends.get(key) ?? 0 });
  else known.lastOffset = Math.max(known.lastOffset, lastOffset);
}

export function placeOf(names: TopicNames, of: { readonly topicId: string; readonly partition: number }) {
  return { topic: names.of(of.topicId), topicId: of.topicId, partition: of.partition };
}
