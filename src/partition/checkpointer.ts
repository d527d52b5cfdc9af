/**
 * Checkpointer: moves durable batches from the tail into segments, and makes the journal behind them free again.
 *
 *   flush       writes what is durable into segments (buffered), so that memory can be let go
 *   checkpoint  mark -> flush up to the mark -> sync -> producer snapshots -> manifest -> release the journal
 *               -> what no manifest names any more goes to the disposal
 *
 * Invariants
 *   C1  the manifest is written only after everything that it names is synced
 *   C2  the journal before a mark is released only after the manifest with that mark is durable
 *   C3  a producer snapshot holds exactly the frames up to the mark: it is encoded in the mark's turn
 *   C4  what is written to segments is durable, or counts only once its frame is (DirectWrites)
 *   C5  what a pinned checkpoint names stays on disk, byte for byte, until its release (FileCache F4)
 *   C6  a file is unlinked only after a manifest that does not name it is durable
 *   C7  after a checkpoint failed there is no other: what it should have synced is not certain any more (D5)
 */
import type { EventSink } from '../base/index.ts';
import type { Environment } from '../env/index.ts';
import type { Journal, JournalStart } from '../journal/index.ts';
import {
  type Detached,
  encodeDedupeSnapshot,
  type FileCache,
  type LogState,
  type Manifest,
  MANIFEST_VERSION,
  type ManifestContent,
} from '../log/index.ts';
import type { Disposal } from './disposal.ts';
import type { Partition } from './partition.ts';
import type { StorageOptions } from './storage-options.ts';

/** Above this many changed partitions one sync of the whole file system is cheaper than one each. */
const SYNC_ONE_BY_ONE_MAX = 250;
/** Segments of this many partitions are written or synced at a time, so that journal syncs never queue behind them. */
const IN_PARALLEL = 4;
/** Small batches by the ten thousand would be the work of one long turn. */
const IN_A_PIECE = 8_000;

export interface CheckpointerParts {
  readonly env: Environment;
  readonly events: EventSink;
  readonly options: StorageOptions;
  readonly journal: Journal;
  readonly manifest: Manifest;
  readonly files: FileCache;
  readonly disposal: Disposal;
  readonly identity: { readonly clusterId: string; readonly leaderEpoch: number };
  /** Every partition that exists now. */
  readonly all: () => Iterable<Partition>;
}

/** A checkpoint that is held: a backup copies what `content` names. */
export interface PinnedCheckpoint {
  readonly content: ManifestContent;
  readonly release: () => Promise<void>;
}

export class Checkpointer {
  readonly #parts: CheckpointerParts;
  readonly #dirty = new Set<Partition>();
  /** What the newest manifest says of each partition. */
  readonly #saved = new Map<Partition, LogState>();
  /** Deleted, but perhaps named by the manifest on disk. */
  readonly #doomed = new Set<Partition>();
  #flushing: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  /** C7 */
  #failed: { readonly cause: unknown } | undefined;
  /** By the wall clock, when the last checkpoint of this life was complete. */
  finishedAt: number | undefined;
  /** Bytes in all tails. */
  tailBytes = 0;

  constructor(parts: CheckpointerParts) {
    this.#parts = parts;
  }

  /** The state that the manifest on disk has for this partition. */
  restore(partition: Partition, state: LogState): void {
    this.#saved.set(partition, state);
  }

  took(partition: Partition, bytes: number): void {
    this.tailBytes += bytes;
    this.#dirty.add(partition);
  }

  changed(partition: Partition): void {
    this.#dirty.add(partition);
  }

  /** Its topic was deleted: the files go once no manifest names them. */
  forget(partition: Partition): void {
    this.#doomed.add(partition);
    this.#dirty.delete(partition);
    this.#saved.delete(partition);
    this.tailBytes -= partition.tail.bytes;
  }

