/**
 * Orphans: what no manifest names, because a crash came between a deletion and its unlinks, or between a write and its
 * manifest: whole folders of partitions, and files within one. Names that are not ours are left alone.
 */
import type { EventSink } from '../base/index.ts';
import type { Disk } from '../env/index.ts';
import type { FileCache } from './file-cache.ts';
import {
  isCleanedFolder,
  PARTITIONS_DIRECTORY,
  parseFileName,
  partitionDirectory,
} from './segment-format.ts';

/**
 * Removes every folder of `partitions/` that is not among the known ones. Call it after replay: partitions that only the
 * journal knows are known too. Names that are not a partition's are left alone. `known` is asked after the folders were
 * listed, so that a partition which comes into being meanwhile is safe. A pinned folder goes with its pin: the
 * checkpoint that a backup copies may name a partition that was deleted since (FileCache F4).
 */
export async function removeOrphans(
  disk: Disk,
  files: FileCache,
  events: EventSink,
  known: () => Iterable<{ readonly topicId: string; readonly partition: number }>,
): Promise<number> {
  const names = await disk.list(PARTITIONS_DIRECTORY);
  const directories = new Set<string>();
  for (const { topicId, partition } of known()) directories.add(partitionDirectory(topicId, partition));
  let removed = 0;
  for (const name of names) {
    const directory = `${PARTITIONS_DIRECTORY}/${name}`;
    if (!/^[0-9a-f]{32}-\d+$/.test(name) || directories.has(directory)) continue;
    await files.remove(directory);
    removed++;
  }
  if (removed > 0) events('info', 'Folders of deleted partitions were removed.', { removed });
  return removed;
}

/** Removes the files of one partition that do not count. `segments`: paths without a suffix. */
export async function removeLeftovers(
  files: FileCache,
  directory: string,
  counting: {
    readonly segments: ReadonlySet<string>;
    readonly snapshotOffset: number | undefined;
    readonly dedupeOffset: number | undefined;
  },
): Promise<void> {
  for (const name of await files.list(directory)) {
    const folder = isCleanedFolder(name) ? `${directory}/${name}` : undefined;
    for (const file of folder === undefined ? [name] : await files.list(folder)) {
      const parsed = parseFileName(file.replace(/(\.snapshot|\.dedupe)\.new$/, '$1')); // a replacement is as its file
      const path = `${folder ?? directory}/${file}`;
      if (parsed === undefined) continue;
      const { offset, suffix } = parsed;
      const counts =
        suffix === '.snapshot'
          ? offset === counting.snapshotOffset
          : suffix === '.dedupe'
            ? offset === counting.dedupeOffset
            : counting.segments.has(path.slice(0, -suffix.length));
      if (!counts) await files.remove(path);
    }
    if (folder !== undefined && (await files.list(folder)).length === 0) await files.remove(folder);
  }
}
