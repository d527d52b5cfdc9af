/**
 * FileCache: at most so many open files over all partitions. Files are opened when used and closed when long unused.
 *
 * Invariants
 *   F1  at most `openFilesMax` files are open; whoever would open one more closes an idle one or waits
 *   F2  a file is never closed while someone uses it
 *   F3  nobody uses a file inside the use of another one (else F1 could wait for itself)
 */
import { type Deferred, deferred } from '../base/index.ts';
import type { Disk, File } from '../env/index.ts';
import { IndexCache } from './index-cache.ts';

const OPEN_FILES_MAX = 500;

interface OpenFile {
  readonly path: string;
  readonly file: Promise<File>;
  users: number;
  /** Set when the file was given up: it closes as soon as nobody uses it. */
  forgotten: boolean;
}

export class FileCache {
  /** The indexes of segments that were used lately. */
  readonly indexes: IndexCache;
  readonly #disk: Disk;
  readonly #openFilesMax: number;
  /** Least lately used first. */
  readonly #files = new Map<string, OpenFile>();
  /** Forgotten files that somebody still uses count too. */
  #open = 0;
  #waiting: Deferred<void>[] = [];

  constructor(disk: Disk, openFilesMax = OPEN_FILES_MAX, indexEntriesMax?: number) {
    this.#disk = disk;
    this.#openFilesMax = openFilesMax;
    this.indexes = new IndexCache(indexEntriesMax);
  }

  get openFiles(): number {
    return this.#open;
  }

  /** Lends the file to `work`. Rejects with ENOENT when it is absent and not to be created. */
  async use<T>(
    path: string,
    work: (file: File) => Promise<T>,
    options?: { readonly create?: boolean },
  ): Promise<T> {
    const open = await this.#take(path, options?.create === true);
    try {
      return await work(await open.file);
    } finally {
      open.users--;
      await this.#settle(open);
    }
  }

  /** The file is about to be removed, or not needed for long: it closes when nobody uses it. */
  async forget(path: string): Promise<void> {
    const open = this.#files.get(path);
    if (open === undefined) return;
    this.#files.delete(path);
    open.forgotten = true;
    await this.#settle(open);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.keys()].map((path) => this.forget(path)));
  }

  async #take(path: string, create: boolean): Promise<OpenFile> {
    for (;;) {
      const known = this.#files.get(path);
      if (known !== undefined) {
        this.#files.delete(path);
        this.#files.set(path, known);
        known.users++;
        return known;
      }
      if (this.#open < this.#openFilesMax) break;
      await this.#makeRoom();
    }
    this.#open++;
    const file = this.#disk.open(path, { create });
    const open: OpenFile = { path, file, users: 1, forgotten: false };
    this.#files.set(path, open);
    file.catch(() => {
      // Whoever waits for it hears of the error; the next use tries anew.
      if (this.#files.get(path) === open) this.#files.delete(path);
      open.forgotten = true;
    });
    return open;
  }

  async #makeRoom(): Promise<void> {
    for (const open of this.#files.values()) if (open.users === 0) return this.forget(open.path); // F2
    const room = deferred<void>();
    this.#waiting.push(room);
    await room.promise;
  }

  /** Somebody is done with the file: it closes when it is forgotten, and those who wait for room look again. */
  async #settle(open: OpenFile): Promise<void> {
    if (open.users > 0) return;
    if (open.forgotten) {
      const file = await open.file.catch(() => undefined);
      await file?.close();
      this.#open--;
    }
    this.#waiting.shift()?.resolve();
  }
}
