/**
 * Partition: the owner of one partition's order. Offsets are given here, synchronously, and nowhere else.
 *
 *   append -> intake.ts -> placement.ts: journal frame -> take: tail, producers, ids        (one turn, no await)
 *                                          | durable
 *   read  <- tail or segments <- high watermark <+
 *
 * Invariants
 *   P1  offsets are dense: a batch gets logEndOffset as its base, and they are never un-assigned
 *   P2  logStartOffset <= lastStableOffset <= highWatermark <= logEndOffset, and none of them ever falls
 *   P3  highWatermark moves only when a frame is durable; nothing at or above it is ever read. Only what a relaxed topic
 *       (`gregor.flush=os`, `interval`) was sent counts once it is written, and never past a batch that waits for its sync
 *   P4  the place in the journal, the producer's state and the tail change in the same turn
 *   P5  read-committed readers stop at the oldest transaction that is not durably decided: stable-offsets.ts
 */
import { assert } from '../base/index.ts';
import type { BufferPool } from '../env/index.ts';
import {
  type BatchEntry,
  type BatchFields,
  type Frame,
  Held,
  type Journal,
  type ReferenceEntry,
  type TakenFrame,
} from '../journal/index.ts';
import { LeaderEpochs, type LogState, type PartitionLog, type Plan, ProducerState } from '../log/index.ts';
import { KafkaError, RecordBatch } from '../protocol/index.ts';
import type { DedupeMemory } from './dedupe-memory.ts';
import { DirectWrites } from './direct-writes.ts';
import { type CheckedAppend, type ClientAppend, Intake, type IntakeParts } from './intake.ts';
import type { PartitionConfig } from './partition-config.ts';
import { PartitionIds } from './partition-ids.ts';
import { type Appended, type OwnedEntry, type OwnedReference, place } from './placement.ts';
import { StableOffsets } from './stable-offsets.ts';
import { Tail } from './tail.ts';
import type { TailBatch } from './tail-batches.ts';
import { Waiters } from './waiters.ts';

/** `committed_only`: nothing but committed records and markers, for readers that know nothing of transactions. */
export type Isolation = 'read_uncommitted' | 'read_committed' | 'committed_only';

export interface PartitionParts extends IntakeParts {
  readonly topicId: string;
  readonly index: number;
  /** The journal is there once replay is over. */
  readonly journal: () => Journal;
  readonly log: PartitionLog;
  readonly state: LogState;
  readonly producers: ProducerState;
  readonly config: PartitionConfig;
  readonly leaderEpoch: number;
  /** Told of every batch that memory takes. */
  readonly took: (bytes: number) => void;
  readonly dedupe: DedupeMemory;
  readonly buffers: BufferPool;
  /** `gregor.direct.batch.bytes`: a batch of this size goes straight into its segment. */
  readonly directFrom: number;
}

export class Partition {
  readonly topicId: string;
  readonly index: number;
  readonly log: PartitionLog;
  readonly producers: ProducerState;
  readonly epochs: LeaderEpochs;
  readonly tail: Tail;
  readonly waiters = new Waiters();
  config: PartitionConfig;
  /** True from the moment its topic is deleted: it takes and gives nothing more. */
  deleted = false;
  logStartOffset: number;
  /** Exclusive: the offset that the next record gets. */
  logEndOffset: number;
  /** Exclusive: everything below is durable. */
  highWatermark: number;
  readonly ids: PartitionIds;
  readonly directFrom: number;
  /** There once the first large batch has come. */
  direct: DirectWrites | undefined;
  readonly #stable: StableOffsets;
  leaderEpoch: number;
  readonly #journal: () => Journal;
  readonly #tell: (bytes: number) => void;
  readonly #intake: Intake;
  #lastFrame: Frame | undefined;
  /** The newest in which a producer's sequence moved without a batch. */
  #advancedIn: Frame | undefined;
  /** Exclusive: below it lies a batch that must be durable before the high watermark passes it. */
  #strictEnd = 0;

  constructor(parts: PartitionParts) {
    this.topicId = parts.topicId;
    this.index = parts.index;
    this.log = parts.log;
    this.tail = new Tail(parts.buffers);
    this.producers = parts.producers;
    this.config = parts.config;
    this.leaderEpoch = parts.leaderEpoch;
    this.#journal = parts.journal;
    this.directFrom = parts.directFrom;
    this.#tell = parts.took;
    this.#intake = new Intake(this, parts);
    const { topicId, index, dedupe: memory } = parts;
    this.ids = new PartitionIds({ topicId, index, memory, rule: () => this.config.dedupe });
    this.epochs = new LeaderEpochs(parts.state.epochs);
    this.logStartOffset = parts.state.logStartOffset;
    this.logEndOffset = parts.log.logEndOffset;
    this.highWatermark = this.logEndOffset;
    this.#stable = new StableOffsets(this.highWatermark);
  }

