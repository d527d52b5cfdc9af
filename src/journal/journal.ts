/**
 * Journal: everything that must be durable, in frames, in one order. One write and one sync make a frame durable.
 *
 *   append -> frame being filled -> sealed -> in flight (one) -> durable -> recycled after a checkpoint
 *
 * Invariants
 *   J1  an append is synchronous: when it returns, the entry has its place in the order and its bytes are copied, or
 *       kept where they are when the caller gave them away
 *   J2  space before offset: what preallocated, synced space does not cover is refused, definitely, and nothing changed
 *   J3  a frame is durable or it does not exist; nothing in it is told to anyone before
 *   J4  a frame never spans files, and is larger than its target only for one batch that is
 *   J5  after a failed write or sync nothing is ever written again
 *   J6  what is lodged elsewhere has its room here too until its frame is durable: where it finds none there, it comes here after all
 */
import { assert, type Deferred, deferred, type EventSink } from '../base/index.ts';
import { type Environment, isDiskFull } from '../env/index.ts';
import { KafkaError, NOTHING_WRITTEN } from '../protocol/index.ts';
import { Arena, Held } from './arena.ts';
import { CommitQueue, type SealedFrame } from './commit-queue.ts';
import type { Entry, ReferenceEntry, ReplayedFrame, SegmentEntry } from './entry.ts';
import { ENTRY_BYTES_MAX } from './frame-footer.ts';
import { aligned, FRAME_HEADER_BYTES } from './frame-header.ts';
import type { JournalOptions, JournalStart } from './options.ts';
import { type Frame, type KnownCrc, PendingFrame, type TakenFrame } from './pending-frame.ts';
import { type Recovery, recover } from './recovery.ts';
import { Space } from './space.ts';

export interface AppendOptions {
  /** May use the reserve: metadata, deletes, commits. */
  readonly privileged?: boolean;
  /** Nobody else has or changes the bytes any more: a large batch is kept where it is. */
  readonly given?: boolean;
  /** The checksum of the bytes, or of all but the first of them, where somebody has it. What is stamped lies before it. */
  readonly known?: KnownCrc | undefined;
  /** Told of once it is written, before its sync. */
  readonly relaxed?: boolean;
  /** Goes into the same frame, directly before it. */
  readonly before?: { readonly entry: Entry; readonly bytes: Uint8Array } | undefined;
}

export interface Placed {
  /**
   * The bytes in the frame's memory, held for the caller (`env.buffers`): to be released once the frame is durable, or left
   * to the collector. To be stamped only in this turn.
   */
  readonly held: Held;
  readonly frame: TakenFrame;
}

/** A point between two frames, up to which a checkpoint may reach. */
export interface JournalMark {
  readonly sequence: number;
  /** Resolves when all frames before are durable. Then `start` may be read. */
  readonly durable: Promise<void>;
  readonly start: JournalStart;
}

/** Of the whole journal, what may be lodged at a time. */
const LODGED_SHARE = 1 / 8;
const NO_BYTES = Buffer.alloc(0);
const NOTHING = Held.of(NO_BYTES);

export class Journal {
  readonly #env: Environment;
  readonly #options: JournalOptions;
  readonly #space: Space;
  readonly #session: number;
  readonly #queue: CommitQueue;
  readonly #arena: Arena;
  #building: PendingFrame | undefined;
  #nextSequence: number;
  #lastFrame: PendingFrame | undefined;
  #isStopping = false;
  /** Bytes that frames which are not durable refer to. */
  #lodgedBytes = 0;
  /** Writes for them that are not over. */
  #lodging = 0;
  /** True: one of them waits for room. */
  #isRoomless = false;
  /** Bytes of frames that are sealed and not durable: they may move. */
  #sealedBytes = 0;
  #roomless: Deferred<void> = deferred();
  #waiting: (() => void)[] = [];
  #cancelSeal: () => void = () => {};
  /** Called when a frame with something relaxed is written, not yet durable. */
  onWritten: (frame: { readonly entries: readonly Entry[] }) => void = () => {};
  /** Called in the turn in which a frame became durable, before anyone who waits hears of it. In order. */
  onDurable: (frame: { readonly sequence: number; readonly entries: readonly Entry[] }) => void = () => {};
  /** Called when the reserve is being used and the journal may not grow: only a checkpoint makes room. */
  onLowSpace: () => void = () => {};
  /** Called once, when the journal stops for good. */
  onFailed: (error: KafkaError) => void = () => {};

