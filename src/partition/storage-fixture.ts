/** StorageFixture: a folder in memory that dies and is opened again, with a clock that stands still. Only tests import it. */
import assert from 'node:assert/strict';
import type { EventSink } from '../base/index.ts';
import type { Clock, Disk, Environment, File } from '../env/index.ts';
import { type BatchRecord, decodeRecords, encodeBatch, forEachBatch, readMarker } from '../protocol/index.ts';
import { openStorage } from './open.ts';
import type { PartitionConfig } from './partition-config.ts';
import type { Partition } from './partition.ts';
import { durable } from './durable.ts';
import type { Partitions } from './partitions.ts';
import { read, readWithAborted } from './reading.ts';
import { DEFAULT_STORAGE, type StorageOptions } from './storage-options.ts';

const KIB = 1024;
/** Type of a marker. */
const ABORT = 0;
export const TOPIC = 'ab'.repeat(16);
export const CONFIG: PartitionConfig = {
  maxMessageBytes: 1024 * KIB,
  compression: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
  segmentBytes: KIB,
  segmentMs: 604_800_000,
  indexIntervalBytes: 256,
  producerExpirationMs: 86_400_000,
  fetchIsolation: 'client',
};
export const SMALL: StorageOptions = {
  ...DEFAULT_STORAGE,
  journal: {
    ...DEFAULT_STORAGE.journal,
    limitBytes: 1024 * KIB,
    fileBytes: 256 * KIB,
    stepBytes: 128 * KIB,
    frameTargetBytes: 32 * KIB,
    reserveBytes: 32 * KIB,
    sealAfterMs: 1_000_000,
  },
};

/** Thrown by no one: a dead process just stops. */
const never = () => new Promise<never>(() => {});

export class StorageWorld {
  readonly disk: Disk;
  readonly told: string[] = [];
  now = 1_700_000_000_000;
  /** Verbs that change the disk, of the life that runs. */
  changes = 0;
  config: PartitionConfig;
  readonly #env: Environment;
  #partitions: Partitions | undefined;
  readonly #options: StorageOptions;
  /** Grows with every life: a dead one's verbs have no effect. */
  #life = 0;

  /** `env`: one with a disk in memory; its clock is not used. */
  constructor(
    env: Environment,
    config: Partial<PartitionConfig> = {},
    options: Partial<StorageOptions> = {},
  ) {
    this.#env = env;
    this.disk = env.disk;
    this.config = { ...CONFIG, ...config };
    this.#options = { ...SMALL, ...options };
  }

  readonly events: EventSink = (_level, message) => void this.told.push(message);