  /** Exclusive: every transaction below is decided, durably. Without open transactions, the high watermark. */
  get lastStableOffset(): number {
    return this.#stable.lastStableOffset;
  }

  get journal(): Journal {
    return this.#journal();
  }

  get #bounds() {
    const { logStartOffset, highWatermark } = this;
    return { logStartOffset, highWatermark, firstOpenOffset: this.producers.firstOpenOffset };
  }

  endOffset(isolation: Isolation): number {
    if (isolation === 'committed_only') return this.#stable.committedEnd;
    return isolation === 'read_committed' ? this.lastStableOffset : this.highWatermark;
  }

  /**
   * Takes the records of a client's produce request. Synchronous: when it returns, the batch has its place.
   * Throws a definite KafkaError when nothing was appended.
   */
  append(records: Buffer, now: number, options: ClientAppend = {}): Appended {
    return this.#intake.append(records, now, options);
  }

  /** True: what clients send must wait for a check, or for batches that do, and `appendChecked` takes it. */
  get isChecked(): boolean {
    return this.#intake.isChecked;
  }

  /**
   * Takes the records of a client's produce request where they are checked. Their place in the order is fixed in the turn of
   * the call; they get their offsets when their check, and those of all before them, have ended. Rejects with a definite KafkaError.
   */
  appendChecked(records: Buffer, now: number, options: CheckedAppend): Promise<Appended> {
    return this.#intake.appendChecked(records, now, options);
  }

  /** Undefined: another batch may come to wait for its check. Otherwise resolves when it may. */
  whenCheckable(): Promise<void> | undefined {
    return this.#intake.whenCheckable();
  }

  /** Nobody waits for a check any more: all are refused with this. */
  endChecks(error: KafkaError): void {
    this.#intake.endChecks(error);
  }

  /** Takes a batch that the broker itself made (metadata, groups, markers): no client checks, may use the reserve. */
  appendOwn(bytes: Buffer, now: number): Appended {
    this.mustExist();
    return place(this, RecordBatch.at(bytes, 0), now, { privileged: true });
  }

  /** Nothing of the batch is appended; its producer's sequence moves on, durably (I7). */
  skip(batch: RecordBatch, lastOffset: number, now: number): void {
    const { producerId, producerEpoch, baseSequence, lastSequence } = batch;
    if (producerId < 0 || baseSequence < 0) return;
    const { topicId, index: partition } = this;
    const moved = { producerId, producerEpoch, lastSequence, lastOffset, timestamp: now };
    const entry = { kind: 'producer-state', topicId, partition, ...moved } as const;
    this.#advancedIn = this.journal.append(entry).frame;
    this.producers.advance(entry, now);
    this.#tell(0); // a checkpoint that marks behind the frame releases it
  }

  /** The batch has its place in the frame: its bytes get their offset, and memory follows (P4). */
  take(entry: OwnedEntry | OwnedReference, held: Held, frame: Frame, now: number): void {
    RecordBatch.stamp(held.memory, held.at, entry.baseOffset, this.leaderEpoch);
    this.#took(entry, held, frame.sequence, now);
    this.ids.count(entry, now);
    this.#lastFrame = frame;
    if (entry.kind === 'reference' || entry.isRelaxed !== true) this.#strictEnd = this.logEndOffset;
  }

  /** These batches, the last of which `frame` refers to, go to their segments as planned in this turn. */
  writeDirectly(plan: Plan, batches: readonly TailBatch[], frame: TakenFrame): void {
    this.direct ??= new DirectWrites(this.log, this.tail);
    this.journal.writesElsewhere(this.direct.begin(plan, batches, frame));
  }

  /** Loads the producers that the manifest's snapshot knows. Before replay. */
  async restoreProducers(): Promise<void> {
    const snapshot = await this.log.readSnapshot();
    if (snapshot !== undefined) this.producers.restore(snapshot);
  }

  reconfigure(config: PartitionConfig, now: number): void {
    this.config = config;
    if (config.dedupe === undefined && this.ids.forget(this.journal, now)) this.#tell(0);
  }

  /**
   * A batch from the journal: at start-up, in order. Those that the segments already hold only renew producer state.
   * A producer counts as alive `now`: record timestamps are the client's and may be years old, and a producer that was
   * forgotten too early would get its retry appended a second time.
   */
  replay(entry: BatchEntry | ReferenceEntry, bytes: Buffer | undefined, sequence: number, now: number): void {
    this.ids.count(entry, now);
    if (entry.lastOffset < this.logStartOffset) return;
    if (entry.baseOffset < this.logEndOffset) {
      assert(entry.lastOffset < this.logEndOffset, 'a replayed batch lies half in the segments');
      this.#assignEpoch(entry); // the manifest may name bytes of the segment that were written after its mark
      this.producers.replay(entry, now);
      return;
    }
    assert(entry.baseOffset === this.logEndOffset || this.logEndOffset === this.logStartOffset, 'P1'); // P1
    this.logEndOffset = entry.baseOffset;
    assert(bytes !== undefined, 'a batch that is in a segment which no entry names');
    this.#took(entry, Held.of(bytes), sequence, now);
    this.highWatermark = this.logEndOffset;
  }

  /** A log start from the journal: at start-up, in order with the batches. */
  replayLogStart(offset: number): void {
    this.#beginAt(Math.min(offset, this.highWatermark));
    this.log.setLogStart(this.logStartOffset);
  }

  /** Replay is over: everything that was read is durable. Only now can be said how far readers get (P5). */
  replayed(): Promise<void> {
    return this.#stable.restore(this.#bounds, async (offset) => {
      const inSegments = await this.log.abortedBetween(offset, Number.POSITIVE_INFINITY);
      const newest = inSegments.at(-1)?.lastOffset ?? offset - 1;
      return [...inSegments, ...this.tail.aborted.filter(({ lastOffset }) => lastOffset > newest)];
    });
  }

  /** Memory follows, in this turn (P4). */
  #took(entry: BatchFields, held: Held, sequence: number, now: number): void {
    this.#assignEpoch(entry);
    const completed = entry.producerId >= 0 ? this.producers.replay(entry, now) : undefined;
    if (completed !== undefined) this.#stable.ended(completed);
    const aborted = completed?.isAborted === true ? completed : undefined;
    this.tail.push(entry, held, sequence, aborted);
    this.logEndOffset = entry.lastOffset + 1;
    this.#tell(held.length);
  }

  #assignEpoch({ leaderEpoch, baseOffset }: BatchFields): void {
    if (leaderEpoch > this.epochs.latestEpoch) this.epochs.assign(leaderEpoch, baseOffset);
  }

  /**
   * A frame with a batch that ends at `lastOffset` is durable. True: the high watermark moved, and waiters are woken by the caller, once
   * all have moved.
   */
  durableTo(lastOffset: number): boolean {
    assert(lastOffset < this.logEndOffset, 'P2'); // P2
    if (lastOffset < this.highWatermark) return false;
    this.highWatermark = lastOffset + 1;
    this.#stable.move(this.#bounds);
    return true;
  }

  /** A relaxed batch that ends at `lastOffset` is written. */
  writtenTo(lastOffset: number): void {
    if (this.highWatermark >= this.#strictEnd) this.durableTo(lastOffset);
  }

  raiseLogStart(offset: number): void {
    assert(offset <= this.highWatermark, 'P2'); // P2
    if (this.#beginAt(offset)) this.#stable.move(this.#bounds);
  }

  /** True: the start has moved. */
  #beginAt(offset: number): boolean {
    if (offset <= this.logStartOffset) return false;
    this.logStartOffset = offset;
    this.epochs.raiseStart(offset);
    return true;
  }

  /** What must be durable before a batch that ends there may be spoken of; undefined: it is. */
  frameOf(lastOffset: number): Frame | undefined {
    return lastOffset < this.highWatermark ? undefined : this.#lastFrame;
  }

  /** What must be durable before a statement about the present state may leave. */
  get pendingFrame(): Frame | undefined {
    const batch = this.highWatermark === this.logEndOffset ? undefined : this.#lastFrame;
    const moved = this.#advancedIn;
    return batch === undefined || (moved !== undefined && moved.sequence > batch.sequence) ? moved : batch;
  }

  /** What a client is told as the time of its append. */
  appendTime(timestamp: number): number {
    return this.config.timestampType === 'LogAppendTime' ? timestamp : -1;
  }

  /** Throws when its topic was deleted. */
  mustExist(): void {
    if (this.deleted) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'the topic was deleted');
  }
}
