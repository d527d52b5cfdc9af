/**
 * Facts: what has been told of each log, by whatever answer reached any client. The model that all checkers share.
 *
 * A log is one partition of one topic id: a topic that was deleted and made again is another log.
 */
export interface Fact {
  readonly value: string;
  readonly timestamp: number;
  readonly leaderEpoch: number;
  /** Base offset of its batch. */
  readonly baseOffset: number;
}

export type BatchKind = 'idempotent' | 'plain' | 'acks=0' | 'malformed';

/** One batch of a producer, sent at least once. */
export interface SentBatch {
  readonly producer: string;
  readonly kind: BatchKind;
  readonly log: LogFacts;
  readonly values: readonly string[];
  readonly timestamp: number;
  readonly producerId: number;
  readonly baseSequence: number;
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
  /** Damage was done to its files: it may be refused, and must not be wrong. */
  mayBeDamaged = false;

  constructor(topic: string, topicId: string, partition: number) {
    this.topic = topic;
    this.topicId = topicId;
    this.partition = partition;
  }

  get name(): string {
    return `${this.topic}-${this.partition} (${this.topicId.slice(0, 6)})`;
  }

  now(): ReadStart {
    const { highWatermark, acknowledgedEnd, lastStableOffset, logStartOffset } = this;
    return { highWatermark: Math.max(highWatermark, acknowledgedEnd), lastStableOffset, logStartOffset };
  }
}
