/**
 * cleanClose: everything that is durable goes to segments, and the manifest says that the folder was closed cleanly.
 *
 * What finds no room on a full disk stays in the journal, where the next start finds it; the folder is not marked then.
 */
import type { EventSink } from '../base/index.ts';
import { isDiskFull } from '../env/index.ts';
import type { Journal } from '../journal/index.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { Partition } from './partition.ts';

export interface CleanCloseParts {
  readonly events: EventSink;
  /** Takes nothing any more. */
  readonly journal: Journal;
  readonly checkpointer: Checkpointer;
  readonly all: () => Iterable<Partition>;
}

export async function cleanClose({ events, journal, checkpointer, all }: CleanCloseParts): Promise<void> {
  const isSaved = await whereThereIsRoom(events, () => saveAll(checkpointer));
  const start = await journal.close();
  if (!isSaved) return;
  await whereThereIsRoom(events, async () => {
    for (const partition of all()) await partition.log.close(); // index files complete, so that nothing is made up at the next start
    await checkpointer.writeManifest(start, true);
  });
}

async function saveAll(checkpointer: Checkpointer): Promise<void> {
  // One that runs may have marked earlier, or have been begun by somebody else: what it takes is no longer dirty, and not saved.
  do await checkpointer.checkpoint();
  while (checkpointer.isDirty || checkpointer.isRunning);
}

/** False: the disk is full, which is told. */
async function whereThereIsRoom(events: EventSink, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    events(
      'warn',
      'The disk is full: the folder is closed without a last checkpoint. Nothing is lost, the next start replays the journal.',
      { error: String(error) },
    );
    return false;
  }
}
