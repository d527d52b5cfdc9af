/**
 * IndexCheck: the entries of a segment's index files, held against the batches that they name, in one pass over the log.
 *
 * Kafka's formats have no checksum, so this comparison is the only proof. Entries that lead into damage cannot be judged.
 */
import type { SegmentState } from './log-state.ts';
import { OFFSET_ENTRY_BYTES, OffsetIndex } from './offset-index.ts';
import type { BatchHeader } from './segment-format.ts';
import { TIME_ENTRY_BYTES, TimeIndex } from './time-index.ts';

export interface IndexDamage {
  readonly suffix: '.index' | '.timeindex';
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly what: string;
}

export interface IndexBytes {
  /** undefined: the file is missing. */
  readonly offsets: Buffer | undefined;
  readonly times: Buffer | undefined;
}

export class IndexCheck {
  readonly damage: IndexDamage[] = [];
  readonly #offsets: OffsetIndex;
  readonly #times: TimeIndex;
  /** What entries name, and what the log says there. */
  readonly #lastOffsets = new Map<number, number>();
  readonly #timestamps = new Map<number, number>();
  #maxTimestamp = -1;

  constructor(segment: SegmentState, files: IndexBytes) {
    const counts = segment.indexed ?? { offsetEntries: 0, timeEntries: 0 };
    const offsetBytes = counts.offsetEntries * OFFSET_ENTRY_BYTES;
    const timeBytes = counts.timeEntries * TIME_ENTRY_BYTES;
    this.#offsets = new OffsetIndex(
      segment.baseOffset,
      whole(files.offsets, offsetBytes, OFFSET_ENTRY_BYTES),
    );
    this.#times = new TimeIndex(segment.baseOffset, whole(files.times, timeBytes, TIME_ENTRY_BYTES));
    for (let n = 0; n < this.#offsets.count; n++) this.#lastOffsets.set(this.#offsets.entry(n)!.position, -1);
    for (let n = 0; n < this.#times.count; n++) this.#timestamps.set(this.#times.entry(n)!.offset, -1);
    this.#missing('.index', files.offsets, offsetBytes);
    this.#missing('.timeindex', files.times, timeBytes);
  }

  #missing(suffix: IndexDamage['suffix'], bytes: Buffer | undefined, wanted: number): void {
    const there = bytes?.length ?? 0;
    if (there >= wanted) return;
    const what = bytes === undefined ? 'the file is missing' : `the file ends at byte ${there}`;
    this.damage.push({ suffix, from: there, to: wanted, what });
  }

  /** The next batch whose CRC is right, in the order of the log. */
  batch(batch: BatchHeader): void {
    if (this.#lastOffsets.has(batch.position)) this.#lastOffsets.set(batch.position, batch.lastOffset);
    if (batch.maxTimestamp <= this.#maxTimestamp) return;
    this.#maxTimestamp = batch.maxTimestamp;
    if (this.#timestamps.has(batch.lastOffset)) this.#timestamps.set(batch.lastOffset, batch.maxTimestamp);
  }

  /** All batches were shown. `isDamaged`: what an entry names lies in bytes or offsets that cannot be read. */
  finish(isDamaged: (position: number | undefined, offset: number) => boolean): readonly IndexDamage[] {
    for (let n = 0; n < this.#offsets.count; n++) {
      const { offset, position } = this.#offsets.entry(n)!;
      if (this.#lastOffsets.get(position) !== offset && !isDamaged(position, offset))
        this.#wrong(
          '.index',
          n,
          OFFSET_ENTRY_BYTES,
          `no batch at byte ${position} ends with offset ${offset}`,
        );
    }
    for (let n = 0; n < this.#times.count; n++) {
      const { offset, timestamp } = this.#times.entry(n)!;
      if (this.#timestamps.get(offset) !== timestamp && !isDamaged(undefined, offset))
        this.#wrong(
          '.timeindex',
          n,
          TIME_ENTRY_BYTES,
          `timestamp ${timestamp} is not first reached at offset ${offset}`,
        );
    }
    return this.damage;
  }

  #wrong(suffix: IndexDamage['suffix'], entry: number, entryBytes: number, what: string): void {
    this.damage.push({ suffix, from: entry * entryBytes, to: (entry + 1) * entryBytes, what });
  }
}

/** As many whole entries as are there, at most `wanted` bytes. */
function whole(bytes: Buffer | undefined, wanted: number, entryBytes: number): Buffer {
  const there = Math.min(bytes?.length ?? 0, wanted);
  return Buffer.from(bytes?.subarray(0, there - (there % entryBytes)) ?? []);
}
