/**
 * PendingFrame: a frame that is being filled, then waits for its turn, then is written.
 *
 * The bytes of its batches lie in memory chunks that it shares with the frames before and after; these slices are the
 * partitions' tails, so a batch is copied once in its life in memory.
 */
import { assert, crc32c, type Deferred, deferred, joinCrc32c } from '../base/index.ts';
import { isDiskFull } from '../env/index.ts';
import { ByteWriter, type KafkaError } from '../protocol/index.ts';
import type { Held } from './arena.ts';
import type { BatchEntry, Entry, ReferenceEntry, SegmentEntry } from './entry.ts';
import { ENTRY_BYTES_MAX, writeEntry } from './frame-footer.ts';
import { aligned, FRAME_HEADER_BYTES } from './frame-header.ts';
import type { Place } from './space.ts';

/** A checksum that is there already, so that nobody looks at the bytes again. */
export interface KnownCrc {
  /** Where the bytes begin that it is of; they go to the end. */
  readonly from: number;
  readonly crc: number;
}

/** Where bytes go instead of into the frame. */
export interface Lodging {
  /** Resolves when they are written. */
  readonly written: Promise<unknown>;
  /** Makes them durable; several share it. */
  readonly home: { syncWritten(): Promise<void> };
}

export interface Frame {
  readonly sequence: number;
  /** Resolves when the frame is durable; rejects with KAFKA_STORAGE_ERROR (indefinite) when the disk failed. */
  readonly durable: Promise<void>;
  /** The same for those who are many: told in the order of the calls, all of them behind one promise. */
  tell(waiter: FrameWaiter): void;
}

export interface FrameWaiter {
  /** The frame is durable, or the error says that nobody knows. Never throws. */
  settled(error: KafkaError | undefined): void;
}

/** A frame that has taken something. */
export interface TakenFrame extends Frame {
  /** True: what should have lain elsewhere is in it after all. */
  readonly isEmbedded: boolean;
  /** Before it is written, what is lodged must be durable; to be said behind `lodge`, before anything else is asked of the journal. */
  awaits(lodging: Lodging): void;
  /** The same frame for topics that do not wait for syncs: its `durable` resolves when the system has the bytes. */
  readonly whenWritten: Frame;
}

export class PendingFrame implements TakenFrame {
  readonly sequence: number;
  place: Place;
  /** Bytes on disk; known once it is sealed. */
  length = 0;
  readonly entries: Entry[] = [];
  /** Bytes that lie elsewhere, by their entry. */
  readonly #lodged = new Map<Entry, Held>();
  readonly #lodgings: Lodging[] = [];
  #isLodged: Promise<boolean> | undefined;
  lodgedBytes = 0;
  isEmbedded = false;
  readonly #positions: number[] = [];
  readonly #lengths: number[] = [];
  readonly #parts: Buffer[] = [];
  /** What will be the last part: a slice, and its neighbours behind it in the same memory. */
  #run: Held | undefined;
  #runBytes = 0;
  /** What is known of each part. */
  readonly #known: (KnownCrc | undefined)[] = [];
  bodyBytes = 0;
  /** Known once the frame is written. */
  crc = 0;
  /** True when something in it is told of as soon as it is written. */
  isRelaxed = false;
  /** True when requests are answered once it is durable. */
  isAnswered = false;
  readonly #durable = new Latch();
  #whenWritten: (Frame & { readonly latch: Latch }) | undefined;

  constructor(sequence: number, place: Place) {
    this.sequence = sequence;
    this.place = place;
  }

  /** Bytes on disk if it were sealed now, with room for one more entry. */
  sizeWith(bytes: number, entries: number): number {
    return FRAME_HEADER_BYTES + this.bodyBytes + bytes + (this.entries.length + entries) * ENTRY_BYTES_MAX;
  }

  add(entry: Entry, slice: Held | undefined, known?: KnownCrc): void {
    this.entries.push(entry);
    this.#positions.push(slice === undefined ? 0 : FRAME_HEADER_BYTES + this.bodyBytes);
    this.#lengths.push(slice?.length ?? 0);
    if (slice === undefined) return;
    this.bodyBytes += slice.length;
    const run = this.#run;
    if (known === undefined && run?.memory === slice.memory && run.at + this.#runBytes === slice.at) {
      this.#runBytes += slice.length;
      return;
    }
    this.#closeRun();
    this.#run = slice;
    this.#runBytes = slice.length;
    if (known !== undefined) this.#closeRun(known);
  }

  /** A batch whose bytes go elsewhere; the segments that it and those before it make go with it. */
  lodge(reference: ReferenceEntry, segments: readonly SegmentEntry[], held: Held): void {
    for (const segment of segments) this.add(segment, undefined);
    this.add(reference, undefined);
    this.#lodged.set(reference, held);
    this.lodgedBytes += held.length;
  }

