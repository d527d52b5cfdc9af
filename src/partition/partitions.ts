/**
 * Partitions: every partition of one folder, the journal that they share, and what happens when a frame is durable.
 *
 * Invariants
 *   H1  all high watermarks of a frame move in one turn, before any waiter wakes
 *   H2  after a disk error nothing is appended any more (fail-stop), and everyone who waits hears of it
 */
import { assert, type EventSink } from '../base/index.ts';
import type { DiskLock, Environment } from '../env/index.ts';
import type { Entry, Frame, Journal } from '../journal/index.ts';
import { FileCache, type LogState, PartitionLog, ProducerState } from '../log/index.ts';
import { KafkaError, NOTHING_WRITTEN } from '../protocol/index.ts';
import type { Checkpointer, PinnedCheckpoint } from './checkpointer.ts';
import { CheckRoom } from './check-room.ts';
import { cleanClose } from './clean-close.ts';
import { DedupeMemory } from './dedupe-memory.ts';
import { DiskReserve } from './disk-reserve.ts';
import type { PartitionConfig } from './partition-config.ts';
import { Partition } from './partition.ts';
import { type OwnBatch, type OwnedEntry, type OwnedReference, placeTogether } from './placement.ts';
import type { StorageOptions } from './storage-options.ts';
import { Upkeep } from './upkeep.ts';
import { WriteBehind } from './write-behind.ts';

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
  /** The disk changes nothing any more (PatientDisk). */
  readonly letGo: () => Promise<void>;
}

/** A marker's batch takes 78 bytes, its entry in the frame's footer 112. */
const MARKER_BYTES = 192;
/** Of a frame, for its header and the record that goes with the markers. */
const BESIDE_MARKERS_BYTES = 4096;

export class Partitions {
  readonly clusterId: string;
  readonly leaderEpoch: number;
  readonly #parts: PartitionsParts;
  readonly files: FileCache;
  readonly #topics = new Map<string, (Partition | undefined)[]>();
  #journal!: Journal;
  #checkpointer!: Checkpointer;
  #writeBehind!: WriteBehind;
  readonly reserve: DiskReserve;
  readonly upkeep: Upkeep;
  readonly #dedupe: DedupeMemory;
  readonly #checkRoom: CheckRoom;
  readonly #stopped: AbortController;
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
    this.#dedupe = new DedupeMemory(parts.options.dedupeBytes, parts.events);
    const { env, events, options, lock, stopped } = parts;
    this.reserve = new DiskReserve({
      disk: env.disk,
      events,
      reserveBytes: options.diskReserveBytes,
      onFull: () => this.#writeBehind.wake(),
    });
    this.upkeep = new Upkeep({
      env,
      events,
      options,
      lock,
      files: this.files,
      reserve: this.reserve,
      stopped: stopped.signal,
      all: () => this.all(),
      deleteRecords: (partition, offset) => this.deleteRecords(partition, offset),
      checkpointer: () => this.#checkpointer,
      writeBehind: () => this.#writeBehind,
      halt: (error) => this.#journal.halt(error),
      background: (work) => this.#background(work),
    });
  }

  /** From now on appends go to this journal. Called once, by open. */
  attach(journal: Journal, checkpointer: Checkpointer): void {
    this.#journal = journal;
    this.#checkpointer = checkpointer;
    this.#writeBehind = new WriteBehind({
      journal,
      checkpointer,
      options: this.#parts.options,
      stopped: this.#stopped.signal,
      isFull: () => this.reserve.full !== undefined,
      background: (work) => this.#background(work),
    });
    journal.onWritten = (frame) => this.#written(frame.entries as readonly OwnedEntry[]);
    journal.onDurable = (frame) => this.#durable(frame);
    journal.onLowSpace = () => this.#writeBehind.requireCheckpoint();
    journal.onFailed = (error) => {
      this.#stopped.abort();
      this.#writeBehind.wake();
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
      full: () => this.reserve.full,
      checkRoom: this.#checkRoom,
      dedupe: this.#dedupe,
      buffers: env.buffers,
      directFrom: this.#parts.options.directBytes,
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

  /** Undefined: `bytes` can be appended now. Otherwise resolves when it is worth trying. */
  whenReady(bytes: number): Promise<void> | undefined {
    return this.#writeBehind.whenReady(bytes);
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

  #durable({ sequence, entries }: { readonly sequence: number; readonly entries: readonly Entry[] }): void {
    const moved: Partition[] = [];
    // From the newest: then each partition moves once.
    for (let n = entries.length - 1; n >= 0; n--) {
      const entry = entries[n]!;
      if (!isOwned(entry)) continue;
      const { owner, lastOffset } = entry;
      if (owner.durableTo(lastOffset)) moved.push(owner); // H1
      owner.direct?.durableTo(sequence);
    }
    for (const partition of moved) partition.waiters.wakeAll();
    this.#writeBehind.durable();
  }

  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) this.#parts.env.fatal(error);
    });
  }

  /** Of the volume that the folder is on. */
  space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    return this.#parts.env.disk.space();
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

  /** Writes nothing more and waits for nothing but what the disk does at this moment: then another may have the folder. */
  abandon(): Promise<void> {
    this.#stopped.abort();
    this.#journal.abandon();
    this.#endChecks();
    return this.#parts.letGo();
  }

  #endChecks(): void {
    const stopping = new KafkaError('KAFKA_STORAGE_ERROR', `the broker stops; ${NOTHING_WRITTEN}`);
    for (const partition of this.all()) partition.endChecks(stopping);
  }

  /** Takes work off `close` while all is still served. Waits no longer than this; what fails shows in `close`. */
  async prepareClose(waitMs: number): Promise<void> {
    if (this.reserve.full !== undefined) return;
    const done = new AbortController();
    const end = () => done.abort();
    void this.checkpoint().then(end, end);
    await this.#parts.env.clock.sleep(waitMs, done.signal);
  }

  /** Everything durable, in segments, and the folder marked as cleanly closed, where the disk has the room. */
  async close(): Promise<void> {
    this.#stopped.abort();
    this.#journal.stopTaking();
    this.#endChecks();
    await this.upkeep.cleaning;
    await cleanClose({
      events: this.#parts.events,
      journal: this.#journal,
      checkpointer: this.#checkpointer,
      all: () => this.all(),
    });
    await this.upkeep.disposal.finish();
    await this.files.close();
  }
}

function isOwned(entry: Entry): entry is OwnedEntry | OwnedReference {
  return entry.kind === 'batch' || entry.kind === 'reference';
}

function logOptions(config: PartitionConfig) {
  return {
    segmentBytes: config.segmentBytes,
    segmentMs: Math.min(config.segmentMs, config.compaction?.maxLagMs ?? Number.POSITIVE_INFINITY),
    segmentJitterMs: config.segmentJitterMs ?? 0,
    indexIntervalBytes: config.indexIntervalBytes,
  };
}
