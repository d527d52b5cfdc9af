/**
 * Walk: from frame to frame, as far as they count.
 *
 * A frame counts when its session and sequence are the expected ones, it names the CRC of the frame before, and its own
 * CRC is right. The next one begins behind it, or at the head of another file. Files are recycled, so what does not
 * chain on is a leftover of an earlier life, however whole it is.
 *
 * Where the newest session's walk ends there is either nothing, a torn tail (the frame that was being written), or damage:
 * a later whole frame of the session, or a sequence known to be durable, proves that the frame had been synced once.
 */
import type { EventSink } from '../base/index.ts';
import {
  type FrameHeader,
  FRAME_ALIGNMENT,
  FRAME_HEADER_BYTES,
  aligned,
  isFrameWhole,
  readFrameHeader,
} from './frame-header.ts';
import type { JournalSession, JournalStart } from './options.ts';
import { type Slot, slotName } from './space.ts';

/** A frame that was synced once cannot be read any more. The folder refuses to open. */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
  readonly file: string;
  /** Where the frame begins, or began. */
  readonly position: number;
  readonly sequence: number;

  constructor(file: string, position: number, sequence: number) {
    super(
      `${file} is damaged at byte ${position}: frame ${sequence} had been synced and cannot be read any more. ` +
        'Nothing was changed. Look at the folder with: gregor verify; restore it from a backup, or from another disk.',
    );
    this.file = file;
    this.position = position;
    this.sequence = sequence;
  }
}

/** The frame that was being written when the power went: never acknowledged. */
export interface TornTail {
  readonly file: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly sequence: number;
}

export interface WalkedFrame {
  readonly header: FrameHeader;
  readonly bytes: Buffer;
  readonly slot: Slot;
  readonly position: number;
}

/** Where the walk stands: what must come next, and where to look first. */
interface Cursor {
  slot: Slot;
  position: number;
  sequence: number;
  previousCrc: number;
}

export interface WalkParts {
  readonly slots: readonly Slot[];
  readonly directory: string;
  readonly events: EventSink;
  /** True when it is certain that the last life ended in peace: no frame was written behind the start. */
  readonly isAtRest: boolean;
}

const SCAN_BYTES = 4 * 1024 * 1024;

export class Walk {
  readonly #parts: WalkParts;
  readonly #start: JournalStart;
  /** The highest sequence that is known to have been synced. */
  durableSequence: number;
  /** Slots that hold frames which count. */
  readonly usedSlots = new Set<number>();
  /** Set at the end of the walk. */
  torn: TornTail | undefined;
  /** The frame before the next one of the newest session. */
  last: { sequence: number; crc: number } | undefined;

  constructor(parts: WalkParts, start: JournalStart) {
    this.#parts = parts;
    this.#start = start;
    this.durableSequence = start.durableSequence;
  }

  /** All frames that count, in order. Throws JournalDamaged. */
  async *frames(): AsyncGenerator<WalkedFrame> {
    for (const session of this.#start.sessions) yield* this.#session(session);
  }

  async *#session(session: JournalSession): AsyncGenerator<WalkedFrame> {
    const { firstSequence: sequence, previousCrc, position, lastSequence = Infinity } = session;
    this.last = { sequence: sequence - 1, crc: previousCrc };
    const slot = this.#parts.slots.find((one) => one.index === session.file);
    if (slot === undefined) {
      if (lastSequence >= sequence && lastSequence !== Infinity)
        throw this.#damage(session.file, position, sequence);
      if (this.durableSequence >= sequence) throw this.#damage(session.file, position, sequence);
      return;
    }
    const cursor: Cursor = { slot, position, sequence, previousCrc };
    while (cursor.sequence <= lastSequence) {
      const found = await this.#next(session.session, cursor);
      if (found === undefined) {
        if (lastSequence !== Infinity)
          throw this.#damage(cursor.slot.index, cursor.position, cursor.sequence);
        await this.#judgeEnd(session.session, cursor);
        return;
      }
      const { header } = found;
      this.durableSequence = Math.max(this.durableSequence, header.durableSequence);
      this.usedSlots.add(found.slot.index);
      this.last = { sequence: header.sequence, crc: header.crc };
      yield found;
      cursor.slot = found.slot;
      cursor.position = found.position + aligned(header.length);
      cursor.sequence = header.sequence + 1;
      cursor.previousCrc = header.crc;
    }
  }

