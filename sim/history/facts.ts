/**
 * Facts: what has been told of each log, by whatever answer reached any client. The model that all checkers share.
 *
 * A log is one partition of one topic id: a topic that was deleted and made again is another log.
 */
import type { TransactionFacts } from './transaction-facts.ts';

export interface Fact {
  readonly value: string;
  readonly key: string | null;
  readonly timestamp: number;
  readonly leaderEpoch: number;
  /** Base offset of its batch. */
  readonly baseOffset: number;
}

/** What a topic's settings let go of, besides what somebody asks for. */
export interface Cleanup {
  /** By age, size, or because somebody asks: `delete` is among its policies. */
  readonly isDeleted: boolean;
  /** By age; −1: nothing. */
  readonly retentionMs: number;
  /** By size; −1: nothing. */
  readonly retentionBytes: number;
  /** By key; undefined: nothing. */
  readonly compaction: { readonly minLagMs: number; readonly deleteRetentionMs: number } | undefined;
}

/** Within which an id is known on a topic with `gregor.dedupe.by=key`; Infinity: for ever. */
export interface DedupeWindow {
  /** So many others may follow it. */
  readonly count: number;
  readonly ms: number;
}

/** A topic whose records must be JSON objects with a member that some of them have not. */
export interface CheckFacts {
  readonly reject: 'error' | 'deadletter';
  /** Of all records. */
  readonly badShare: number;
  /** Checks may end with their thread: then a batch is refused that nobody could look at. */
  readonly threadsDie: boolean;
}

export type BatchKind = 'idempotent' | 'plain' | 'acks=0' | 'malformed' | 'transactional';

/** One batch of a producer, sent at least once. */
export interface SentBatch {
  readonly producer: string;
  readonly kind: BatchKind;
  readonly log: LogFacts;
  /** The texts of its records, no two alike; see values.ts for tombstones. */
  readonly values: readonly string[];
  /** Of each record. */
  readonly keys: readonly (string | null)[];
  /** Of each record. */
  readonly timestamps: readonly number[];
  readonly producerId: number;
  readonly baseSequence: number;
  /** When it was made: wall time of a clock that never jumps. */
  readonly madeAt: number;
  /** That it is part of, when it is transactional. */
  readonly transaction?: TransactionFacts | undefined;
  /** Number of this batch among those of its producer, in the order of making. */
  readonly order: number;
  readonly attempts: Attempt[];
  /** The connection that it went over the last time: acks=0 keeps the order of a connection only. */
  connection: string;
  /** What was acknowledged: the base offset; −1: acknowledged without one (a duplicate beyond the window). */
  acknowledged: number | undefined;
}

/** One time that a batch was sent. */
export interface Attempt {
  /** Everything below was acknowledged before this attempt. */
  readonly acknowledgedBefore: number;
  /** Somebody had been told of a younger producer under the same transactional id. */
  readonly isFenced: boolean;
  outcome: 'open' | 'acknowledged' | 'definite' | 'indefinite';
}

/** What was true when a read request was sent: its answer must not be older. */
export interface ReadStart {
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
}

export class LogFacts {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  /** By offset. */
  readonly records: (Fact | undefined)[] = [];
  readonly sent = new Map<string, SentBatch>();
  /** Highest acknowledged offset + 1. */
  acknowledgedEnd = 0;
  /** The highest of each that any client was told. */
  highWatermark = 0;
  lastStableOffset = 0;
  logStartOffset = 0;
  /** What a DeleteRecords request asked for: the log may begin anywhere up to here. */
  mayStartAt = 0;
  /** Somebody asked to delete the topic: it may be gone. */
  mayBeGone = false;
  /** `gregor.flush` of its topic. */
  flush: 'ack' | 'os' | 'interval' = 'ack';
  /** What its topic's settings let go of; undefined: nothing. */
  cleanup: Cleanup | undefined;
  /** Its topic takes one record of each key; undefined: as many as come. */
  dedupe: DedupeWindow | undefined;
  /** What is asked of its records; undefined: nothing. */
  check: CheckFacts | undefined;
  /** It takes the dead letters of these. */
  deadOf: readonly LogFacts[] = [];
  /** From now on nothing excuses a late answer to who writes here. */
  mustBePrompt = false;
  /** Damage was done to its files: it may be refused, and must not be wrong. */
  mayBeDamaged = false;
  /** Transactions write to it. */
  isTransactional = false;

  constructor(topic: string, topicId: string, partition: number) {
    this.topic = topic;
    this.topicId = topicId;
    this.partition = partition;
  }

  /** Retention may move its start. */
  get mayExpire(): boolean {
    return this.cleanup !== undefined && Math.max(this.cleanup.retentionMs, this.cleanup.retentionBytes) >= 0;
  }

  /** Records may be missing between its start and its end. */
  get isCompacted(): boolean {
    return this.cleanup?.compaction !== undefined;
  }

  /** Records of a batch that was appended may be missing: `baseOffset` is the batch's, and they leave gaps. */
  get mayHaveGaps(): boolean {
    return this.isCompacted || this.dedupe !== undefined || this.check?.reject === 'deadletter';
  }

  get name(): string {
    return `${this.topic}-${this.partition} (${this.topicId.slice(0, 6)})`;
  }

  now(): ReadStart {
    const { highWatermark, acknowledgedEnd, lastStableOffset, logStartOffset } = this;
    return { highWatermark: Math.max(highWatermark, acknowledgedEnd), lastStableOffset, logStartOffset };
  }
}

/** In whose order its batches come: of a producer, and with acks=0 of a connection only. */
export function senderOf({ kind, producer, connection }: SentBatch): string {
  return kind === 'acks=0' ? `${producer} ${connection}` : producer;
}
