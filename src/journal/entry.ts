/**
 * Entry: one thing that a frame makes durable. The footers of the frames alone rebuild every index and all producer state.
 *
 * A `reference` is a batch that lies in a segment already; the `segment` entries beside it say which segments its partition has from
 * then on, as a manifest would.
 */
export type Entry =
  | BatchEntry
  | ReferenceEntry
  | SegmentEntry
  | LogStartEntry
  | ProducerStateEntry
  | DedupeIdsEntry;

interface OfPartition {
  /** 32 hexadecimal digits. */
  readonly topicId: string;
  readonly partition: number;
}

/** What is known of a batch without opening it. */
export interface BatchFields extends OfPartition {
  readonly leaderEpoch: number;
  readonly attributes: number;
  readonly baseOffset: number;
  /** Inclusive. */
  readonly lastOffset: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly maxTimestamp: number;
  /** -1 no marker, 0 abort, 1 commit. */
  readonly markerType: number;
  readonly coordinatorEpoch: number;
}

/** A record batch, whose bytes are in the frame. */
export interface BatchEntry extends BatchFields {
  readonly kind: 'batch';
}

/** A record batch, whose bytes are in a segment, synced before the frame. */
export interface ReferenceEntry extends BatchFields {
  readonly kind: 'reference';
  readonly segmentBaseOffset: number;
  readonly segmentPosition: number;
  readonly segmentLength: number;
  /** The checksum in the batch's header, so that the reference is of this batch and no other. */
  readonly batchCrc: number;
}

/** A segment as it is once the references of this frame count. Everything in it is synced before the frame. */
export interface SegmentEntry extends OfPartition {
  readonly kind: 'segment';
  readonly baseOffset: number;
  readonly bytes: number;
  /** Inclusive. */
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  readonly maxTimestampOffset: number;
  /** By the wall clock; -1: not known. */
  readonly createdAt: number;
  /** Entries of its index of aborted transactions. */
  readonly aborted: number;
  /** Their checksum; -1: not known. */
  readonly abortedCrc: number;
}

/** The log of this partition begins here from now on. */
export interface LogStartEntry extends OfPartition {
  readonly kind: 'log-start';
  readonly logStartOffset: number;
}

/** A producer's sequence moved on without a batch. */
export interface ProducerStateEntry extends OfPartition {
  readonly kind: 'producer-state';
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly timestamp: number;
}

export interface DedupeIdsEntry extends OfPartition {
  readonly kind: 'dedupe-ids';
}

/** An entry as replay gives it: batches and ids come with their bytes. */
export interface ReplayedEntry {
  readonly entry: Entry;
  readonly bytes: Buffer | undefined;
}

/** One frame as replay gives it. */
export interface ReplayedFrame {
  readonly sequence: number;
  readonly entries: readonly ReplayedEntry[];
}
