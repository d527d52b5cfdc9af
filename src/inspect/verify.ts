/**
 * verify: a data folder is held against its manifest, byte by byte. Nothing is changed.
 *
 *   manifest, both copies -> journal behind its mark -> every segment, index, snapshot that it names -> strange files
 *
 * Segments are read FILES_AT_ONCE at a time, by the thread pool; checksums (5 GB/s) never are what a disk waits for.
 */
import type { Disk } from '../env/index.ts';
import { type JournalStart, namedSegments } from '../journal/index.ts';
import {
  type ManifestContent,
  isKnownManifest,
  MANIFEST_VERSION,
  type ManifestCopy,
  readManifestCopies,
  nameSegment,
} from '../log/index.ts';
import { type Finding, type FindingKind, type Report, RESTORE } from './finding.ts';
import { TopicNames } from './topic-names.ts';
import { JOURNAL_DIRECTORY, type JournalVerdict, verifyJournal } from './verify-journal.ts';
import { reportQuarantine } from './quarantine.ts';
import { QUARANTINE_DIRECTORY, verifyNames } from './verify-names.ts';
import { countingSegments, verifyPartition } from './verify-partition.ts';
import { verifySegment } from './verify-segment.ts';

/** Segments that are read at the same time. */
const FILES_AT_ONCE = 4;

export interface VerifyOptions {
  readonly onFinding: Report;
  /** Bytes of segments, read so far and in all. */
  readonly onProgress?: (read: number, total: number) => void;
}

export interface VerifySummary {
  /** False: there is no manifest, so this is no data folder (or a new one). */
  readonly isDataFolder: boolean;
  readonly clean: boolean;
  readonly partitions: number;
  readonly segments: number;
  readonly frames: number;
  readonly bytes: number;
  readonly counts: Readonly<Record<FindingKind, number>>;
}

/** Everything that a repair needs to know. */
export interface Verified {
  readonly summary: VerifySummary;
  readonly findings: readonly Finding[];
  readonly content: ManifestContent<JournalStart> | undefined;
  readonly generation: number;
  readonly journal: JournalVerdict | undefined;
  readonly names: TopicNames;
}

export async function verify(disk: Disk, options: VerifyOptions): Promise<Verified> {
  const findings: Finding[] = [];
  const report: Report = (finding) => {
    findings.push(finding);
    options.onFinding(finding);
  };
  const copies = await readManifestCopies(disk);
  const newest = newestOf(copies);
  const names = new TopicNames();
  reportManifest(copies, newest, report);
  const content = await withNamed(disk, newest?.content as ManifestContent<JournalStart> | undefined);
  let journal: JournalVerdict | undefined;
  let [segments, bytes] = [0, 0];
  if (content !== undefined) {
    await names.load(disk, content.partitions);
    journal = await verifyJournal(disk, content, names, report);
    ({ segments, bytes } = await verifyPartitions(disk, content, names, report, options));
    await verifyNames(disk, content.partitions, journal.touched, report);
    await reportQuarantine(disk, report);
  }
  const counts = { damage: 0, 'torn-tail': 0, missing: 0, stale: 0, leftover: 0, orphan: 0 };
  for (const { kind } of findings) counts[kind]++;
  const summary: VerifySummary = {
    isDataFolder: copies.length > 0,
    clean: counts.damage === 0,
    partitions: content?.partitions.length ?? 0,
    segments,
    frames: journal?.frames ?? 0,
    bytes: bytes + (journal?.bytes ?? 0),
    counts,
  };
  return { summary, findings, content, generation: newest?.generation ?? 0, journal, names };
}

/** With the segments as entries of the journal name them: they count as much. */
async function withNamed(
  disk: Disk,
  content: ManifestContent<JournalStart> | undefined,
): Promise<ManifestContent<JournalStart> | undefined> {
  if (content === undefined) return undefined;
  const known = new Map(content.partitions.map((log) => [`${log.topicId}-${log.partition}`, log]));
  for await (const entry of namedSegments(disk, JOURNAL_DIRECTORY, content.journal))
    nameSegment(known, entry);
  return { ...content, partitions: [...known.values()] };
}

function newestOf(copies: readonly ManifestCopy[]) {
  let newest: { generation: number; version: number; content: ManifestContent } | undefined;
  for (const { copy } of copies)
    if (
      typeof copy !== 'string' &&
      isKnownManifest(copy.version) &&
      copy.generation > (newest?.generation ?? 0)
    )
      newest = copy;
  return newest;
}

function reportManifest(copies: readonly ManifestCopy[], newest: object | undefined, report: Report): void {
  for (const { file, fileBytes, copy } of copies) {
    if (typeof copy !== 'string' && isKnownManifest(copy.version)) continue;
    const isUnknown = typeof copy !== 'string';
    report({
      kind: 'damage',
      file,
      from: 0,
      to: fileBytes,
      what: isUnknown ? `version ${copy.version}, this program knows ${MANIFEST_VERSION}` : copy,
      means:
        newest === undefined || isUnknown
          ? 'What the folder holds is not known. The broker refuses to open it.'
          : 'The other copy is whole and counts. A power cut while this one was written leaves this too; then nothing is lost.',
      todo: isUnknown
        ? 'Use the version of gregor that last wrote the folder, or a later one.'
        : newest === undefined
          ? RESTORE
          : 'Start the broker: it writes this copy anew.',
    });
  }
}

async function verifyPartitions(
  disk: Disk,
  content: ManifestContent,
  names: TopicNames,
  report: Report,
  { onProgress = () => {} }: VerifyOptions,
): Promise<{ segments: number; bytes: number }> {
  const hole: FindingKind = (await disk.list(QUARANTINE_DIRECTORY)).length > 0 ? 'missing' : 'damage';
  const work: (() => Promise<void>)[] = [];
  let [segments, total, read] = [0, 0, 0];
  const progress = (bytes: number) => {
    read += bytes;
    onProgress(read, total);
  };
  for (const log of content.partitions) {
    work.push(() => verifyPartition(disk, log, hole, names, report));
    const counting = countingSegments(log);
    for (const [at, segment] of counting.entries()) {
      const isIndexSettled = content.clean || at < counting.length - 1;
      segments++;
      total += segment.bytes;
      work.push(() => verifySegment({ disk, log, segment, isIndexSettled, names }, report, progress));
    }
  }
  const queue = work.values();
  const run = async () => {
    for (const one of queue) await one();
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, run));
  return { segments, bytes: total };
}
