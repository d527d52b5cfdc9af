/**
 * PendingFrame: a frame that is being filled, then waits for its turn, then is written.
 *
 * The bytes of its batches lie in memory chunks that it shares with the frames before and after; these slices are the
 * partitions' tails, so a batch is copied once in its life in memory.
 */
import { crc32c, type Deferred, deferred, joinCrc32c } from '../base/index.ts';
import { ByteWriter, type KafkaError } from '../protocol/index.ts';
import type { Entry } from './entry.ts';
import { ENTRY_BYTES_MAX, writeEntry } from './frame-footer.ts';
import { FRAME_HEADER_BYTES } from './frame-header.ts';
import type { Place } from './space.ts';

/** A checksum that is there already, so that nobody looks at the bytes again. */
export interface KnownCrc {
  /** Where the bytes begin that it is of; they go to the end. */
  readonly from: number;
  readonly crc: number;
}

export interface Frame {
  readonly sequence: number;
  /** Resolves when the frame is durable; rejects with KAFKA_STORAGE_ERROR (indefinite) when the disk failed. */
  readonly durable: Promise<void>;
}

/** A frame that has taken something. */
export interface TakenFrame extends Frame {
  /** The same frame for topics that do not wait for syncs: its `durable` resolves when the system has the bytes. */
  readonly whenWritten: Frame;
}

export class PendingFrame implements TakenFrame {
  readonly sequence: number;
  readonly place: Place;
  readonly entries: Entry[] = [];
  readonly #positions: number[] = [];
  readonly #lengths: number[] = [];
  readonly #parts: Buffer[] = [];
  /** Of the last part and its neighbours behind it. */
  #runBytes = 0;
  /** What is known of each part. */
  readonly #known: (KnownCrc | undefined)[] = [];
  bodyBytes = 0;
  /** Known once the frame is written. */
  crc = 0;
  /** True when something in it is told of as soon as it is written. */
  isRelaxed = false;
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

  /** `continues`: the slice begins in memory where the one before ended. */
  add(entry: Entry, slice: Buffer | undefined, continues: boolean, known?: KnownCrc): void {
    this.entries.push(entry);
    this.#positions.push(slice === undefined ? 0 : FRAME_HEADER_BYTES + this.bodyBytes);
    this.#lengths.push(slice?.length ?? 0);
    if (slice === undefined) return;
    this.bodyBytes += slice.length;
    const isFirst = this.#parts.length === 0;
    if (continues && !isFirst && known === undefined && this.#known.at(-1) === undefined) {
      this.#runBytes += slice.length;
      return;
    }
    this.#closeRun();
    this.#parts.push(slice);
    this.#known.push(known);
    this.#runBytes = slice.length;
  }

  #closeRun(): void {
    const first = this.#parts.at(-1);
    if (first === undefined || first.length === this.#runBytes) return;
    const { buffer, byteOffset } = first;
    this.#parts[this.#parts.length - 1] = Buffer.from(buffer as ArrayBuffer, byteOffset, this.#runBytes);
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
    for (const [n, entry] of this.entries.entries())
      writeEntry(writer, entry, this.#positions[n]!, this.#lengths[n]!);
    return writer.toBuffer();
  }

  get durable(): Promise<void> {
    return this.#durable.promise;
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
    for (const list of [this.entries, this.#parts, this.#known, this.#positions, this.#lengths])
      list.length = 0;
  }
}

/** Settles once. Its promise is made only for those who wait: most frames have fewer waiters than batches. */
class Latch {
  #outcome: 'pending' | 'done' | KafkaError = 'pending';
  #deferred: Deferred<void> | undefined;

  get promise(): Promise<void> {
    if (this.#deferred === undefined) {
      this.#deferred = deferred<void>();
      this.#tell();
    }
    return this.#deferred.promise;
  }

  settle(outcome: 'done' | KafkaError): void {
    if (this.#outcome !== 'pending') return;
    this.#outcome = outcome;
    this.#tell();
  }

  #tell(): void {
    if (this.#deferred === undefined || this.#outcome === 'pending') return;
    if (this.#outcome === 'done') this.#deferred.resolve();
    else this.#deferred.reject(this.#outcome);
  }
}
