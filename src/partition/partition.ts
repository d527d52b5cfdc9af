/**
 * Partition: the owner of one partition's order. Offsets are given here, synchronously, and nowhere else.
 *
 *   append ─► admission ─► producer state ─► journal frame ─► tail          (one turn, no await)
 *   (a topic with checks: admission-queue.ts)   │ durable
 *   read  ◄─ tail or segments ◄─ high watermark ◄┘
 *
 * Invariants
 *   P1  offsets are dense: a batch gets logEndOffset as its base, and they are never un-assigned
 *   P2  logStartOffset ≤ lastStableOffset ≤ highWatermark ≤ logEndOffset, and none of them ever falls
 *   P3  highWatermark moves only when a frame is durable; nothing at or above it is ever read. Only what a relaxed topic
 *       (`gregor.flush=os`, `interval`) was sent counts once it is written, and never past a batch that waits for its sync
 *   P4  the place in the journal, the producer's state and the tail change in the same turn
 *   P5  read-committed readers stop at the oldest transaction that is not durably decided: stable-offsets.ts
 */
import { assert, ownCopy } from '../base/index.ts';
import type { BufferPool } from '../env/index.ts';
import type { AppendOptions, BatchEntry, Frame, Journal } from '../journal/index.ts';
import {
  type CheckOptions,
  type Duplicate,
  LeaderEpochs,
  type LogState,
  type PartitionLog,
  ProducerState,
} from '../log/index.ts';
import { KafkaError, RecordBatch, RecordsRefused, readMarker } from '../protocol/index.ts';
import { admit } from './admission.ts';
import { AdmissionQueue } from './admission-queue.ts';
import { type Looked, settingsChanged } from './batch-check.ts';
import type { CheckRoom } from './check-room.ts';
import type { DedupeRule, Found } from './dedupe.ts';
import type { DedupeMemory } from './dedupe-memory.ts';
import type { PartitionConfig } from './partition-config.ts';
import { PartitionIds } from './partition-ids.ts';
import { StableOffsets } from './stable-offsets.ts';
import { Tail } from './tail.ts';
import { Waiters } from './waiters.ts';

/** Below, a checksum is calculated again sooner than it is joined. Admission has checked it, or it is our own. */
const KNOWN_CRC_FROM = 64 * 1024;

/** The window has let go of the ids of its records since. */
const UNKNOWN_PLACE = { baseOffset: -1, lastOffset: -1, logAppendTimeMs: -1 };

/** Where an append landed. */
export interface Appended {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** −1 on CreateTime topics. */
  readonly logAppendTimeMs: number;
  /** What must be durable before anyone hears of it; undefined: it is already. */
  readonly frame: Frame | undefined;
}

/** What is known of a produce request besides its records. */
export interface ClientAppend extends CheckOptions {
  /** Nobody else has or changes these bytes any more. */
  readonly given?: boolean;
}

/** What admission needs of a batch that waited. */
export interface CheckedAppend extends ClientAppend {
  /** Throws what refuses the batch; asked in the turn of its admission. */
  readonly mayEnter?: (batch: RecordBatch) => void;
  /** The partition that takes what the check refused. Throws a definite KafkaError. */
  readonly deadLetters: (topic: string) => Partition;
}

/** `committed_only`: nothing but committed records and markers, for readers that know nothing of transactions. */
export type Isolation = 'read_uncommitted' | 'read_committed' | 'committed_only';

/** A batch entry that remembers whose it is, so that a durable frame finds its partitions without a look-up. */
export interface OwnedEntry extends BatchEntry {
  readonly owner: Partition;
  /** True when it may be read and acknowledged before its sync (`gregor.flush`). */
  readonly isRelaxed?: boolean;
}

