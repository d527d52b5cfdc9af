/**
 * FailingDisk: every line of some rooms that syncs a file, a folder or the disk, and a disk on which one of them fails.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Disk, File } from '../../src/env/index.ts';
import { systemError } from '../../src/env/system-error.ts';

const SOURCES = path.join(import.meta.dirname, '../../src');
const SYNC = /\.sync\(\)|\bsyncDirectory\(|\bsyncAll\(\)/;
/** They ask others, who are found themselves. */
const ASKS_OTHERS = /\bsegment\.sync\(\)|#(?:side|ids)\.sync\(\)|\bpartition\.log\.sync\(\)/;
/** They pass on what others ask for. */
const PASSES_ON = new Set(['log/lent-file.ts', 'partition/patient-disk.ts', 'partition/storage-fixture.ts']);

/** The `nth` sync of this line fails. */
export interface SyncFailure {
  /** `log/segment.ts:210` */
  readonly site: string;
  readonly nth: number;
}

/** Sorted. */
export function sitesInSources(rooms: readonly string[]): string[] {
  const sites: string[] = [];
  for (const room of rooms)
    for (const name of readdirSync(path.join(SOURCES, room), { recursive: true, encoding: 'utf8' })) {
      const file = `${room}/${name}`;
      if (!name.endsWith('.ts') || name.endsWith('.test.ts') || PASSES_ON.has(file)) continue;
      const lines = readFileSync(path.join(SOURCES, file), 'utf8').split('\n');
      for (const [at, line] of lines.entries())
        if (SYNC.test(line) && !ASKS_OTHERS.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line))
          sites.push(`${file}:${at + 1}`);
    }
  return sites.sort();
}

/** Counts the syncs of each site; the one that is to fail loses what it should have made durable. */
export class FailingDisk {
  readonly counts = new Map<string, number>();
  failedAt: string | undefined;
  readonly syncedAgain: string[] = [];
  readonly #rooms: ReadonlySet<string>;
  readonly #failure: SyncFailure | undefined;

  constructor(rooms: readonly string[], failure: SyncFailure | undefined) {
    this.#rooms = new Set(rooms);
    this.#failure = failure;
  }

  wrap(disk: Disk): Disk {
    return {
      open: async (name, options) => this.#file(name, await disk.open(name, options)),
      list: (directory) => disk.list(directory),
      makeDirectory: (name) => disk.makeDirectory(name),
      rename: (from, to) => disk.rename(from, to),
      remove: (name) => disk.remove(name),
      syncDirectory: (name) => this.#sync(`folder ${name}`, () => disk.syncDirectory(name)),
      syncAll: () => this.#sync('disk', () => disk.syncAll()),
      space: () => disk.space(),
      lock: () => disk.lock(),
    };
  }

  #file(name: string, file: File): File {
    return {
      get size() {
        return file.size;
      },
      write: (position, parts) => file.write(position, parts),
      read: (position, length) => file.read(position, length),
      sync: () => this.#sync(name, () => file.sync()),
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
    };
  }

  #sync(what: string, work: () => Promise<void>): Promise<void> {
    const site = this.#siteOfCaller();
    const count = (this.counts.get(site) ?? 0) + 1;
    this.counts.set(site, count);
    if (this.failedAt === what) this.syncedAgain.push(`${what} at ${site}`);
    if (site !== this.#failure?.site || count !== this.#failure.nth) return work();
    this.failedAt = what;
    return Promise.reject(systemError('EIO', `sync ${what}`));
  }

  /** The first line of these rooms on the stack. */
  #siteOfCaller(): string {
    for (const [, file, line] of new Error('where').stack!.matchAll(/src\/([a-z]+\/[^:)]+\.ts):(\d+)/g))
      if (this.#rooms.has(file!.split('/')[0]!) && !PASSES_ON.has(file!) && !file!.endsWith('.test.ts'))
        return `${file}:${line}`;
    throw new Error('a sync that no room asked for');
  }
}
