/**
 * What cleans a folder must not get in each other's way. Each act (a checkpoint, a pass of compaction, a log start that rises and
 * what follows from it) is held up at each of its verbs on the disk, in turn, while another one runs; then the program dies.
 * Afterwards the folder opens, everything that must be there is there, and nothing is left behind.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Disk, Environment, File } from '../env/index.ts';
import { memoryEnvironment } from '../env/memory/index.ts';
import { isCleanedFolder } from '../log/index.ts';
import type { Partition } from './partition.ts';
import type { Partitions } from './partitions.ts';
import { readAll, StorageWorld } from './storage-fixture.ts';

const KEYS = 3;
const RECORDS = 24;
const LATER = 6;
const LOG_START = 9;
/** What waits for the one that is held up gets no further than this. */
const HELD_TURNS = 60;
const compaction = {
  minCleanableRatio: 0,
  minLagMs: 0,
  maxLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 10_000,
};

/** Holds up one verb of a disk. */
class Gate {
  /** Verbs until then; below 0: never. */
  #left = -1;
  #meanwhile: () => Promise<void> = async () => {};

  holdAt(nth: number, meanwhile: () => Promise<void>): void {
    this.#left = nth;
    this.#meanwhile = meanwhile;
  }

  /** True: it was held up. It will not be any more. */
  open(): boolean {
    const wasReached = this.#left < 0;
    this.#left = -1;
    return wasReached;
  }

  wrap(env: Environment): Environment {
    const { disk } = env;
    const gated: Disk = {
      open: async (path, options) => this.#file(await this.#pass(() => disk.open(path, options))),
      list: (path) => this.#pass(() => disk.list(path)),
      makeDirectory: (path) => this.#pass(() => disk.makeDirectory(path)),
      rename: (from, to) => this.#pass(() => disk.rename(from, to)),
      remove: (path) => this.#pass(() => disk.remove(path)),
      syncDirectory: (path) => this.#pass(() => disk.syncDirectory(path)),
      syncAll: () => this.#pass(() => disk.syncAll()),
      space: () => disk.space(),
      lock: () => disk.lock(),
    };
    return { ...env, disk: gated };
  }

  #file(file: File): File {
    return {
      get size() {
        return file.size;
      },
      read: (position, length) => this.#pass(() => file.read(position, length)),
      write: (position, parts) => this.#pass(() => file.write(position, parts)),
      sync: () => this.#pass(() => file.sync()),
      truncate: (size) => this.#pass(() => file.truncate(size)),
      close: () => file.close(),
    };
  }

  async #pass<T>(verb: () => Promise<T>): Promise<T> {
    if (this.#left-- === 0) await this.#meanwhile();
    return verb();
  }
}

class World {
  readonly gate = new Gate();
  readonly storage: StorageWorld;
  readonly values = new Map<number, string>();
  partitions!: Partitions;
  partition!: Partition;
  #isHigher = false;

  constructor() {
    const env = this.gate.wrap(memoryEnvironment());
    this.storage = new StorageWorld(env, { compaction, segmentBytes: 500 });
  }

  async open(): Promise<void> {
    ({ partitions: this.partitions, partition: this.partition } = await this.storage.open());
  }

  async fill(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const key = `k${this.values.size % KEYS}`;
      const value = `${key} ${this.values.size}`.padEnd(30, '.');
      const record = { key: Buffer.from(key), value: Buffer.from(value) };
      this.values.set(await this.storage.append(this.partition, [record]), value);
    }
  }

  readonly acts = {
    checkpoint: async () => {
      await this.partitions.checkpoint();
      await this.partitions.upkeep.disposal.run();
    },
    compaction: () => this.partitions.upkeep.compact(),
    'a rising log start': async () => {
      this.#isHigher = true;
      await this.partitions.deleteRecords(this.partition, LOG_START);
      await this.acts.checkpoint();
    },
  };

  async check(): Promise<void> {
    const { partition } = this;
    const segments = partition.log.segments();
    for (const [n, { baseOffset }] of segments.entries())
      assert.ok(n === 0 || baseOffset > segments[n - 1]!.lastOffset, 'segments overlap');
    const found = new Map((await readAll(partition)).map((one) => [one.offset, String(one.value)]));
    const newest = new Map([...this.values].map(([offset, value]) => [value.split(' ')[0], offset]));
    for (const [offset, value] of found) assert.equal(value, this.values.get(offset), 'O1');
    for (const offset of newest.values())
      assert.ok(found.has(offset) || offset < partition.logStartOffset, `K1, D6: ${offset} is gone`);
    assert.ok(partition.logStartOffset === 0 || this.#isHigher, 'D6: the log start');
  }

  async nothingElse(): Promise<void> {
    const { disk } = this.storage;
    const { directory, segments } = {
      directory: this.partition.log.directory,
      segments: this.partition.log.segments(),
    };
    const files: string[] = [];
    for (const name of await disk.list(directory))
      if (isCleanedFolder(name)) files.push(...(await disk.list(`${directory}/${name}`)));
      else files.push(name);
    assert.equal(files.filter((name) => name.endsWith('.log')).length, segments.length, 'files are left');
  }
}

type Act = keyof World['acts'];

/** False: the one has fewer verbs than that. */
async function meet(held: Act, nth: number, other: Act): Promise<boolean> {
  const world = new World();
  const { storage, gate, acts } = world;
  await world.open();
  await world.fill(RECORDS);
  await world.partitions.checkpoint();
  await world.fill(LATER);
  let second: Promise<unknown> = Promise.resolve();
  gate.holdAt(nth, async () => {
    second = acts[other]();
    let isDone = false;
    second.finally(() => (isDone = true)).catch(() => {});
    for (let n = 0; n < HELD_TURNS && !isDone; n++) await storage.moment();
  });
  await acts[held]();
  const wasReached = gate.open();
  await second;
  await world.check();
  await world.open(); // after a death
  await world.check();
  await world.partitions.upkeep.tidy();
  await world.fill(LATER);
  await world.partitions.upkeep.compact();
  await world.partitions.close();
  await world.open();
  await world.check();
  await world.nothingElse();
  return wasReached;
}

const ACTS: readonly Act[] = ['checkpoint', 'compaction', 'a rising log start'];
for (const held of ACTS)
  for (const other of ACTS)
    if (held !== other)
      test(`${other} meets ${held} at each of its verbs: no harm is done`, async () => {
        for (let nth = 0; ; nth++) {
          const wasReached = await meet(held, nth, other).catch((cause: unknown) => {
            throw new Error(`at verb ${nth}`, { cause });
          });
          if (wasReached) continue;
          assert.ok(nth > 10, `${nth} verbs`);
          return;
        }
      });