  /** A new life, which stops for ever before the change numbered `diesAt`. */
  async open(diesAt = Number.POSITIVE_INFINITY): Promise<{ partitions: Partitions; partition: Partition }> {
    const life = ++this.#life;
    this.changes = 0;
    const change = <T>(work: () => Promise<T>): Promise<T> =>
      life !== this.#life || this.changes >= diesAt ? never() : (this.changes++, work());
    const disk = dyingDisk(this.disk, change);
    const env: Environment = { ...this.#env, disk, clock: this.#clock() };
    const { partitions } = await openStorage(env, this.events, this.#options, this.config);
    this.#partitions = partitions;
    return { partitions, partition: partitions.host(TOPIC, 0, this.config) };
  }

  #clock(): Clock {
    const monotonic = () => this.now;
    const now = () => this.now;
    return { now, monotonic, sleep: never, after: () => () => {}, turn: () => this.#env.clock.turn() };
  }

  /** Lets everything run that can. */
  moment(): Promise<void> {
    return this.#env.clock.turn();
  }

  /** Appends one batch and waits until it is durable; its base offset. */
  async append(
    partition: Partition,
    records: readonly Partial<BatchRecord>[],
    more: Partial<Parameters<typeof encodeBatch>[0]> = {},
  ): Promise<number> {
    const whole = records.map((record) => ({
      key: null,
      value: null,
      headers: [],
      timestamp: this.now,
      ...record,
    }));
    const bytes = encodeBatch({ records: whole, ...more });
    const ready = () => this.#partitions!.whenReady(bytes.length);
    for (let wait = ready(); wait !== undefined; wait = ready()) await wait;
    const { baseOffset, frame } = partition.append(bytes, this.now);
    await durable([frame]);
    return baseOffset;
  }
}

/** Every record that can be read from `offset` on: from segments wherever they have it, so that memory hides nothing. */
export async function readAll(
  partition: Partition,
  offset = partition.logStartOffset,
): Promise<BatchRecord[]> {
  const records: BatchRecord[] = [];
  for (let at = offset; at < partition.highWatermark; ) {
    const { log } = partition;
    const parts =
      at < log.logEndOffset && !partition.deleted
        ? [await log.read(at, 4 * KIB, log.logEndOffset)]
        : await read(partition, at, 4 * KIB, 'read_uncommitted');
    if (parts.length === 0) throw new Error(`nothing to read at ${at} of ${partition.highWatermark}`);
    for (const bytes of parts)
      forEachBatch(bytes, (batch) => {
        for (const record of decodeRecords(batch, 1024 * KIB)) if (record.offset >= at) records.push(record);
        at = batch.lastOffset + 1;
      });
  }
  return records;
}

/** What a client that reads committed keeps of one answer: the way of Kafka's own consumer. */
async function seenByClient(partition: Partition, offset: number, maxBytes: number) {
  const { records, aborted } = await readWithAborted(partition, offset, maxBytes, 'read_committed');
  for (const [n, { producerId, firstOffset }] of aborted.entries()) {
    const before = aborted[n - 1];
    const isInOrder =
      before === undefined ||
      before.producerId < producerId ||
      (before.producerId === producerId && before.firstOffset < firstOffset);
    assert.ok(isInOrder, 'R2: by producer, then by offset');
  }
  const queue = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<number>();
  const seen: BatchRecord[] = [];
  let position = offset;
  for (const part of records)
    forEachBatch(part, (batch) => {
      while (queue[0] !== undefined && queue[0].firstOffset <= batch.lastOffset)
        aborting.add(queue.shift()!.producerId);
      position = batch.lastOffset + 1;
      if (batch.isControl) {
        if (readMarker(batch)?.markerType === ABORT) aborting.delete(batch.producerId);
        return;
      }
      if (batch.isTransactional && aborting.has(batch.producerId)) return;
      for (const record of decodeRecords(batch, 1024 * KIB)) if (record.offset >= offset) seen.push(record);
    });
  return { records: seen, position };
}

/** All that it keeps up to the last stable offset. */
export async function committedFrom(
  partition: Partition,
  from: number,
  maxBytes: number,
): Promise<BatchRecord[]> {
  const records: BatchRecord[] = [];
  for (let position = from; position < partition.lastStableOffset; ) {
    const seen = await seenByClient(partition, position, maxBytes);
    assert.ok(seen.position > position, `a reader stands still at ${position}`);
    records.push(...seen.records);
    position = seen.position;
  }
  return records;
}

/** Waits until the life's work is done (true) or its time to die has come. */
export async function lived(storage: StorageWorld, diesAt: number, work: Promise<unknown>): Promise<boolean> {
  const moment = () => storage.moment();
  let isDone = false;
  const done = work.then(() => {
    isDone = true;
  });
  while (!isDone && storage.changes < diesAt) await Promise.race([done, moment()]);
  for (let n = 0; n < 5; n++) await moment();
  return isDone;
}

type Change = <T>(work: () => Promise<T>) => Promise<T>;

function dyingDisk(disk: Disk, change: Change): Disk {
  return {
    open: async (path, options) => {
      const file =
        options?.create === true ? await change(() => disk.open(path, options)) : await disk.open(path);
      return dyingFile(file, change);
    },
    list: (directory) => disk.list(directory),
    makeDirectory: (path) => change(() => disk.makeDirectory(path)),
    rename: (from, to) => change(() => disk.rename(from, to)),
    remove: (path) => change(() => disk.remove(path)),
    syncDirectory: (path) => change(() => disk.syncDirectory(path)),
    syncAll: () => change(() => disk.syncAll()),
    space: () => disk.space(),
    lock: async () => ({ isHeld: async () => true, release: async () => {} }),
  };
}

function dyingFile(file: File, change: Change): File {
  return {
    get size() {
      return file.size;
    },
    read: (position, length, pool) => file.read(position, length, pool),
    write: (position, parts) => change(() => file.write(position, parts)),
    sync: () => change(() => file.sync()),
    truncate: (size) => change(() => file.truncate(size)),
    close: () => file.close(),
  };
}
