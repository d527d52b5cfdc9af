/**
 * CommitQueue: group commit. While one frame is written and synced, the next one takes everything that arrives.
 *
 * Invariants
 *   Q1  one frame is in flight at a time: frame n + 1 is written only after n is durable, and says so in its header
 *   Q2  frames become durable in order; the partitions hear of it before anybody who waits
 *   Q3  a write or sync that failed is never tried again: the journal stops for good (guarantee D5)
 *   Q4  of what is relaxed (`gregor.flush`) is told once the write returned; the sync follows all the same, and nothing else
 *       of the frame is told before it
 *   Q5  a frame is written only when everything that it refers to is durable: a valid frame proves its references. That becomes durable
 *       while the frames before it are in flight
 *
 * A frame of small requests costs as much as one of twice as many. Those that are answered send the next ones at once, so a little
 * frame waits behind a durable one until the answers have left and what they brought is read: otherwise clients that wait for
 * their answers fall into two halves, each of which waits for the other's sync too. Who comes to an idle journal waits for nobody.
 */
import { crc32c } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { aligned, FRAME_HEADER_BYTES, writeFrameHeader } from './frame-header.ts';
import type { PendingFrame } from './pending-frame.ts';

export interface SealedFrame {
  readonly frame: PendingFrame;
  readonly footer: Buffer;
}

export interface CommitQueueParts {
  readonly clock: Clock;
  readonly session: number;
  /** Bytes of batches in the frame that is being filled; undefined: there is none. */
  readonly buildingBytes: () => number | undefined;
  /** Closes the frame that is being filled, if it holds anything. */
  readonly seal: () => SealedFrame | undefined;
  /** Told only of frames that are relaxed. */
  readonly onWritten: (frame: PendingFrame) => void;
  readonly onDurable: (frame: PendingFrame) => void;
  readonly onFailed: (error: KafkaError) => void;
  /** Resolves when what lies elsewhere finds no room there. */
  readonly whenRoomless: () => Promise<void>;
  /** Puts into the frame what should have lain elsewhere, and moves those behind it. Answers its new footer. */
  readonly embed: (frame: PendingFrame, behind: readonly SealedFrame[]) => Buffer;
}

const PADDING = Buffer.alloc(4096);
/** From here on a frame's bytes cost more than its sync. */
const LITTLE_BYTES = 64 * 1024;
/** In the first the answers leave, in the second is read what they brought; more of them while each brings more. */
const TURNS_TO_GATHER_MIN = 2;
const TURNS_TO_GATHER_MAX = 8;

export class CommitQueue {
  readonly #parts: CommitQueueParts;
  readonly #sealed: SealedFrame[] = [];
  #isRunning = false;
  #isHalted = false;
  #whenIdle: (() => void)[] = [];
  failed: KafkaError | undefined;
  durableSequence: number;
  /** CRC of the newest durable frame: the next one names it. */
  previousCrc: number;

  constructor(parts: CommitQueueParts, durableSequence: number, previousCrc: number) {
    this.#parts = parts;
    this.durableSequence = durableSequence;
    this.previousCrc = previousCrc;
  }

  push(sealed: SealedFrame): void {
    this.#sealed.push(sealed);
    const { frame } = sealed;
    if (frame.hasLodged) frame.lodged().catch((error: unknown) => this.halt(error)); // Q5, ahead of its turn
    this.kick();
  }

  /** Something is to be written. Starts at the end of this turn, so that all appends of one turn share a frame. */
  kick(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Resolves when nothing is left to write. */
  idle(): Promise<void> {
    return this.#isRunning ? new Promise((resolve) => this.#whenIdle.push(resolve)) : Promise.resolve();
  }

  get isIdle(): boolean {
    return !this.#isRunning;
  }

  async #run(): Promise<void> {
    await this.#parts.clock.turn();
    for (;;) {
      const next = this.failed === undefined ? (this.#sealed.shift() ?? this.#parts.seal()) : undefined;
      if (next === undefined) {
        this.#isRunning = false; // in the turn of the look: who appends from now on kicks again
        for (const tell of this.#whenIdle.splice(0)) tell();
        return;
      }
      try {
        await this.#commit(next); // Q1
      } catch (error) {
        this.#fail(error, next.frame);
      }
      if (next.frame.isAnswered) await this.#gather();
    }
  }

  /** Lets the frame that is being filled grow, where there is one with little in it. */
  async #gather(): Promise<void> {
    for (let turn = 0, before = 0; turn < TURNS_TO_GATHER_MAX && this.#sealed.length === 0; turn++) {
      const bytes = this.#parts.buildingBytes();
      if (bytes === undefined || bytes >= LITTLE_BYTES) return;
      if (turn >= TURNS_TO_GATHER_MIN && bytes === before) return;
      before = bytes;
      await this.#parts.clock.turn();
    }
  }

  /** Q5 */
  async #lodged({ frame, footer }: SealedFrame): Promise<Buffer> {
    const { whenRoomless, embed } = this.#parts;
    const isLodged = await Promise.race([frame.lodged(), whenRoomless().then(() => false)]);
    if (this.failed !== undefined) throw this.failed;
    return isLodged ? footer : embed(frame, this.#sealed);
  }

  async #commit(sealed: SealedFrame): Promise<void> {
    const { session, onDurable } = this.#parts;
    const { frame } = sealed;
    const footer = frame.hasLodged ? await this.#lodged(sealed) : sealed.footer;
    const { length } = frame;
    const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
    const { durableSequence, previousCrc } = this;
    const fields = {
      session,
      sequence: frame.sequence,
      durableSequence,
      length,
      footerPosition: length - footer.length,
      entryCount: frame.entries.length,
      previousCrc,
    };
    const crc = writeFrameHeader(header, fields, (seed) => crc32c(footer, frame.crcOver(seed)));
    const { slot, position } = frame.place;
    const padding = PADDING.subarray(0, aligned(length) - length);
    await slot.file.write(position, [header, ...frame.parts, footer, padding]);
    if (this.#isHalted) throw this.failed!; // a file that failed is not synced again (D5)
    if (frame.isRelaxed) this.#written(frame); // Q4
    await slot.file.sync();
    if (this.#isHalted) throw this.failed!; // Q3
    this.#durable(frame, crc, onDurable);
  }

  #written(frame: PendingFrame): void {
    this.#parts.onWritten(frame);
    frame.becomeWritten();
  }

  #durable(frame: PendingFrame, crc: number, onDurable: (frame: PendingFrame) => void): void {
    this.durableSequence = frame.sequence;
    this.previousCrc = crc;
    frame.crc = crc;
    onDurable(frame); // Q2
    frame.becomeDurable();
  }

  /** Q3. The disk failed under a file of the journal outside of a commit: the frame in flight is not acknowledged either. */
  halt(cause: unknown): void {
    this.#isHalted = true;
    this.#fail(cause);
  }

  #fail(cause: unknown, inFlight?: PendingFrame): void {
    if (this.failed !== undefined) {
      inFlight?.fail(this.failed);
      return;
    }
    const error = new KafkaError('KAFKA_STORAGE_ERROR', `the journal's disk failed: ${String(cause)}`, {
      cause,
    });
    this.failed = error;
    inFlight?.fail(error);
    for (const { frame } of this.#sealed.splice(0)) frame.fail(error);
    this.#parts.onFailed(error);
  }
}
