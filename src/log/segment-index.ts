/**
 * SegmentIndex: the offset index and the time index of one segment in memory, and the rule by which both grow.
 *
 * As Kafka has it: a batch gets an entry when more than `index.interval.bytes` were written since the last one. Then the
 * time index gets the largest timestamp so far, if it rose. A rolled segment ends with its largest timestamp.
 */
import type { IndexedCounts, LogOptions, SegmentState } from './log-state.ts';
import { OFFSET_ENTRY_BYTES, OffsetIndex } from './offset-index.ts';
import type { BatchHeader } from './segment-format.ts';
import { NO_TIMESTAMP, TIME_ENTRY_BYTES, TimeIndex } from './time-index.ts';

export class SegmentIndex {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
  /** What of it lies in the files. */
  saved: IndexedCounts = { offsetEntries: 0, timeEntries: 0 };
  /** End of the last batch that was counted. */
  #end = 0;
  #bytesSinceEntry = 0;
  #maxTimestamp = NO_TIMESTAMP;
  #maxTimestampOffset: number;

  constructor(baseOffset: number, offsets = new OffsetIndex(baseOffset), times = new TimeIndex(baseOffset)) {
    this.offsets = offsets;
    this.times = times;
    this.#maxTimestampOffset = baseOffset;
  }

  get entryCount(): number {
    return this.offsets.count + this.times.count;
  }

  get counts(): IndexedCounts {
    return { offsetEntries: this.offsets.count, timeEntries: this.times.count };
  }

  /** Batches before this position are counted. */
  get end(): number {
    return this.#end;
  }

  get unsavedEntries(): number {
    return this.entryCount - this.saved.offsetEntries - this.saved.timeEntries;
  }

  /** A batch was written, or met while the index is rebuilt: in order, each once. */
  add(batch: BatchHeader, options: Pick<LogOptions, 'indexIntervalBytes'>): void {
    if (batch.maxTimestamp > this.#maxTimestamp) {
      this.#maxTimestamp = batch.maxTimestamp;
      this.#maxTimestampOffset = batch.lastOffset;
    }
    if (this.#bytesSinceEntry > options.indexIntervalBytes) {
      this.offsets.append(batch.lastOffset, batch.position);
      this.times.append(this.#maxTimestamp, this.#maxTimestampOffset);
      this.#bytesSinceEntry = 0;
    }
    this.#bytesSinceEntry += batch.bytes;
    this.#end = batch.position + batch.bytes;
  }

  /** What lies before `position` and was not added is no batch. */
  skipTo(position: number): void {
    this.#end = position;
  }

  /** The segment gets no more batches. */
  seal(): void {
    this.times.append(this.#maxTimestamp, this.#maxTimestampOffset);
  }

  /** Everything up to the last entry is counted, that entry's batch included. */
  resumeAt(last: BatchHeader): this {
    this.#end = last.position + last.bytes;
    this.#bytesSinceEntry = last.bytes;
    this.#maxTimestamp = this.times.last?.timestamp ?? NO_TIMESTAMP;
    this.#maxTimestampOffset = this.times.last?.offset ?? this.#maxTimestampOffset;
    return this;
  }

  /** Everything is counted: the segment is rolled. */
  complete(segment: SegmentState): this {
    this.#end = segment.bytes;
    this.#maxTimestamp = segment.maxTimestamp;
    this.#maxTimestampOffset = segment.maxTimestampOffset;
    return this;
  }
}

/** The index that two files hold, as far as `counts` vouches; undefined when they cannot be right. */
export function indexFromFiles(
  segment: SegmentState,
  counts: IndexedCounts,
  files: { readonly offsets: Buffer; readonly times: Buffer },
): SegmentIndex | undefined {
  const offsetBytes = counts.offsetEntries * OFFSET_ENTRY_BYTES;
  const timeBytes = counts.timeEntries * TIME_ENTRY_BYTES;
  if (files.offsets.length < offsetBytes || files.times.length < timeBytes) return undefined;
  const offsets = new OffsetIndex(segment.baseOffset, files.offsets.subarray(0, offsetBytes));
  const times = new TimeIndex(segment.baseOffset, files.times.subarray(0, timeBytes));
  if (!offsets.isPlausible(segment.bytes, segment.lastOffset)) return undefined;
  if (!times.isPlausible(segment.lastOffset, segment.maxTimestamp)) return undefined;
  const index = new SegmentIndex(segment.baseOffset, offsets, times);
  index.saved = counts;
  return index;
}