  private constructor(env: Environment, options: JournalOptions, space: Space, recovery: Recovery) {
    this.#env = env;
    this.#options = options;
    this.#space = space;
    this.#arena = new Arena(env.buffers);
    this.#session = recovery.start.session;
    this.#nextSequence = recovery.lastSequence + 1;
    this.#queue = new CommitQueue(
      {
        clock: env.clock,
        session: this.#session,
        buildingBytes: () => this.#building?.bytes,
        seal: () => this.#seal(),
        onWritten: (frame) => this.onWritten(frame),
        onDurable: (frame) => this.#durable(frame),
        onFailed: (error) => this.#stop(error),
        whenRoomless: () => this.#whenRoomless(),
        embed: (frame, behind) => this.#embed(frame, behind),
      },
      recovery.lastSequence,
      recovery.lastCrc,
    );
    space.onChange = () => this.#wake();
    space.onBroken = (error) => this.#queue.halt(error); // J5
  }

  /**
   * Replays what counts, then begins a new session. `recovery.start` must be durable before anything is acknowledged.
   * `isAtRest`: it is certain that `start` was written by a clean stop and nothing since.
   */
  static async open(
    env: Environment,
    events: EventSink,
    options: JournalOptions,
    start: JournalStart | undefined,
    replay: (frame: ReplayedFrame) => Promise<void> | void,
    isAtRest = false,
  ): Promise<{ journal: Journal; recovery: Recovery }> {
    const space = new Space(env, events, options);
    await space.open();
    const recovery = await recover(space, events, options, start, replay, isAtRest);
    return { journal: new Journal(env, options, space, recovery), recovery };
  }

  get durableSequence(): number {
    return this.#queue.durableSequence;
  }

  get usedBytes(): number {
    return this.#space.usedBytes;
  }

  get capacityBytes(): number {
    return this.#space.capacityBytes;
  }

  /** True: it becomes larger, and who waits for room hears of it. */
  get isGrowing(): boolean {
    return this.#space.isGrowing;
  }

  /** True: this life began beyond the limit, and without a checkpoint the next one would go further. */
  get isBeyondLimit(): boolean {
    return this.#space.isBeyondLimit;
  }

  get failed(): KafkaError | undefined {
    return this.#queue.failed;
  }

  /** J1, J2 */
  append(entry: Entry, bytes: Uint8Array = NO_BYTES, options: AppendOptions = {}): Placed {
    const { before } = options;
    const frame =
      before === undefined
        ? this.#frameFor(bytes.length, 1, options.privileged ?? false)
        : this.#frameFor(bytes.length, 2, options.privileged ?? false, before.bytes.length);
    const arena = this.#arena;
    if (before !== undefined) frame.add(before.entry, arena.copy(before.bytes));
    const held = bytes.length === 0 ? NOTHING : arena.hold(bytes, options.given ?? false);
    frame.add(entry, held === NOTHING ? undefined : held, options.known);
    if (options.relaxed === true) frame.isRelaxed = true;
    this.#queue.kick();
    return { held, frame };
  }

  /**
   * As `append`, for a batch whose bytes go elsewhere: the frame has only the reference, and what else it `awaits`. Undefined: not
   * now, nothing changed.
   */
  lodge(
    entry: ReferenceEntry,
    segments: readonly SegmentEntry[],
    bytes: Uint8Array,
    given: boolean,
  ): Placed | undefined {
    if (this.#isRoomless || this.#isStopping || this.#queue.failed !== undefined) return undefined;
    if (this.#waiting.length > 0) return undefined; // who waits for room may need what is kept for this
    const { limitBytes, reserveBytes, frameTargetBytes } = this.#options;
    const count = segments.length + 1;
    const building = this.#building?.sizeWith(0, 0) ?? 0;
    const needed =
      building + this.#lodgedBytes + bytes.length + (count + 1) * ENTRY_BYTES_MAX + FRAME_HEADER_BYTES;
    if (this.#lodgedBytes + bytes.length > limitBytes * LODGED_SHARE) return undefined;
    this.#space.growFor(needed + this.#sealedBytes + reserveBytes);
    if (!this.#couldMove(needed + reserveBytes)) return undefined; // J6
    const inFrame = this.#building?.lodgedBytes ?? 0;
    if (inFrame > 0 && inFrame + bytes.length > frameTargetBytes) this.#queue.push(this.#seal()!); // J4
    const frame = this.#frameFor(0, count, false);
    const held = this.#arena.hold(bytes, given);
    frame.lodge(entry, segments, held);
    this.#lodgedBytes += bytes.length;
    this.#queue.kick();
    return { held, frame };
  }

  /** J6: `bytes`, with all that is lodged, and the frames that are sealed fit into one piece of room, wherever frames end. */
  #couldMove(bytes: number): boolean {
    return this.#space.find(this.#sealedBytes + bytes, 0) !== undefined;
  }

  /** Told of everything that is written elsewhere for a frame. */
  writesElsewhere(written: Promise<unknown>): void {
    this.#lodging++;
    const over = () => {
      if (--this.#lodging === 0) this.#isRoomless = false;
    };
    written.then(over, (error: unknown) => {
      if (this.#isStopping && isDiskFull(error))
        this.noRoomElsewhere(); // nobody waits for room any more: before, only a sync says that there is none
      else this.#queue.halt(error); // J5
    });
  }

  /** What is written elsewhere waits for room: frames do not wait for it. */
  noRoomElsewhere(): void {
    if (this.#lodging === 0) return;
    this.#isRoomless = true;
    this.#roomless.resolve();
  }

  #whenRoomless(): Promise<void> {
    this.#roomless = deferred();
    if (this.#isRoomless) this.#roomless.resolve();
    return this.#roomless.promise;
  }

  /** J6. None of these frames was written: they get new places, one behind the other. */
  #embed(frame: PendingFrame, behind: readonly SealedFrame[]): Buffer {
    this.#lodgedBytes -= frame.lodgedBytes;
    frame.lodgedBytes = 0;
    frame.embed();
    const footer = frame.footer();
    this.#sealedBytes -= aligned(frame.length);
    frame.length = FRAME_HEADER_BYTES + frame.bodyBytes + footer.length;
    this.#sealedBytes += aligned(frame.length);
    const moved = behind.map((sealed) => sealed.frame);
    this.#space.take(frame.place, frame.sequence); // back to where it begins
    for (const { place } of this.#building === undefined ? moved : [...moved, this.#building])
      if (place.position === 0) this.#space.leave(place.slot);
    for (const one of [frame, ...moved]) {
      this.#move(one, one.length);
      this.#space.passed(one.length);
    }
    if (this.#building !== undefined) this.#move(this.#building, this.#building.sizeWith(0, 0));
    return footer;
  }

  #move(frame: PendingFrame, bytes: number): void {
    const place = this.#space.find(bytes, 0);
    if (place === undefined) throw noSpace();
    this.#space.take(place, frame.sequence);
    frame.place = place;
  }

  /** True when a frame of the target's size holds so much, so that `commit` may be asked. */
  fitsOneFrame(bytes: number, entries: number): boolean {
    return FRAME_HEADER_BYTES + bytes + entries * ENTRY_BYTES_MAX <= this.#options.frameTargetBytes;
  }

  /** All in one frame, or nothing: what belongs together is durable together. At most one frame's target. */
  commit(
    group: readonly { readonly entry: Entry; readonly bytes?: Uint8Array }[],
    options: AppendOptions = {},
  ): { held: Held[]; frame: Frame } {
    const size = group.reduce((sum, { bytes = NO_BYTES }) => sum + bytes.length, 0);
    assert(this.fitsOneFrame(size, group.length), 'a group that no frame can hold');
    const frame = this.#frameFor(size, group.length, options.privileged ?? false);
    const held = group.map(({ entry, bytes = NO_BYTES }) => {
      const slice = bytes.length === 0 ? undefined : this.#arena.copy(bytes);
      frame.add(entry, slice);
      return slice ?? NOTHING;
    });
    this.#queue.kick();
    return { held, frame };
  }

  /** The frame that takes so many bytes and entries: the one being filled, or a new one. */
  #frameFor(payload: number, entries: number, privileged: boolean, beside = 0): PendingFrame {
    if (this.#queue.failed !== undefined) throw this.#queue.failed; // J5
    if (this.#isStopping) throw stopping();
    const { frameBytesMax } = this.#space;
    if (!privileged && FRAME_HEADER_BYTES + payload + entries * ENTRY_BYTES_MAX > frameBytesMax)
      throw tooLarge(payload, frameBytesMax);
    this.#checkReserve(payload, entries, privileged); // what goes beside it may use the reserve: nobody waited for its room
    const bytes = payload + beside;
    const building = this.#building;
    if (building !== undefined) {
      const size = building.sizeWith(bytes, entries);
      const { slot, position } = building.place;
      if (size <= this.#options.frameTargetBytes && slot.end - position >= aligned(size)) return building;
      this.#queue.push(this.#seal()!); // J4
    }
    const size = FRAME_HEADER_BYTES + bytes + entries * ENTRY_BYTES_MAX;
    const place = this.#space.find(size, 0);
    if (place === undefined) {
      this.#space.growFor(FRAME_HEADER_BYTES); // the disk may have room again
      throw noSpace(); // J2
    }
    const sequence = this.#nextSequence++;
    this.#space.take(place, sequence);
    this.#space.growFor(size); // also where nothing is produced: commits and heartbeats fill the journal alike
    this.#building = new PendingFrame(sequence, place);
    this.#lastFrame = this.#building;
    return this.#building;
  }

  #checkReserve(bytes: number, entries: number, privileged: boolean): void {
    const building = this.#building?.sizeWith(0, 0) ?? 0;
    const needed = building + this.#lodgedBytes + bytes + entries * ENTRY_BYTES_MAX + FRAME_HEADER_BYTES; // J6
    const { reserveBytes } = this.#options;
    const isCovered = this.#space.freeBytes - aligned(needed) >= reserveBytes;
    if (isCovered && (privileged || this.#lodgedBytes === 0 || this.#couldMove(needed + reserveBytes)))
      return;
    // Also where nobody produces the reserve must come back: by growing, else by a checkpoint.
    this.#space.growFor(FRAME_HEADER_BYTES);
    if (!this.#space.canGrow) this.onLowSpace();
    if (!privileged) throw noSpace(); // J2
  }

  /** What is written now would be lost: nothing more is acknowledged. */
  halt(cause: Error): void {
    this.#queue.halt(cause);
  }

  /** Undefined: a batch of `bytes` is covered. Otherwise resolves when there may be room, or when there will be none. */
  whenCovered(bytes: number): Promise<void> | undefined {
    if (this.#queue.failed !== undefined || this.#isStopping) return undefined;
    // A larger request has several batches, or one that is refused.
    const size = Math.min(FRAME_HEADER_BYTES + bytes + ENTRY_BYTES_MAX, this.#space.frameBytesMax);
    this.#space.growFor(size + this.#lodgedBytes);
    const building = this.#building === undefined ? 0 : aligned(this.#building.sizeWith(0, 0));
    const { reserveBytes } = this.#options;
    const isCovered =
      this.#space.freeBytes - building - this.#lodgedBytes - aligned(size) >= reserveBytes &&
      this.#space.find(size, building) !== undefined &&
      (this.#lodgedBytes === 0 || this.#couldMove(building + this.#lodgedBytes + size + reserveBytes));
    // With no room to wait for, the append itself gives the definite answer.
    return isCovered || this.#space.cannotGrow
      ? undefined
      : new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #seal(): SealedFrame | undefined {
    const frame = this.#building;
    if (frame === undefined) return undefined;
    this.#building = undefined;
    const footer = frame.footer();
    frame.length = FRAME_HEADER_BYTES + frame.bodyBytes + footer.length;
    this.#space.passed(frame.length);
    this.#sealedBytes += aligned(frame.length);
    this.#cancelSeal();
    return { frame, footer };
  }

  #durable(frame: PendingFrame): void {
    this.#sealedBytes -= aligned(frame.length);
    this.#lodgedBytes -= frame.lodgedBytes;
    if (frame.lodgedBytes > 0 || frame.isEmbedded) this.#wake();
    this.onDurable(frame);
    if (frame.entries.length === 0) return;
    this.#cancelSeal();
    this.#cancelSeal = this.#env.clock.after(this.#options.sealAfterMs, () => this.#proveLast());
  }

  /** An empty frame behind the last one proves that it was durable: a later bit flip there is damage, not a torn tail. */
  #proveLast(): void {
    if (!this.#queue.isIdle || this.#building !== undefined) return;
    if (this.#queue.failed !== undefined || this.#isStopping) return;
    const place = this.#space.find(FRAME_HEADER_BYTES, 0);
    if (place === undefined) return;
    const sequence = this.#nextSequence++;
    this.#space.take(place, sequence);
    this.#building = new PendingFrame(sequence, place);
    this.#lastFrame = this.#building;
    this.#queue.kick();
  }

  #stop(error: KafkaError): void {
    this.#space.halt(); // J5
    this.#cancelSeal();
    this.#building?.fail(error);
    this.#building = undefined;
    this.#wake();
    this.onFailed(error);
  }

  /** Closes the frame being filled: everything appended until now lies before the mark, everything later behind it. */
  mark(): JournalMark {
    const sealed = this.#seal();
    if (sealed !== undefined) this.#queue.push(sealed);
    const sequence = this.#nextSequence - 1;
    let { index: file } = this.#space.current!;
    let { position } = this.#space;
    const isDurable = this.#queue.durableSequence >= sequence;
    const last = this.#lastFrame;
    let crc = this.#queue.previousCrc;
    const durable =
      isDurable || last === undefined
        ? Promise.resolve()
        : last.durable.then(() => {
            crc = last.crc;
            file = last.place.slot.index; // it may have moved
            position = last.end;
          });
    const session = this.#session;
    return {
      sequence,
      durable,
      get start(): JournalStart {
        const newest = { session, file, position, firstSequence: sequence + 1, previousCrc: crc };
        return { session, sessions: [newest], durableSequence: sequence };
      },
    };
  }

  /** The manifest with this mark is durable: files whose frames all lie before it are free again. */
  release(mark: JournalMark): void {
    this.#space.release(mark.sequence + 1);
  }

  /** From this turn on nothing is appended any more: what comes later would lie behind the last checkpoint, and be lost. */
  stopTaking(): void {
    this.#isStopping = true;
    this.#wake();
  }

  /** Makes everything durable and writes nothing more. The answer goes into the manifest of a clean stop. */
  async close(): Promise<JournalStart> {
    this.stopTaking();
    this.#cancelSeal();
    const mark = this.mark();
    await mark.durable;
    await this.#queue.idle();
    this.#cancelSeal();
    await this.#space.close();
    return mark.start;
  }

  /** Writes nothing more and waits for nothing: the end of a life that is thrown away (tests). */
  abandon(): void {
    this.#cancelSeal();
    this.#queue.failed = new KafkaError('KAFKA_STORAGE_ERROR', 'the broker was killed');
  }
}

function stopping(): KafkaError {
  return new KafkaError('KAFKA_STORAGE_ERROR', `the broker stops; ${NOTHING_WRITTEN}`);
}

function tooLarge(bytes: number, most: number): KafkaError {
  return new KafkaError(
    'MESSAGE_TOO_LARGE',
    `${bytes} bytes never find room in a journal that takes ${most} at once: raise gregor.journal.bytes`,
  );
}

function noSpace(): KafkaError {
  return new KafkaError('KAFKA_STORAGE_ERROR', `no synced journal space is left; ${NOTHING_WRITTEN}`);
}