  /** Deleted partitions whose files are still needed: the manifest on disk may name them. */
  get doomed(): Iterable<Partition> {
    return this.#doomed;
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0 || this.#doomed.size > 0;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** True once memory should be made free. */
  get wantsFlush(): boolean {
    return this.tailBytes > this.#parts.options.tailBytes / 2;
  }

  get isFlushing(): boolean {
    return this.#flushing !== undefined;
  }

  /** Told at the end of every flush, also of those that a checkpoint makes. */
  onFlushed: () => void = () => {};

  /** Writes durable batches to segments and lets older ones go. One at a time; callers share it. */
  flush(): Promise<void> {
    return this.#flushing ?? this.#begin([...this.#dirty]);
  }

  #begin(partitions: readonly Partition[]): Promise<void> {
    this.#flushing = this.#flush(partitions).finally(() => {
      this.#flushing = undefined;
      this.onFlushed();
    });
    return this.#flushing;
  }

  async #flush(partitions: readonly Partition[]): Promise<void> {
    // What earlier flushes wrote goes first: so the newest batches stay in memory for those who read the end.
    for (const partition of partitions) this.tailBytes -= partition.deleted ? 0 : partition.tail.releaseOld();
    await inParallel(partitions, (partition) => this.#write(partition));
    for (const { tail } of partitions) tail.age();
    if (this.tailBytes > this.#parts.options.tailBytes / 2)
      for (const partition of partitions) this.tailBytes -= partition.deleted ? 0 : partition.tail.release();
  }

  async #write(partition: Partition): Promise<void> {
    const { durableSequence } = this.#parts.journal;
    const settled = () => partition.direct?.whenSettled(durableSequence);
    for (;;) {
      // Handed in the turn of the look: a large batch takes with it what nobody writes yet.
      for (let wait = settled(); wait !== undefined; wait = settled()) await wait;
      if (partition.deleted) return;
      const batches = partition.tail.hand(durableSequence, IN_A_PIECE); // C4
      if (batches.length === 0) return;
      const living = batches.filter((batch) => batch.lastOffset >= partition.logStartOffset);
      await partition.log.write(living, this.#parts.env.clock.now());
      if (partition.deleted) return;
      partition.tail.wrote(batches.length);
    }
  }

  /** One checkpoint; callers that come while it runs get the same one. */
  checkpoint(): Promise<void> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed.cause as Error);
    this.#running ??= this.#checkpoint()
      .catch((cause: unknown) => {
        this.#failed = { cause };
        throw cause;
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** Everything that is durable now lies in segments, and what the manifest names stays until the release (C5). */
  async pin(): Promise<PinnedCheckpoint> {
    const release = this.#parts.files.pin();
    try {
      await this.#running; // it may have marked before this call
      await this.checkpoint();
      return { content: this.#parts.manifest.content!, release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  async #checkpoint(): Promise<void> {
    const { journal, env } = this.#parts;
    const partitions = [...this.#dirty].filter((partition) => !partition.deleted);
    this.#dirty.clear();
    const doomed = [...this.#doomed];
    const mark = journal.mark();
    const marked = new Map(partitions.map((partition) => [partition, snapshotOf(partition)])); // C3
    await mark.durable;
    while (this.#flushing !== undefined) await this.#flushing;
    await this.#begin(partitions);
    const states = new Map<Partition, LogState>();
    const retired = new Map<Partition, Detached>();
    for (const partition of partitions) {
      const written = partition.log.state();
      retired.set(partition, partition.log.takeRetired());
      const { snapshot, ids, epochs } = marked.get(partition)!;
      // Later than the mark: a log start whose frame lies before the mark took effect only when that was durable (K6).
      const { logStartOffset } = partition;
      const segments = written.segments.filter((segment) => segment.lastOffset >= logStartOffset);
      const producerSnapshotOffset = snapshot?.offset;
      const dedupeSnapshotOffset = ids?.offset;
      states.set(partition, {
        ...written,
        epochs,
        logStartOffset,
        segments,
        producerSnapshotOffset,
        dedupeSnapshotOffset,
      });
    }
    const together = partitions.length > SYNC_ONE_BY_ONE_MAX;
    await inParallel(partitions, async (partition) => {
      const { snapshot, ids } = marked.get(partition)!;
      if (partition.deleted) return;
      if (snapshot !== undefined) await partition.log.writeSnapshot(snapshot.offset, snapshot.bytes);
      if (ids !== undefined)
        await partition.log.writeDedupeSnapshot(ids.offset, encodeDedupeSnapshot(ids.captured));
      else partition.log.dropDedupeSnapshot();
      if (!together) await partition.log.sync();
    });
    if (together) await env.disk.syncAll();
    for (const [partition, state] of states) if (!partition.deleted) this.#saved.set(partition, state);
    await this.writeManifest(mark.start, false); // C1
    journal.release(mark); // C2
    this.finishedAt = env.clock.now();
    for (const [partition, { segments }] of states) {
      const newest = segments.at(-1);
      if (newest !== undefined) partition.log.saved(newest.baseOffset);
    }
    this.#disposeOf(doomed);
    for (const [partition, replaced] of retired) this.#dispose(partition, replaced); // C6
    for (const [partition, state] of states) await this.#trim(partition, state.logStartOffset); // C6
  }

  /** What lies below the log start that the manifest has now. */
  async #trim(partition: Partition, logStartOffset: number): Promise<void> {
    if (partition.deleted) return;
    this.#dispose(partition, await partition.log.detachBelow(logStartOffset));
  }

  #dispose({ log, config, deleted }: Partition, { count, unlink }: Detached): void {
    if (count > 0 && !deleted) this.#parts.disposal.add(log.directory, config.fileDeleteDelayMs ?? 0, unlink);
  }

  #disposeOf(doomed: readonly Partition[]): void {
    for (const partition of doomed) {
      this.#doomed.delete(partition);
      const { log, config } = partition;
      this.#parts.disposal.add(log.directory, config.fileDeleteDelayMs ?? 0, () => log.remove());
    }
  }

  /** The manifest as of the last checkpoint, with the journal beginning at `start`. */
  async writeManifest(start: JournalStart, clean: boolean): Promise<void> {
    const { identity, manifest } = this.#parts;
    const partitions: LogState[] = [];
    for (const partition of this.#parts.all()) {
      const state = this.#saved.get(partition);
      if (state !== undefined && !partition.deleted) partitions.push(state);
    }
    const content: ManifestContent = {
      version: MANIFEST_VERSION,
      clean,
      leaderEpoch: identity.leaderEpoch,
      clusterId: identity.clusterId,
      journal: start,
      partitions,
    };
    await manifest.write(content).catch((cause: unknown) => {
      this.#failed = { cause };
      throw cause;
    });
  }
}

/** What must be taken in the mark's turn: it would run ahead of the mark afterwards. */
function snapshotOf(partition: Partition) {
  const offset = partition.logEndOffset;
  const bytes = partition.producers.encodeSnapshot();
  const captured = partition.ids.capture();
  return {
    epochs: partition.epochs.list(),
    snapshot: bytes === undefined ? undefined : { offset, bytes },
    ids: captured === undefined ? undefined : { offset, captured },
  };
}

/** The first failure, once nothing runs any more: what is begun is not left alone. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const workers = Array.from({ length: Math.min(IN_PARALLEL, items.length) }, async () => {
    for (const item of queue) await work(item);
  });
  await Promise.allSettled(workers);
  await Promise.all(workers);
}
