/**
 * Recovery: what the last sessions left behind becomes state again, and a new session begins.
 *
 *   walk -> frames known to be durable: replay
 *        -> the last frame, read but perhaps never synced: first copied into a new file and synced, then replay
 *        -> new session, in a file that holds nothing which counts
 *
 * Invariants
 *   Y1  nothing that was only read is published: it could vanish with the next power cut (rule 2 of the journal)
 *   Y2  the caller makes `start` durable before anything of the new session is acknowledged
 */
import { crc32c, type EventSink } from '../base/index.ts';
import type { ReplayedFrame } from './entry.ts';
import { readEntries } from './frame-footer.ts';
import { aligned, FRAME_HEADER_BYTES, writeFrameHeader } from './frame-header.ts';
import type { JournalOptions, JournalSession, JournalStart } from './options.ts';
import type { Space } from './space.ts';
import { Walk, type WalkedFrame } from './walk.ts';

export interface Recovery {
  /** To be written to the manifest before the first acknowledgement (Y2). */
  readonly start: JournalStart;
  /** The newest durable frame: the next one is numbered and chained from it. */
  readonly lastSequence: number;
  readonly lastCrc: number;
}

const FIRST_SESSION: JournalStart = { session: 0, sessions: [], durableSequence: 0 };

export async function recover(
  space: Space,
  events: EventSink,
  options: JournalOptions,
  start: JournalStart = FIRST_SESSION,
  replay: (frame: ReplayedFrame) => Promise<void> | void,
  isAtRest: boolean,
): Promise<Recovery> {
  const walk = new Walk({ slots: space.slots, directory: options.directory, events, isAtRest }, start);
  let unproved: WalkedFrame | undefined;
  for await (const frame of walk.frames()) {
    // A frame is written only after the one before was durable: so this one proves that one.
    if (unproved !== undefined) await replay(replayed(unproved));
    unproved = frame;
  }
  const session = start.session + 1;
  const isProved = unproved === undefined || unproved.header.sequence <= walk.durableSequence;
  const rescued = isProved ? undefined : unproved;
  const last = walk.last ?? { sequence: start.durableSequence, crc: 0 };
  await space.freeAllBut(walk.usedSlots, last.sequence);

  const previous =
    rescued === undefined ? last : { sequence: rescued.header.sequence - 1, crc: rescued.header.previousCrc };
  const place =
    space.find(rescued?.header.length ?? FRAME_HEADER_BYTES, 0) ??
    (await space.makeRoom(rescued?.header.length ?? 0));
  space.take(place, previous.sequence + 1);
  const newest: JournalSession = {
    session,
    file: place.slot.index,
    position: place.position,
    firstSequence: previous.sequence + 1,
    previousCrc: previous.crc,
  };
  const lastCrc =
    rescued === undefined ? previous.crc : await rewrite(rescued, newest, space, walk.durableSequence);
  if (unproved !== undefined) await replay(replayed(unproved)); // Y1
  const lastSequence = rescued?.header.sequence ?? previous.sequence;
  const closed = closeSessions(start.sessions, previous.sequence);
  return {
    start: { session, sessions: [...closed, newest], durableSequence: lastSequence },
    lastSequence,
    lastCrc,
  };
}

function replayed({ header, bytes }: WalkedFrame): ReplayedFrame {
  return {
    sequence: header.sequence,
    entries: readEntries(bytes.subarray(0, header.length), header.footerPosition, header.entryCount),
  };
}

/** Copies a frame to the head of the new session, and makes it durable there. Answers its new CRC. */
async function rewrite(
  { header, bytes }: WalkedFrame,
  session: JournalSession,
  space: Space,
  durableSequence: number,
): Promise<number> {
  const newHeader = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  const body = bytes.subarray(FRAME_HEADER_BYTES, header.length);
  const fields = { ...header, session: session.session, durableSequence, previousCrc: session.previousCrc };
  const crc = writeFrameHeader(newHeader, fields, (seed) => crc32c(body, seed));
  const slot = space.current!;
  await slot.file.write(session.position, [
    newHeader,
    body,
    Buffer.alloc(aligned(header.length) - header.length),
  ]);
  await slot.file.sync();
  space.passed(header.length);
  return crc;
}

/** The sessions before this one have ended: where, is known now. Those without frames that count are forgotten. */
function closeSessions(sessions: readonly JournalSession[], lastSequence: number): JournalSession[] {
  return sessions
    .map((session) => ({
      ...session,
      lastSequence: Math.min(session.lastSequence ?? Infinity, lastSequence),
    }))
    .filter((session) => session.lastSequence >= session.firstSequence);
}
