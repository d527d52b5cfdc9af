/** LogFixture: batches, logs and broken files for the tests of this room. Only tests import it. */
import { FileCache } from './file-cache.ts';
import type { EventSink } from '../base/index.ts';
import { BufferPool, type Disk } from '../env/index.ts';
import { encodeBatch } from '../protocol/index.ts';
import type { LogOptions, LogState, WritableBatch } from './log-state.ts';
import { PartitionLog } from './partition-log.ts';

export const TOPIC_ID = '0123456789abcdef0123456789abcdef';
export const NOW = 1_700_000_000_000;
export const OPTIONS: LogOptions = {
  segmentBytes: 4_096,
  segmentMs: 3_600_000,
  segmentJitterMs: 0,
  indexIntervalBytes: 256,
};
export const EMPTY_STATE: LogState = {
  topicId: TOPIC_ID,
  partition: 3,
  logStartOffset: 0,
  segments: [],
  epochs: [],
};

/** A batch whose records have these timestamps. */
export function batchOf(
  baseOffset: number,
  timestamps: readonly number[],
  valueBytes = 20,
  more: Partial<Parameters<typeof encodeBatch>[0]> = {},
): WritableBatch {
  const value = Buffer.alloc(valueBytes, `${baseOffset} `);
  const records = timestamps.map((timestamp) => ({ timestamp, key: null, value, headers: [] }));
  const bytes = encodeBatch({ records, baseOffset, leaderEpoch: 1, ...more });
  const lastOffset = baseOffset + timestamps.length - 1;
  return { bytes, baseOffset, lastOffset, maxTimestamp: Math.max(...timestamps) };
}

/** Batches of one record each, a second apart. */
export function run(baseOffset: number, count: number, valueBytes = 20): WritableBatch[] {
  return Array.from({ length: count }, (_, n) =>
    batchOf(baseOffset + n, [NOW + (baseOffset + n) * 1_000], valueBytes),
  );
}

export interface Told {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** One life of a log on a disk. */
export class LogWorld {
  readonly disk: Disk;
  readonly told: Told[] = [];
  readonly files: FileCache;
  readonly log: PartitionLog;
  /** What is released is overwritten: nobody may look at it any more. */
  readonly buffers = new BufferPool({ overwrites: true });
  monotonicMs = 0;

  constructor(
    disk: Disk,
    state: LogState = EMPTY_STATE,
    options: Partial<LogOptions> = {},
    limits: { readonly openFiles?: number; readonly indexEntries?: number } = {},
  ) {
    this.disk = disk;
    this.files = new FileCache(disk, limits.openFiles, limits.indexEntries);
    const env = {
      disk,
      buffers: this.buffers,
      clock: { now: () => NOW, monotonic: () => this.monotonicMs } as never,
    };
    this.log = new PartitionLog(env, this.events, this.files, state, { ...OPTIONS, ...options });
  }

  readonly events: EventSink = (level, message, fields) => {
    this.told.push({ level, message, fields });
  };

  path(name: string): string {
    return `${this.log.directory}/${name}`;
  }
}

export async function readFile(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path);
  const bytes = await file.read(0, file.size);
  await file.close();
  return bytes;
}

export async function writeFile(disk: Disk, path: string, bytes: Buffer): Promise<void> {
  const file = await disk.open(path, { create: true });
  await file.write(0, [bytes]);
  await file.truncate(bytes.length);
  await file.close();
}

export async function flipBit(disk: Disk, path: string, position: number, bit = 0): Promise<void> {
  const file = await disk.open(path);
  const byte = await file.read(position, 1);
  byte[0]! ^= 1 << bit;
  await file.write(position, [byte]);
  await file.close();
}
