/**
 * Survey: the segments that the frames behind a manifest's mark name, in order, before anything is replayed.
 *
 * Whoever replays writes to segments when memory is full. By then it must be known how far the journal relies on them: what no frame
 * names is cut before the first write, and what one names is nowhere else.
 */
import { silent } from '../base/index.ts';
import type { Disk } from '../env/index.ts';
import type { SegmentEntry } from './entry.ts';
import { readEntries } from './frame-footer.ts';
import { openSlots } from './inspection.ts';
import type { JournalStart } from './options.ts';
import { JournalDamaged, Walk } from './walk.ts';

export async function* namedSegments(
  disk: Disk,
  directory: string,
  start: JournalStart,
): AsyncGenerator<SegmentEntry> {
  const slots = (await openSlots(disk, directory)).map(({ slot }) => slot);
  try {
    // How the journal ends is judged by the replay.
    const walk = new Walk({ slots, directory, events: silent, isAtRest: true }, start);
    for await (const { header, bytes } of walk.frames())
      for (const { entry } of readEntries(
        bytes.subarray(0, header.length),
        header.footerPosition,
        header.entryCount,
      ))
        if (entry.kind === 'segment') yield entry;
  } catch (error) {
    if (!(error instanceof JournalDamaged)) throw error;
  } finally {
    for (const { file } of slots) await file.close();
  }
}