export interface PartitionParts {
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
  /** Why clients' batches are refused now; undefined: there is room. */
  readonly full: () => KafkaError | undefined;
  /** What all batches that wait for checks share. */
  readonly checkRoom: CheckRoom;
  readonly dedupe: DedupeMemory;
  readonly buffers: BufferPool;
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
  readonly #stable: StableOffsets;
  leaderEpoch: number;
  readonly #journal: () => Journal;
  readonly #tell: (bytes: number) => void;
  readonly #full: () => KafkaError | undefined;
  readonly #checkRoom: CheckRoom;
  #queue: AdmissionQueue | undefined;
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
    this.#tell = parts.took;
    this.#full = parts.full;
    this.#checkRoom = parts.checkRoom;
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
    this.#mustExist();
    assert(!this.isChecked, 'records that a check must see first');
    return this.#enter(admit(records, this.config, now), now, options);
  }

  /** True: what clients send must wait for a check, or for batches that do, and `appendChecked` takes it. */
  get isChecked(): boolean {
    return this.config.check !== undefined || this.#queue?.isEmpty === false;
  }

  /**
   * Takes the records of a client's produce request where they are checked. Their place in the order is fixed in the turn of
   * the call; they get their offsets when their check, and those of all before them, have ended. Rejects with a definite KafkaError.
   */
  async appendChecked(records: Buffer, now: number, options: CheckedAppend): Promise<Appended> {
    this.#mustExist();
    const batch = admit(records, this.config, now);
    const crowded = this.#checkRoom.refusal();
    if (crowded !== undefined) {
      this.producers.refused(batch, now);
      throw crowded;
    }
    const kept = options.given === true ? batch : RecordBatch.at(ownCopy(batch.bytes), 0);
    const { check } = this.config;
    this.#queue ??= new AdmissionQueue(this.#checkRoom, this.index);
    return this.#queue.enter(kept, check, (looked) => {
      this.#mustExist();
      options.mayEnter?.(kept);
      const { beginsAtZero = false } = options;
      return this.#enter(kept, now, { beginsAtZero, given: true }, looked, () =>
        options.deadLetters(check!.deadLetterTopic!),
      );
    });
  }

  /** Undefined: another batch may come to wait for its check. Otherwise resolves when it may. */
  whenCheckable(): Promise<void> | undefined {
    return this.#queue === undefined ? undefined : this.#checkRoom.whenFree(this.#queue);
  }

  /** Nobody waits for a check any more: all are refused with this. */
  endChecks(error: KafkaError): void {
    this.#queue?.end(error);
  }

  /** Admission, in one turn: room, sequence, offset. */
  #enter(
    batch: RecordBatch,
    now: number,
    options: ClientAppend,
    looked?: Looked,
    deadLetters?: () => Partition,
  ): Appended {
    const full = this.#full();
    if (full !== undefined) {
      this.producers.refused(batch, now);
      throw full;
    }
    const { dedupe } = this.config;
    if (dedupe !== undefined) return this.#appendOnce(batch, dedupe, now, options, looked);
    const known = this.producers.check(batch, now, options);
    if (known.kind === 'duplicate') return this.#again(known);
    if (looked?.kind === 'refused') throw new RecordsRefused('INVALID_RECORD', looked.refused, looked.count);
    try {
      return looked?.kind === 'parted'
        ? this.#placeParted(RecordBatch.at(looked.rest, 0), deadLetters!(), looked.dead, now)
        : this.#place(batch, now, options);
    } catch (error) {
      this.producers.refused(batch, now);
      throw error;
    }
  }

  /** The batch is the one that was appended with this sequence. */
  #again({ baseOffset, lastOffset, timestamp }: Duplicate): Appended {
    const logAppendTimeMs = this.#appendTime(timestamp);
    return { baseOffset, lastOffset, logAppendTimeMs, frame: this.#frameOf(lastOffset) };
  }

  /** As `append`, for a topic that deduplicates: of each id one record. */
  #appendOnce(
    batch: RecordBatch,
    rule: DedupeRule,
    now: number,
    options: ClientAppend,
    looked?: Looked,
  ): Appended {
    // A retry whose answer was lost: it was taken, whatever the topic asks for by now.
    if (this.producers.isBehind(batch, now)) return this.#there(batch, this.ids.findAll(rule, batch, now));
    const known = this.producers.check(batch, now, options);
    if (known.kind === 'duplicate') return this.#again(known);
    if (looked?.kind === 'refused') throw new RecordsRefused('INVALID_RECORD', looked.refused, looked.count);
    const decision = this.ids.decide(rule, batch, now, this.config.maxMessageBytes);
    if (decision.kind === 'duplicates') {
      this.#skip(batch, decision.first.offset, now);
      return this.#there(batch, decision.first);
    }
    try {
      // It was parted for the dead letters that the topic had when it came, before it began to deduplicate.
      if (looked?.kind === 'parted') throw settingsChanged();
      if (decision.kind === 'held') throw decision.error;
      return this.#place(decision.batch, now, { ...options, before: this.ids.before(decision.ids) });
    } catch (error) {
      this.producers.refused(batch, now);
      throw error;
    } finally {
      this.ids.dropNext();
    }
  }

  /** Nothing is appended; the producer's sequence moves on, durably (I7). */
  #skip(batch: RecordBatch, lastOffset: number, now: number): void {
    const { producerId, producerEpoch, baseSequence, lastSequence } = batch;
    if (producerId < 0 || baseSequence < 0) return;
    const { topicId, index: partition } = this;
    const moved = { producerId, producerEpoch, lastSequence, lastOffset, timestamp: now };
    const entry = { kind: 'producer-state', topicId, partition, ...moved } as const;
    this.#advancedIn = this.#journal().append(entry).frame;
    this.producers.advance(entry, now);
    this.#tell(0); // a checkpoint that marks behind the frame releases it
  }

  /** Nothing was appended for it: told once all that this rests on is durable. No `first`: nobody knows any more where its records are. */
  #there({ lastOffsetDelta }: RecordBatch, first: Found | undefined): Appended {
    const frame = this.pendingFrame;
    if (first === undefined) return { ...UNKNOWN_PLACE, frame };
    const { offset: baseOffset, time } = first;
    const lastOffset = baseOffset + lastOffsetDelta;
    return { baseOffset, lastOffset, logAppendTimeMs: this.#appendTime(time), frame };
  }

  /** Takes a batch that the broker itself made (metadata, groups, markers): no client checks, may use the reserve. */
  appendOwn(bytes: Buffer, now: number): Appended {
    this.#mustExist();
    return this.#place(RecordBatch.at(bytes, 0), now, { privileged: true });
  }

  #place(batch: RecordBatch, now: number, options: AppendOptions): Appended {
    const entry = this.entryFor(batch, this.logEndOffset);
    if (options.privileged !== true && (this.config.flush ?? 'ack') !== 'ack')
      return this.#placeRelaxed({ ...entry, isRelaxed: true }, batch, now, options);
    const known = batch.sizeInBytes >= KNOWN_CRC_FROM ? batch.known : undefined;
    const placed = this.#journal().append(entry, batch.bytes, { ...options, known }); // throws before anything changed: definite
    this.take(entry, placed.bytes, placed.frame, now);
    return {
      baseOffset: entry.baseOffset,
      lastOffset: entry.lastOffset,
      logAppendTimeMs: this.#appendTime(batch.maxTimestamp),
      frame: placed.frame,
    };
  }

  /** What is left of a batch and its dead letters: one frame where one can hold them, else the letters come first. */
  #placeParted(rest: RecordBatch, letters: Partition, dead: Buffer, now: number): Appended {
    const journal = this.#journal();
    const deadEntry = letters.entryFor(RecordBatch.at(dead, 0), letters.logEndOffset);
    if (!journal.fitsOneFrame(rest.sizeInBytes + dead.length, 2)) {
      const placed = journal.append(deadEntry, dead, { given: true });
      letters.take(deadEntry, placed.bytes, placed.frame, now);
      return this.#place(rest, now, { given: true });
    }
    const entry = this.entryFor(rest, this.logEndOffset);
    const group = [
      { entry, bytes: rest.bytes },
      { entry: deadEntry, bytes: dead },
    ];
    const { bytes, frame } = journal.commit(group);
    this.take(entry, bytes[0]!, frame, now);
    letters.take(deadEntry, bytes[1]!, frame, now);
    const { baseOffset, lastOffset } = entry;
    return { baseOffset, lastOffset, logAppendTimeMs: this.#appendTime(rest.maxTimestamp), frame };
  }

  #placeRelaxed(entry: OwnedEntry, batch: RecordBatch, now: number, options: AppendOptions): Appended {
    const placed = this.#journal().append(entry, batch.bytes, { ...options, relaxed: true });
    const frame = placed.frame.whenWritten;
    this.take(entry, placed.bytes, frame, now);
    const { baseOffset, lastOffset } = entry;
    return { baseOffset, lastOffset, logAppendTimeMs: this.#appendTime(batch.maxTimestamp), frame };
  }

  /** What the journal is told of a batch that gets `baseOffset`. Changes nothing. */
  entryFor(batch: RecordBatch, baseOffset: number): OwnedEntry {
    this.#mustExist();
    const marker = batch.isControl ? readMarker(batch) : undefined;
    return {
      kind: 'batch',
      owner: this,
      topicId: this.topicId,
      partition: this.index,
      leaderEpoch: this.leaderEpoch,
      attributes: batch.attributes,
      baseOffset,
      lastOffset: baseOffset + batch.lastOffsetDelta,
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      maxTimestamp: batch.maxTimestamp,
      markerType: marker?.markerType ?? -1,
      coordinatorEpoch: marker?.coordinatorEpoch ?? -1,
    };
  }

  /** The batch has its place in the frame: its bytes get their offset, and memory follows (P4). */
  take(entry: OwnedEntry, bytes: Buffer, frame: Frame, now: number): void {
    const stored = RecordBatch.at(bytes, 0);
    stored.baseOffset = entry.baseOffset;
    stored.leaderEpoch = this.leaderEpoch;
    this.#took(entry, bytes, frame.sequence, now);
    this.ids.count(entry, now);
    this.#lastFrame = frame;
    if (entry.isRelaxed !== true) this.#strictEnd = this.logEndOffset;
  }

  /** Loads the producers that the manifest's snapshot knows. Before replay. */
  async restoreProducers(): Promise<void> {
    const snapshot = await this.log.readSnapshot();
    if (snapshot !== undefined) this.producers.restore(snapshot);
  }

  reconfigure(config: PartitionConfig, now: number): void {
    this.config = config;
    if (config.dedupe === undefined && this.ids.forget(this.#journal(), now)) this.#tell(0);
  }

  /**
   * A batch from the journal: at start-up, in order. Those that the segments already hold only renew producer state.
   * A producer counts as alive `now`: record timestamps are the client's and may be years old, and a producer that was
   * forgotten too early would get its retry appended a second time.
   */
  replay(entry: BatchEntry, bytes: Buffer, sequence: number, now: number): void {
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
    this.#took(entry, bytes, sequence, now);
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
  #took(entry: BatchEntry, bytes: Buffer, sequence: number, now: number): void {
    this.#assignEpoch(entry);
    const completed = entry.producerId >= 0 ? this.producers.replay(entry, now) : undefined;
    if (completed !== undefined) this.#stable.ended(completed);
    const { baseOffset, lastOffset, maxTimestamp } = entry;
    const aborted = completed?.isAborted === true ? completed : undefined;
    this.tail.push({ bytes, baseOffset, lastOffset, maxTimestamp, sequence, aborted });
    this.logEndOffset = lastOffset + 1;
    this.#tell(bytes.length);
  }

  #assignEpoch({ leaderEpoch, baseOffset }: BatchEntry): void {
    if (leaderEpoch > this.epochs.latestEpoch) this.epochs.assign(leaderEpoch, baseOffset);
  }

  /** A frame with a batch that ends at `lastOffset` is durable. Waiters are woken by the caller, once all have moved. */
  durableTo(lastOffset: number): void {
    assert(lastOffset < this.logEndOffset, 'P2'); // P2
    if (lastOffset < this.highWatermark) return;
    this.highWatermark = lastOffset + 1;
    this.#stable.move(this.#bounds);
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

  #frameOf(lastOffset: number): Frame | undefined {
    return lastOffset < this.highWatermark ? undefined : this.#lastFrame;
  }

  /** What must be durable before a statement about the present state may leave. */
  get pendingFrame(): Frame | undefined {
    const batch = this.highWatermark === this.logEndOffset ? undefined : this.#lastFrame;
    const moved = this.#advancedIn;
    return batch === undefined || (moved !== undefined && moved.sequence > batch.sequence) ? moved : batch;
  }

  #appendTime(timestamp: number): number {
    return this.config.timestampType === 'LogAppendTime' ? timestamp : -1;
  }

  #mustExist(): void {
    if (this.deleted) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'the topic was deleted');
  }
}
