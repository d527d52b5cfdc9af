/**
 * Partitions: every partition of one folder, the journal that they share, and what happens when a frame is durable.
 *
 * Invariants
 *   H1  all high watermarks of a frame move in one turn, before any waiter wakes
 *   H2  after a disk error nothing is appended any more (fail-stop), and everyone who waits hears of it
 */
import { assert, type EventSink } from '../base/index.ts';
import { type DiskLock, type Environment, isDiskFull } from '../env/index.ts';
import type { Entry, Frame, Journal } from '../journal/index.ts';
import { FileCache, type LogState, PartitionLog, ProducerState, removeOrphans } from '../log/index.ts';
import { KafkaError, NOTHING_WRITTEN } from '../protocol/index.ts';
import type { Checkpointer, PinnedCheckpoint } from './checkpointer.ts';
import { CheckRoom } from './check-room.ts';
import { Compaction } from './compaction.ts';
import { DedupeMemory } from './dedupe-memory.ts';
import { Disposal } from './disposal.ts';
import { Expiry } from './expiry.ts';
import type { PartitionConfig } from './partition-config.ts';
import { Partition } from './partition.ts';
import { type OwnBatch, type OwnedEntry, placeTogether } from './placement.ts';
import type { StorageOptions } from './storage-options.ts';

export interface PartitionsParts {
  readonly env: Environment;
  readonly events: EventSink;
  readonly options: StorageOptions;
  readonly clusterId: string;
  readonly leaderEpoch: number;
  /** Whether the folder is still the one that was opened. */
  readonly lock: DiskLock;
  /** Aborted when nothing is to be waited for any more. */
  readonly stopped: AbortController;
}

/** A marker's batch takes 78 bytes, its entry in the frame's footer 112. */
const MARKER_BYTES = 192;
/** Of a frame, for its header and the record that goes with the markers. */
const BESIDE_MARKERS_BYTES = 4096;
/** How often is looked at what is due. */
const TEND_MS = 1_000;
const FOLDER_GONE =
  'the data folder was removed or replaced while it was in use. Put it back if you can, then start again';
/** The first look for expired segments comes this early, as in Kafka (`log.initial.task.delay.ms`). */
const FIRST_EXPIRY_MS = 30_000;

export class Partitions {
  readonly clusterId: string;
  readonly leaderEpoch: number;
  readonly #parts: PartitionsParts;
  readonly files: FileCache;
  readonly #topics = new Map<string, (Partition | undefined)[]>();
  #journal!: Journal;
  #checkpointer!: Checkpointer;
  readonly #disposal: Disposal;
  readonly #expiry: Expiry;
  #expiring: Promise<void> | undefined;
  readonly #compaction: Compaction;
  readonly #dedupe: DedupeMemory;
  #compacting: Promise<number> | undefined;
  /** Set when the disk's reserve is touched: produce is refused with this. */
  #full: KafkaError | undefined;
  readonly #checkRoom: CheckRoom;
  readonly #stopped: AbortController;
  /** Produce requests that wait until memory has room. */
  readonly #waitingForTail: (() => void)[] = [];
  #wantsAnother = false;
  #wantsAnotherFlush = false;
  /** Called once when the journal stopped for good. */
  onFailed: (error: KafkaError) => void = () => {};