  awaits(lodging: Lodging): void {
    assert(this.#isLodged === undefined, 'the frame was closed before it was told what it waits for');
    this.#lodgings.push(lodging);
  }

  /** Of its batches, wherever they lie. */
  get bytes(): number {
    return this.bodyBytes + this.lodgedBytes;
  }

  get hasLodged(): boolean {
    return this.#lodged.size > 0;
  }

  /**
   * Begins with the first call, when nothing more is lodged. Resolves when everything that lies elsewhere is durable there: only then the
   * frame may be written. False: it found no room. A sync that finds none has lost what it should have saved, and rejects as for any other
   * reason.
   */
  lodged(): Promise<boolean> {
    return (this.#isLodged ??= this.#syncElsewhere());
  }

  async #syncElsewhere(): Promise<boolean> {
    try {
      await Promise.all(this.#lodgings.map(({ written }) => written));
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return false;
    }
    const homes = new Set(this.#lodgings.map(({ home }) => home));
    await Promise.all([...homes].map((home) => home.syncWritten()));
    return true;
  }

  /** There is no room elsewhere: all bytes go into the frame after all, behind the others. */
  embed(): void {
    this.isEmbedded = true;
    for (const [n, entry] of [...this.entries].entries()) {
      const held = this.#lodged.get(entry);
      if (held === undefined) continue;
      const {
        segmentBaseOffset: _base,
        segmentPosition: _at,
        segmentLength: _length,
        ...fields
      } = entry as ReferenceEntry;
      this.entries[n] = { ...fields, kind: 'batch' } as BatchEntry;
      this.#positions[n] = FRAME_HEADER_BYTES + this.bodyBytes;
      this.#lengths[n] = held.length;
      this.bodyBytes += held.length;
      this.#closeRun();
      this.#run = held;
      this.#runBytes = held.length;
    }
    const kept = this.entries.map(({ kind }) => kind !== 'segment');
    for (const list of [this.entries, this.#positions, this.#lengths] as unknown[][])
      list.splice(0, Infinity, ...list.filter((_, n) => kept[n]));
    this.#lodged.clear();
    this.#lodgings.length = 0;
  }

  get end(): number {
    return this.place.position + aligned(this.length);
  }

  #closeRun(known?: KnownCrc): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#parts.push(run.memory.subarray(run.at, run.at + this.#runBytes));
    this.#known.push(known);
    this.#run = undefined;
  }

  /** The batches, in order; neighbours in one chunk are one part. */
  get parts(): readonly Buffer[] {
    this.#closeRun();
    return this.#parts;
  }

  /** CRC-32C over all parts, going on from `seed`. */
  crcOver(seed: number): number {
    let crc = seed;
    for (const [n, part] of this.parts.entries()) {
      const known = this.#known[n];
      crc = crc32c(known === undefined ? part : part.subarray(0, known.from), crc);
      if (known !== undefined) crc = joinCrc32c(crc, known.crc, part.length - known.from);
    }
    return crc;
  }

  footer(): Buffer {
    const writer = new ByteWriter(64 + this.entries.length * ENTRY_BYTES_MAX);
    for (let n = 0; n < this.entries.length; n++)
      writeEntry(writer, this.entries[n]!, this.#positions[n]!, this.#lengths[n]!);
    return writer.toBuffer();
  }

  get durable(): Promise<void> {
    return this.#durable.promise;
  }

  tell(waiter: FrameWaiter): void {
    this.isAnswered = true;
    this.#durable.tell(waiter);
  }

  get whenWritten(): Frame {
    if (this.#whenWritten === undefined) {
      const latch = new Latch();
      this.#whenWritten = {
        sequence: this.sequence,
        latch,
        get durable() {
          return latch.promise;
        },
        tell: (waiter) => latch.tell(waiter),
      };
    }
    return this.#whenWritten;
  }

  becomeWritten(): void {
    this.#whenWritten?.latch.settle('done');
  }

  becomeDurable(): void {
    this.becomeWritten();
    this.#durable.settle('done');
    this.#forget();
  }

  fail(error: KafkaError): void {
    this.#whenWritten?.latch.settle(error);
    this.#durable.settle(error);
    this.#forget();
  }

  /** A partition remembers its newest frame for as long as it is idle: that must not pin what the frame held. */
  #forget(): void {
    this.#run = undefined;
    this.#lodged.clear();
    for (const list of [
      this.#lodgings,
      this.entries,
      this.#parts,
      this.#known,
      this.#positions,
      this.#lengths,
    ])
      list.length = 0;
  }
}

/** Settles once. Its promise is made only for those who wait: most frames have fewer waiters than batches. */
class Latch {
  #outcome: 'pending' | 'done' | KafkaError = 'pending';
  #deferred: Deferred<void> | undefined;
  #waiters: FrameWaiter[] = [];

  tell(waiter: FrameWaiter): void {
    this.#waiters.push(waiter);
    if (this.#waiters.length > 1) return;
    void this.promise.then(
      () => this.#tellAll(undefined),
      (error: KafkaError) => this.#tellAll(error),
    );
  }

  #tellAll(error: KafkaError | undefined): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.settled(error);
  }

  get promise(): Promise<void> {
    if (this.#deferred === undefined) {
      this.#deferred = deferred<void>();
      this.#settle();
    }
    return this.#deferred.promise;
  }

  settle(outcome: 'done' | KafkaError): void {
    if (this.#outcome !== 'pending') return;
    this.#outcome = outcome;
    this.#settle();
  }

  #settle(): void {
    if (this.#deferred === undefined || this.#outcome === 'pending') return;
    if (this.#outcome === 'done') this.#deferred.resolve();
    else this.#deferred.reject(this.#outcome);
  }
}
