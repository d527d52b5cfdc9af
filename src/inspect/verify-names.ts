/** VerifyNames: files and folders that nothing names. They hold nothing that counts: said, and not damage. */
import type { Disk } from '../env/index.ts';
import { slotIndex } from '../journal/index.ts';
import {
  type LogState,
  MANIFEST_FILES,
  isCleanedFolder,
  parseFileName,
  PARTITIONS_DIRECTORY,
  partitionDirectory,
  segmentPath,
} from '../log/index.ts';
import type { Report } from './finding.ts';
import { JOURNAL_DIRECTORY } from './verify-journal.ts';

export const QUARANTINE_DIRECTORY = 'quarantine';
/** Beside the manifest: what a start, a backup and a file system's root put there. */
const ROOT_NAMES = new Set<string>([
  ...MANIFEST_FILES,
  JOURNAL_DIRECTORY,
  PARTITIONS_DIRECTORY,
  QUARANTINE_DIRECTORY,
  'backup.json',
  'admin.sock',
  '.gitignore',
  '.lock',
  '.lock-journal',
  'lost+found',
]);

export async function verifyNames(
  disk: Disk,
  partitions: readonly LogState[],
  inJournal: ReadonlySet<string>,
  report: Report,
): Promise<void> {
  for (const name of await disk.list(''))
    if (!ROOT_NAMES.has(name))
      orphan(report, name, 'no file of gregor’s, or one that a crash left half made');
  for (const name of await disk.list(JOURNAL_DIRECTORY))
    if (slotIndex(name) === undefined) orphan(report, `${JOURNAL_DIRECTORY}/${name}`, 'no journal file');
  const logs = new Map(partitions.map((log) => [partitionDirectory(log.topicId, log.partition), log]));
  for (const name of await disk.list(PARTITIONS_DIRECTORY)) {
    const directory = `${PARTITIONS_DIRECTORY}/${name}`;
    const log = logs.get(directory);
    if (log !== undefined) await verifyFolder(disk, directory, log, report);
    else if (inJournal.has(name))
      leftover(report, directory, 'the partition is newer than the last checkpoint');
    else orphan(report, directory, 'the folder of a partition that was deleted');
  }
}

async function verifyFolder(disk: Disk, directory: string, log: LogState, report: Report): Promise<void> {
  const known = new Set(log.segments.map((segment) => segmentPath(directory, segment)));
  for (const path of await pathsIn(disk, directory)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const parsed = parseFileName(name);
    if (parsed === undefined) orphan(report, path, 'no file of gregor’s, or one that a crash left half made');
    else if (
      parsed.suffix === '.snapshot'
        ? parsed.offset !== log.producerSnapshotOffset
        : parsed.suffix === '.dedupe'
          ? parsed.offset !== log.dedupeSnapshotOffset
          : !known.has(path.slice(0, -parsed.suffix.length))
    )
      leftover(
        report,
        path,
        'the manifest does not name it: it is older, or newer, than the last checkpoint',
      );
  }
}

/** The files of a partition, with those in the folders of its cleanings. */
async function pathsIn(disk: Disk, directory: string): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await disk.list(directory))
    if (isCleanedFolder(name)) paths.push(...(await pathsIn(disk, `${directory}/${name}`)));
    else paths.push(`${directory}/${name}`);
  return paths;
}

function orphan(report: Report, file: string, what: string): void {
  const todo = 'Remove it by hand if you know that it is of no use; the broker leaves strange names alone.';
  report({ kind: 'orphan', file, what, means: 'It holds nothing that counts.', todo });
}

function leftover(report: Report, file: string, what: string): void {
  const todo = 'Nothing needs to be done: the broker removes it when it next writes there.';
  report({ kind: 'leftover', file, what, means: 'It holds nothing that counts.', todo });
}
