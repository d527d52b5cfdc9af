/**
 * Inspection: the journal as a reader sees it that changes nothing: for `gregor verify`, `dump` and `repair`.
 *
 *   inspectJournal   the frames that a start would replay, in order, and how they end
 *   framesOnGrid     every frame that lies in one file, whoever wrote it, and the bytes between that are none
 */
import { silent } from '../base/index.ts';
import type { Disk, File } from '../env/index.ts';
import type { ReplayedEntry } from './entry.ts';
import { readEntries } from './frame-footer.ts';
import {
  aligned,
  FRAME_ALIGNMENT,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  isFrameWhole,
  readFrameHeader,
} from './frame-header.ts';
import type { JournalStart } from './options.ts';
import { type Slot, slotIndex } from './space.ts';
import { JournalDamaged, type TornTail, Walk } from './walk.ts';

/** One frame whose checksum is right. */
export interface InspectedFrame {
  readonly kind: 'frame';
  readonly file: string;
  readonly position: number;
  readonly header: FrameHeader;
  readonly entries: readonly ReplayedEntry[];
}

/** How the frames that count end. */
export interface JournalEnd {
  readonly kind: 'end';
  /** Where the walk stopped at a frame that had been synced and cannot be read any more. */
  readonly damage?: JournalDamaged;
  readonly torn?: TornTail | undefined;
  /** The last frame that can be replayed. */
  readonly last: { readonly sequence: number; readonly crc: number } | undefined;
}

/** The frames behind the manifest's mark, in order, then the end. */
export async function* inspectJournal(
  disk: Disk,
  directory: string,
  start: JournalStart,
): AsyncGenerator<InspectedFrame | JournalEnd> {
  const slots = await openSlots(disk, directory);
  try {
    const names = new Map(slots.map(({ slot, path }) => [slot.index, path]));
    const parts = { slots: slots.map(({ slot }) => slot), directory, events: silent, isAtRest: false };
    const walk = new Walk(parts, start);
    try {
      for await (const { header, bytes, slot, position } of walk.frames())
        yield {
          kind: 'frame',
          file: names.get(slot.index)!,
          position,
          header,
          entries: entriesOf(bytes, header),
        };
    } catch (damage) {
      if (!(damage instanceof JournalDamaged)) throw damage;
      yield { kind: 'end', damage, last: walk.last };
      return;
    }
    yield { kind: 'end', torn: walk.torn, last: walk.last };
  } finally {
    for (const { slot } of slots) await slot.file.close();
  }
}

export async function openSlots(disk: Disk, directory: string): Promise<{ slot: Slot; path: string }[]> {
  const slots: { slot: Slot; path: string }[] = [];
  for (const name of await disk.list(directory)) {
    const index = slotIndex(name);
    if (index === undefined) continue;
    const path = `${directory}/${name}`;
    const file = await disk.open(path);
    slots.push({ slot: { index, file, end: file.size, lastSequence: Infinity }, path });
  }
  return slots;
}

/** Bytes on the grid that are no frame: `used` when something else than zeros lies there. */
export interface NoFrame {
  readonly kind: 'none';
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly used: boolean;
}

/** Every whole frame of a file in the order of its bytes. A recycled file holds frames of earlier lives too. */
export async function* framesOnGrid(file: File, path: string): AsyncGenerator<InspectedFrame | NoFrame> {
  let none: { from: number; to: number; used: boolean } | undefined;
  for (let at = 0; at < file.size; ) {
    const step = await file.read(at, FRAME_ALIGNMENT);
    const header = readFrameHeader(step.subarray(0, FRAME_HEADER_BYTES));
    const bytes =
      header === undefined || at + header.length > file.size ? undefined : await file.read(at, header.length);
    if (header !== undefined && bytes?.length === header.length && isFrameWhole(bytes, header)) {
      if (none !== undefined) yield { kind: 'none', ...none };
      none = undefined;
      yield { kind: 'frame', file: path, position: at, header, entries: entriesOf(bytes, header) };
      at += aligned(header.length);
      continue;
    }
    const used = step.some((byte) => byte !== 0);
    if (none?.used === used) none.to = at + step.length;
    else {
      if (none !== undefined) yield { kind: 'none', ...none };
      none = { from: at, to: at + step.length, used };
    }
    at += step.length;
  }
  if (none !== undefined) yield { kind: 'none', ...none };
}

function entriesOf(bytes: Buffer, header: FrameHeader): ReplayedEntry[] {
  return readEntries(bytes.subarray(0, header.length), header.footerPosition, header.entryCount);
}
