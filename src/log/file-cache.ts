/**
 * FileCache: at most so many open files over all partitions. Files are opened when used and closed when long unused.
 *
 * Invariants
 *   F1  at most `openFilesMax` files are open; whoever would open one more closes an idle one or waits
 *   F2  a file is never closed while someone uses it
 *   F3  nobody uses a file inside the use of another one (else F1 could wait for itself)
 *   F4  while a pin is held, no file or folder is unlinked: what is to go is noted, and goes with the last pin. Whoever
 *       would put another file in the place of one that a manifest names looks at `isPinned` first, and waits
 *   F5  a file that is made where one was to go stays, with the folders that it lies in: it is another one
 *   F6  a close that fails is no affair of whoever needed room: the place is free all the same. The file's writer hears of it
 *       when something may be lost (LentFile)
 */
import { type Deferred, deferred } from '../base/index.ts';
import type { Disk, File } from '../env/index.ts';
import { IndexCache } from './index-cache.ts';
import { LentFile } from './lent-file.ts';

const OPEN_FILES_MAX = 500;

interface OpenFile {
  readonly path: string;
  readonly file: Promise<LentFile>;
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
  #pins = 0;
  /** Paths that go when the last pin does. */
  readonly #doomed = new Set<string>();
  /** Files with something that was not synced when their close failed, and what it said. */
  readonly #lost = new Map<string, Error>();
  /** The unlink of one of them. */
  #unlinking: Promise<void> | undefined;
  #isAlone = false;

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
    const create = options?.create === true;
    if (create) {
      for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
        this.#doomed.delete(path.slice(0, end)); // F5
      await this.#unlinking?.catch(() => {}); // whoever released the pin hears of it
    }
    const open = await this.#take(path, create);
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

  /** Closes the file and unlinks it, or the folder with all that it holds: now, or once nobody holds a pin (F4). */
  async remove(path: string): Promise<void> {
    await this.forget(path);
    this.#lost.delete(path);
    if (this.isPinned) this.#doomed.add(path);
    else await this.#disk.remove(path, { atOnce: this.#isAlone });
  }

  /** Names in a folder. */
  list(directory: string): Promise<string[]> {
    return this.#disk.list(directory, { atOnce: this.#isAlone });
  }

  get isPinned(): boolean {
    return this.#pins > 0;
  }

  /** From now on every file stays (F4). Answers the release, to be called once; it unlinks what was to go meanwhile. */
  pin(): () => Promise<void> {
    this.#pins++;
    let isHeld = true;
    return async () => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#pins > 0) return;
      for (const path of this.#doomed) {
        await this.#unlinking?.catch(() => {}); // of another release, who hears of it
        if (this.isPinned) return;
        if (!this.#doomed.delete(path)) continue; // made anew while we waited
        this.#unlinking = this.#disk.remove(path).finally(() => {
          this.#unlinking = undefined;
        });
        await this.#unlinking;
      }
    };
  }

  /** Nobody else is served until `work` is done: what it does with a file is done at once (OpenOptions). Closes all files. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    this.#isAlone = true;
    try {
      return await work();
    } finally {
      this.#isAlone = false;
      await this.close();
    }
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
    const file = this.#disk
      .open(path, { create, atOnce: this.#isAlone })
      .then((opened) => new LentFile(opened, this.#lost.get(path)));
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
      await this.#close(open);
      this.#open--;
    }
    this.#waiting.shift()?.resolve();
  }

  /** F6 */
  async #close({ path, file }: OpenFile): Promise<void> {
    const opened = await file.catch(() => undefined);
    await opened?.close().catch((error: unknown) => {
      if (!opened.isSynced) this.#lost.set(path, error as Error);
    });
  }
}
