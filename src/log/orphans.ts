/** Orphans: folders of partitions that no manifest names any more, because a crash came between a deletion and its unlinks. */
import type { EventSink } from '../base/index.ts';
import type { Disk } from '../env/index.ts';
import { PARTITIONS_DIRECTORY, partitionDirectory } from './segment-format.ts';

/**
 * Removes every folder of `partitions/` that is not among the known ones. Call it after replay: partitions that only the
 * journal knows are known too. Names that are not a partition's are left alone. `known` is asked after the folders were
 * listed, so that a partition which comes into being meanwhile is safe.
 */
export async function removeOrphans(
  disk: Disk,
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
    await disk.remove(directory);
    removed++;
  }
  if (removed > 0) events('info', 'Folders of deleted partitions were removed.', { removed });
  return removed;
}
