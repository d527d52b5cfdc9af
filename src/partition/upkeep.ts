/**
 * Upkeep: what is done to a folder by the clock: checkpoints on time, a look at the disk's space, expired data and old versions go,
 * and what an earlier life left behind.
 */
import type { EventSink } from '../base/index.ts';
import type { DiskLock, Environment } from '../env/index.ts';
import { type FileCache, removeOrphans } from '../log/index.ts';
import type { Checkpointer } from './checkpointer.ts';
import { Compaction } from './compaction.ts';
import { Disposal } from './disposal.ts';
import type { DiskReserve } from './disk-reserve.ts';
import { Expiry } from './expiry.ts';
import type { Partition } from './partition.ts';
import type { StorageOptions } from './storage-options.ts';
import type { WriteBehind } from './write-behind.ts';

/** How often is looked at what is due. */
const TEND_MS = 1_000;
/** The first look for expired segments comes this early, as in Kafka (`log.initial.task.delay.ms`). */
const FIRST_EXPIRY_MS = 30_000;
const FOLDER_GONE =
  'the data folder was removed or replaced while it was in use. Put it back if you can, then start again';

export interface UpkeepParts {
  readonly env: Environment;
  readonly events: EventSink;
  readonly options: StorageOptions;
  readonly files: FileCache;
  /** Whether the folder is still the one that was opened. */
  readonly lock: DiskLock;
  readonly reserve: DiskReserve;
  readonly stopped: AbortSignal;
  readonly all: () => Iterable<Partition>;
  /** Raises the log start durably. */
  readonly deleteRecords: (partition: Partition, offset: number) => Promise<unknown>;
  /** There once replay is over. */
  readonly checkpointer: () => Checkpointer;
  readonly writeBehind: () => WriteBehind;
  /** Nothing is appended any more. */
  readonly halt: (error: Error) => void;
  /** Takes what runs by itself, and its failure. */
  readonly background: (work: Promise<unknown>) => void;
}

export class Upkeep {
  /** Where files wait that no manifest names any more. */
  readonly disposal: Disposal;
  readonly #parts: UpkeepParts;
  readonly #expiry: Expiry;
  #expiring: Promise<void> | undefined;
  readonly #compaction: Compaction;
  #compacting: Promise<number> | undefined;

  constructor(parts: UpkeepParts) {
    const { env, events, all, deleteRecords, options } = parts;
    const { clock, disk } = env;
    this.#parts = parts;
    this.disposal = new Disposal(clock, events);
    this.#expiry = new Expiry({ clock, events, all, deleteRecords });
    this.#compaction = new Compaction({
      disk,
      clock,
      events,
      mapBytes: options.cleanerMapBytes,
      all,
      changed: (partition) => parts.checkpointer().changed(partition),
    });
  }

  /** Runs until stop or failure. */
  async tend(): Promise<void> {
    const { env, events, options, lock, reserve, stopped, background } = this.#parts;
    const { clock } = env;
    let compactionAt = clock.monotonic() + options.cleanerBackoffMs;
    let checkpointAt = clock.monotonic() + options.checkpointMs;
    let expiryAt = clock.monotonic() + Math.min(options.retentionCheckMs, FIRST_EXPIRY_MS);
    for (let isFirst = true; ; isFirst = false) {
      await clock.sleep(TEND_MS, stopped);
      if (stopped.aborted) return;
      if (!(await lock.isHeld())) this.#parts.halt(new Error(FOLDER_GONE));
      if (stopped.aborted) return;
      if (isFirst) background(this.tidy()); // not sooner: whoever starts shall answer first
      await reserve
        .look()
        .catch((error: unknown) =>
          events('warn', 'the disk does not say how full it is', { error: String(error) }),
        );
      void this.disposal.run();
      env.buffers.shrink();
      if (clock.monotonic() >= expiryAt) {
        expiryAt = clock.monotonic() + options.retentionCheckMs;
        background(this.expire());
      }
      if (clock.monotonic() >= compactionAt && this.#compacting === undefined) {
        compactionAt = clock.monotonic() + options.cleanerBackoffMs;
        background(this.compact());
      }
      if (clock.monotonic() < checkpointAt || !this.#parts.checkpointer().isDirty) continue;
      checkpointAt = clock.monotonic() + options.checkpointMs;
      this.#parts.writeBehind().requireCheckpoint();
    }
  }

  /** Cleans the compacted logs that are due. Answers the passes that were completed. */
  compact(): Promise<number> {
    this.#compacting ??= this.#compaction.run(this.#parts.stopped).finally(() => {
      this.#compacting = undefined;
    });
    return this.#compacting;
  }

  /** Removes what an earlier life left behind: folders that nothing names, then files in the folders of the others. */
  async tidy(): Promise<void> {
    const { env, events, files, stopped, all, checkpointer } = this.#parts;
    const known = () => [...all(), ...checkpointer().doomed].map(({ log }) => log);
    await removeOrphans(env.disk, files, events, known);
    for (const partition of [...all()]) {
      if (stopped.aborted) return;
      if (!partition.deleted) await partition.log.tidy();
    }
  }

  /** Lets go of what the topics' settings no longer keep. Callers that come while it runs get the same run. */
  expire(): Promise<void> {
    this.#expiring ??= this.#expiry.run(this.#parts.stopped).finally(() => {
      this.#expiring = undefined;
    });
    return this.#expiring;
  }

  /** The cleaning that runs. It has been told to stop, and reports its failure by itself. */
  get cleaning(): Promise<number> | undefined {
    return this.#compacting?.catch(() => 0);
  }
}