  constructor(parts: PartitionsParts) {
    this.#parts = parts;
    assert(this.markersPerFrame > 0, 'frames too small for the end of a transaction');
    this.#stopped = parts.stopped;
    this.clusterId = parts.clusterId;
    this.leaderEpoch = parts.leaderEpoch;
    this.#checkRoom = new CheckRoom(parts.options.checkBytes);
    this.files = new FileCache(parts.env.disk, parts.options.openFilesMax);
    this.#disposal = new Disposal(parts.env.clock, parts.events);
    this.#dedupe = new DedupeMemory(parts.options.dedupeBytes, parts.events);
    this.#expiry = new Expiry({
      clock: parts.env.clock,
      events: parts.events,
      all: () => this.all(),
      deleteRecords: (partition, offset) => this.deleteRecords(partition, offset),
    });
    this.#compaction = new Compaction({
      disk: parts.env.disk,
      clock: parts.env.clock,
      events: parts.events,
      mapBytes: parts.options.cleanerMapBytes,
      all: () => this.all(),
      changed: (partition) => this.#checkpointer.changed(partition),
    });
  }

  /** Where files wait that no manifest names any more. */
  get disposal(): Disposal {
    return this.#disposal;
  }

  /** From now on appends go to this journal. Called once, by open. */
  attach(journal: Journal, checkpointer: Checkpointer): void {
    this.#journal = journal;
    this.#checkpointer = checkpointer;
    checkpointer.onFlushed = () => this.#afterFlush();
    journal.onWritten = (frame) => this.#written(frame.entries as readonly OwnedEntry[]);
    journal.onDurable = (frame) => this.#durable(frame.entries as readonly Entry[]);
    journal.onLowSpace = () => {
      if (!checkpointer.isRunning) this.#wantCheckpoint();
    };
    journal.onFailed = (error) => {
      this.#stopped.abort();
      this.#afterFlush();
      this.onFailed(error);
    };
  }

  find(topicId: string, index: number): Partition | undefined {
    return this.#topics.get(topicId)?.[index];
  }

  *all(): Iterable<Partition> {
    for (const topic of this.#topics.values())
      for (const partition of topic) if (partition !== undefined) yield partition;
  }

  topicIds(): Iterable<string> {
    return this.#topics.keys();
  }

  get journal(): Journal {
    return this.#journal;
  }

  /** Makes room in memory for a partition: a new one, or one that the manifest or the journal knows. */
  host(topicId: string, index: number, config: PartitionConfig, known?: LogState): Partition {
    const existing = this.find(topicId, index);
    if (existing !== undefined) return existing;
    const { env, events } = this.#parts;
    const state = known ?? { topicId, partition: index, logStartOffset: 0, segments: [], epochs: [] };
    const partition = new Partition({
      topicId,
      index,
      journal: () => this.#journal,
      log: new PartitionLog(env, events, this.files, state, logOptions(config)),
      state,
      producers: new ProducerState({ expirationMs: config.producerExpirationMs }),
      config,
      leaderEpoch: this.leaderEpoch,
      took: (bytes) => this.#checkpointer?.took(partition, bytes),
      full: () => this.#full,
      checkRoom: this.#checkRoom,
      dedupe: this.#dedupe,
      buffers: env.buffers,
    });
    const topic = this.#topics.get(topicId) ?? [];
    topic[index] = partition;
    this.#topics.set(topicId, topic);
    return partition;
  }

  reconfigure(topicId: string, config: PartitionConfig): void {
    for (const partition of this.#topics.get(topicId) ?? []) {
      if (partition === undefined) continue;
      partition.reconfigure(config, this.#parts.env.clock.now());
      partition.producers.setExpiration(config.producerExpirationMs);
      partition.log.setOptions(logOptions(config));
    }
  }

  /** Forgets a deleted topic. Its files go with the next checkpoint: until then the manifest on disk may name them. */
  drop(topicId: string): void {
    const topic = this.#topics.get(topicId) ?? [];
    this.#topics.delete(topicId);
    for (const partition of topic) {
      if (partition === undefined) continue;
      partition.deleted = true;
      partition.endChecks(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'the topic was deleted'));
      this.#checkpointer?.forget(partition);
      this.#dedupe.forget(partition.ids);
      partition.waiters.wakeAll();
    }
  }

  /** So many markers, and a record that goes with them, surely fit into one frame: no group for `commit` may be larger. */
  get markersPerFrame(): number {
    const { frameTargetBytes } = this.#parts.options.journal;
    return Math.floor((frameTargetBytes - BESIDE_MARKERS_BYTES) / MARKER_BYTES);
  }

  /**
   * Batches that the broker itself made, of any partitions, in one frame: all become durable and readable in one turn,
   * or none ever does. Throws a definite KafkaError when nothing was appended. One alone may be larger than a frame's target.
   */
  commit(group: readonly OwnBatch[], now: number): Frame {
    const [first] = group;
    if (group.length === 1) return first!.partition.appendOwn(first!.bytes, now).frame!;
    return placeTogether(this.#journal, group, now, { privileged: true });
  }

  /** Moves the log start up, durably. Resolves with the new log start. */
  async deleteRecords(partition: Partition, offset: number): Promise<number> {
    if (offset > partition.logStartOffset) {
      const entry = {
        kind: 'log-start',
        topicId: partition.topicId,
        partition: partition.index,
        logStartOffset: offset,
      } as const;
      const { frame } = this.#journal.append(entry, undefined, { privileged: true });
      this.#checkpointer.changed(partition); // a checkpoint that marks behind this frame releases it
      await frame.durable;
      partition.raiseLogStart(offset);
      partition.log.setLogStart(partition.logStartOffset);
      this.#checkpointer.changed(partition);
    }
    return partition.logStartOffset;
  }

  /** Why clients' batches are refused now. */
  get full(): KafkaError | undefined {
    return this.#full;
  }

  /** Undefined: `bytes` can be appended now. Otherwise resolves when it is worth trying. */
  whenReady(bytes: number): Promise<void> | undefined {
    if (this.#full !== undefined) return undefined; // the append itself gives the definite answer
    if (this.#isTailFull && !this.#stopped.signal.aborted) {
      this.#flush();
      return new Promise((resolve) => this.#waitingForTail.push(resolve));
    }
    const covered = this.#journal.whenCovered(bytes);
    if (covered !== undefined) this.#wantCheckpoint();
    return covered;
  }

  get #isTailFull(): boolean {
    return this.#checkpointer.tailBytes > this.#parts.options.tailBytes;
  }

  /** A flush that begins from now on: one that is running may have looked before the newest frame was durable. */
  #flush(): void {
    if (this.#stopped.signal.aborted) return; // whoever closes the folder writes everything himself
    if (this.#checkpointer.isFlushing) {
      this.#wantsAnotherFlush = true;
      return;
    }
    this.#background(this.#checkpointer.flush());
  }

  /** Memory may have been let go. What is not durable yet stays: then the next durable frame flushes again. */
  #afterFlush(): void {
    if (!this.#isTailFull || this.#stopped.signal.aborted)
      for (const wake of this.#waitingForTail.splice(0)) wake();
    if (!this.#wantsAnotherFlush) return;
    this.#wantsAnotherFlush = false;
    if (this.#checkpointer.wantsFlush) this.#flush();
  }

  /** A checkpoint that begins from now on: one that is running may have marked too early to make room. */
  #wantCheckpoint(): void {
    if (this.#checkpointer.isRunning) {
      this.#wantsAnother = true;
      return;
    }
    this.#background(
      this.#checkpointer.checkpoint().then(() => {
        if (!this.#wantsAnother) return;
        this.#wantsAnother = false;
        this.#wantCheckpoint();
      }),
    );
  }

  /** Everything that is durable now goes to segments, and the journal behind it is free. */
  checkpoint(): Promise<void> {
    return this.#checkpointer.checkpoint();
  }

  /** What relaxed topics were sent counts from now on; the sync is still to come. */
  #written(entries: readonly OwnedEntry[]): void {
    const relaxed = entries.filter(({ kind, isRelaxed }) => kind === 'batch' && isRelaxed === true);
    for (const { owner, lastOffset } of relaxed) owner.writtenTo(lastOffset);
    for (const { owner } of relaxed) owner.waiters.wakeAll();
  }

  #durable(entries: readonly Entry[]): void {
    for (const entry of entries)
      if (entry.kind === 'batch') (entry as OwnedEntry).owner.durableTo(entry.lastOffset); // H1
    for (const entry of entries) if (entry.kind === 'batch') (entry as OwnedEntry).owner.waiters.wakeAll();
    if (this.#checkpointer.wantsFlush) this.#flush();
    if (this.#journal.usedBytes > this.#parts.options.journal.limitBytes / 2 && !this.#checkpointer.isRunning)
      this.#wantCheckpoint();
  }

  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) this.#parts.env.fatal(error);
    });
  }

  /** Checkpoints on time, looks at the disk's free space, lets old data go. Runs until stop or failure. */
  async tend(): Promise<void> {
    const { clock } = this.#parts.env;
    const { signal } = this.#stopped;
    const { checkpointMs, retentionCheckMs, cleanerBackoffMs } = this.#parts.options;
    let compactionAt = clock.monotonic() + cleanerBackoffMs;
    let checkpointAt = clock.monotonic() + checkpointMs;
    let expiryAt = clock.monotonic() + Math.min(retentionCheckMs, FIRST_EXPIRY_MS);
    for (let isFirst = true; ; isFirst = false) {
      await clock.sleep(TEND_MS, signal);
      if (signal.aborted) return;
      if (!(await this.#parts.lock.isHeld())) this.#journal.halt(new Error(FOLDER_GONE));
      if (signal.aborted) return;
      if (isFirst) this.#background(this.tidy()); // not sooner: whoever starts shall answer first
      await this.lookAtSpace().catch((error: unknown) =>
        this.#parts.events('warn', 'the disk does not say how full it is', { error: String(error) }),
      );
      void this.#disposal.run();
      this.#parts.env.buffers.shrink();
      if (clock.monotonic() >= expiryAt) {
        expiryAt = clock.monotonic() + retentionCheckMs;
        this.#background(this.expire());
      }
      if (clock.monotonic() >= compactionAt && this.#compacting === undefined) {
        compactionAt = clock.monotonic() + cleanerBackoffMs;
        this.#background(this.compact());
      }
      if (clock.monotonic() < checkpointAt || !this.#checkpointer.isDirty) continue;
      checkpointAt = clock.monotonic() + checkpointMs;
      if (!this.#checkpointer.isRunning) this.#wantCheckpoint();
    }
  }

  /** Cleans the compacted logs that are due. Answers the passes that were completed. */
  compact(): Promise<number> {
    this.#compacting ??= this.#compaction.run(this.#stopped.signal).finally(() => {
      this.#compacting = undefined;
    });
    return this.#compacting;
  }

  /** Removes what an earlier life left behind: folders that nothing names, then files in the folders of the others. */
  async tidy(): Promise<void> {
    const { env, events } = this.#parts;
    const known = () => [...this.all(), ...this.#checkpointer.doomed].map(({ log }) => log);
    await removeOrphans(env.disk, this.files, events, known);
    for (const partition of [...this.all()]) {
      if (this.#stopped.signal.aborted) return;
      if (!partition.deleted) await partition.log.tidy();
    }
  }

  /** Lets go of what the topics' settings no longer keep. Callers that come while it runs get the same run. */
  expire(): Promise<void> {
    this.#expiring ??= this.#expiry.run(this.#stopped.signal).finally(() => {
      this.#expiring = undefined;
    });
    return this.#expiring;
  }

  /** Of the volume that the folder is on. */
  space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return this.#parts.env.disk.space();
  }

  async lookAtSpace(): Promise<void> {
    const { freeBytes, totalBytes } = await this.space();
    const reserve = Math.min(this.#parts.options.diskReserveBytes, totalBytes * 0.02);
    const wasFull = this.#full !== undefined;
    this.#full =
      freeBytes < reserve
        ? new KafkaError(
            'KAFKA_STORAGE_ERROR',
            `disk below its reserve: ${gibibytes(freeBytes)} GiB free; ${NOTHING_WRITTEN}`,
          )
        : undefined;
    if (this.#full !== undefined && !wasFull) {
      for (const wake of this.#waitingForTail.splice(0)) wake(); // who waited is refused now
      this.#parts.events(
        'warn',
        `Disk below its reserve: ${gibibytes(freeBytes)} GiB free. Produce is refused, reads go on, produce resumes by itself.`,
        { freeBytes, reserve },
      );
    }
    if (this.#full === undefined && wasFull)
      this.#parts.events('info', 'Disk above its reserve again: produce goes on.', { freeBytes, reserve });
  }

  /** How far the journal has grown, and what waits for its segments. */
  progress() {
    const { usedBytes, capacityBytes: fileBytes } = this.#journal;
    const { isRunning, finishedAt, tailBytes: waitingBytes } = this.#checkpointer;
    const { limitBytes } = this.#parts.options.journal;
    return {
      journal: { usedBytes, fileBytes, limitBytes },
      checkpoint: { isRunning, finishedAt, waitingBytes },
      dedupe: this.#dedupe.progress,
    };
  }

  /** A checkpoint of now whose files stay until its release. One that fails ends the broker, whoever asked for it (D5). */
  pin(): Promise<PinnedCheckpoint> {
    const pinned = this.#checkpointer.pin();
    this.#background(pinned);
    return pinned;
  }

  /** Writes nothing more and waits for nothing. */
  abandon(): void {
    this.#stopped.abort();
    this.#journal.abandon();
    this.#endChecks();
  }

  #endChecks(): void {
    const stopping = new KafkaError('KAFKA_STORAGE_ERROR', `the broker stops; ${NOTHING_WRITTEN}`);
    for (const partition of this.all()) partition.endChecks(stopping);
  }

  /**
   * Everything durable, in segments, and the folder marked as cleanly closed. What finds no room on a full disk stays in the
   * journal, where the next start finds it; the folder is not marked then.
   */
  async close(): Promise<void> {
    this.#stopped.abort();
    this.#journal.stopTaking();
    this.#endChecks();
    await this.#compacting?.catch(() => 0); // it has reported by itself, and ends soon
    const isSaved = await this.#whereThereIsRoom(() => this.#saveAll());
    const start = await this.#journal.close();
    if (isSaved)
      await this.#whereThereIsRoom(async () => {
        for (const partition of this.all()) await partition.log.close(); // index files complete, so that nothing is made up at the next start
        await this.#checkpointer.writeManifest(start, true);
      });
    await this.#disposal.finish();
    await this.files.close();
  }

  async #saveAll(): Promise<void> {
    // One that runs may have marked earlier, or have been begun by somebody else: what it takes is no longer dirty, and not saved.
    do await this.#checkpointer.checkpoint();
    while (this.#checkpointer.isDirty || this.#checkpointer.isRunning);
  }

  /** False: the disk is full, which is told. */
  async #whereThereIsRoom(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#parts.events(
        'warn',
        'The disk is full: the folder is closed without a last checkpoint. Nothing is lost, the next start replays the journal.',
        { error: String(error) },
      );
      return false;
    }
  }
}

function logOptions(config: PartitionConfig) {
  return {
    segmentBytes: config.segmentBytes,
    segmentMs: Math.min(config.segmentMs, config.compaction?.maxLagMs ?? Number.POSITIVE_INFINITY),
    segmentJitterMs: config.segmentJitterMs ?? 0,
    indexIntervalBytes: config.indexIntervalBytes,
  };
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