  async #next(session: number, cursor: Cursor): Promise<WalkedFrame | undefined> {
    const chains = (header: FrameHeader) =>
      header.session === session &&
      header.sequence === cursor.sequence &&
      header.previousCrc === cursor.previousCrc;
    const behind = await this.#frameAt(cursor.slot, cursor.position, chains);
    if (behind !== undefined) return behind;
    for (const slot of this.#parts.slots) {
      if (slot === cursor.slot && cursor.position === 0) continue;
      const head = await this.#frameAt(slot, 0, chains);
      if (head !== undefined) return head;
    }
    return undefined;
  }

  /** The whole frame that begins here and is wanted, or undefined. */
  async #frameAt(
    slot: Slot,
    position: number,
    wanted: (header: FrameHeader) => boolean,
  ): Promise<WalkedFrame | undefined> {
    if (position + FRAME_HEADER_BYTES > slot.file.size) return undefined;
    const header = readFrameHeader(await slot.file.read(position, FRAME_HEADER_BYTES));
    if (header === undefined || !wanted(header) || position + header.length > slot.file.size)
      return undefined;
    const bytes = await slot.file.read(position, header.length);
    if (bytes.length < header.length) return undefined;
    if (!isFrameWhole(bytes, header)) return undefined;
    return { header, bytes, slot, position };
  }

  /** Nothing chains on behind the cursor: an end, a torn tail, or damage. */
  async #judgeEnd(session: number, cursor: Cursor): Promise<void> {
    if (this.durableSequence >= cursor.sequence)
      throw this.#damage(cursor.slot.index, cursor.position, cursor.sequence);
    if (this.#parts.isAtRest) return this.#judgeRest(session, cursor);
    // A newer session with more than one frame had a durable manifest: the one that was read is older than the journal. (One alone
    // may be the copy of a frame of ours, made by a recovery that died before its manifest.)
    const isLater = (header: FrameHeader) => header.session >= session && header.sequence > cursor.sequence;
    for (const slot of this.#parts.slots) {
      if (await this.#frameAt(slot, 0, isLater))
        throw this.#damage(cursor.slot.index, cursor.position, cursor.sequence);
      if (slot === cursor.slot) continue;
      const head = await this.#frameAt(slot, 0, () => true);
      // No whole frame at its head: never used, or the wanted frame was there, and others behind it.
      if (head === undefined || head.header.session > session)
        await this.#scan({ ...cursor, slot, position: 0 }, isLater);
    }
    if (await this.#isCutOff(session, cursor))
      throw this.#damage(cursor.slot.index, cursor.position, cursor.sequence);
    const torn = await this.#scan(cursor, isLater);
    if (torn === undefined) return;
    const file = this.#fileName(cursor.slot.index);
    this.torn = { file, from: cursor.position, to: torn, sequence: cursor.sequence };
    this.#parts.events('warn', 'the journal ends in a torn frame that was never acknowledged; it is cut', {
      ...this.torn,
    });
  }

  /**
   * Nothing is torn, so the files need not be looked through: that would make every start wait for 32 MiB. Both manifests put back
   * from a backup would say the same of a journal that went on; then a later life's first frame, at the head of a file, tells.
   */
  async #judgeRest(session: number, cursor: Cursor): Promise<void> {
    const isOfLaterLife = (header: FrameHeader) =>
      header.session > session && header.sequence >= cursor.sequence;
    for (const slot of this.#parts.slots)
      if (await this.#frameAt(slot, 0, isOfLaterLife))
        throw this.#damage(cursor.slot.index, cursor.position, cursor.sequence);
  }

  /** A frame has its place only in space that was written and synced before: one that reaches past the end was cut off later. */
  async #isCutOff(session: number, { slot, position, sequence, previousCrc }: Cursor): Promise<boolean> {
    if (position > slot.file.size) return true; // not even the padding of the frame before is whole
    if (position + FRAME_HEADER_BYTES > slot.file.size) return false;
    const header = readFrameHeader(await slot.file.read(position, FRAME_HEADER_BYTES));
    return (
      header?.session === session &&
      header.sequence === sequence &&
      header.previousCrc === previousCrc &&
      position + header.length > slot.file.size
    );
  }

  /** Looks through the rest of the file on the grid of frames. Answers where the torn frame ends, if there is one. */
  async #scan(cursor: Cursor, isLater: (header: FrameHeader) => boolean): Promise<number | undefined> {
    const { slot } = cursor;
    let tornEnd: number | undefined;
    for (let from = cursor.position; from < slot.file.size; from += SCAN_BYTES) {
      const bytes = await slot.file.read(from, SCAN_BYTES);
      for (let at = 0; at < bytes.length; at += FRAME_ALIGNMENT) {
        const header = readFrameHeader(bytes.subarray(at, at + FRAME_HEADER_BYTES));
        if (header === undefined) continue;
        const position = from + at;
        if (isLater(header) && (await this.#frameAt(slot, position, isLater)) !== undefined)
          throw this.#damage(slot.index, cursor.position, cursor.sequence);
        if (
          position === cursor.position &&
          header.sequence === cursor.sequence &&
          header.previousCrc === cursor.previousCrc
        )
          tornEnd = Math.min(position + aligned(header.length), slot.file.size);
      }
    }
    return tornEnd;
  }

  #damage(file: number, position: number, sequence: number): JournalDamaged {
    return new JournalDamaged(this.#fileName(file), position, sequence);
  }

  #fileName(index: number): string {
    return `${this.#parts.directory}/${slotName(index)}`;
  }
}
