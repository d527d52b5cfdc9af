/** NodeDisk: a folder of the real file system. No decisions here; see node-file.ts, folder-lock.ts and sync-all.ts. */
import { close, constants, fstat, fstatSync, mkdirSync, open, openSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Disk, DiskLock, File, OpenOptions, SpaceOf } from '../disk.ts';
import { namesOf } from '../disk-path.ts';
import { isSystemError, systemError } from '../system-error.ts';
import { LOCK_FILE, lockFile } from './folder-lock.ts';
import { NodeFile } from './node-file.ts';
import { Slots, slotCount } from './slots.ts';
import { syncAll, syncPath } from './sync-all.ts';

const MODE_FILE = 0o644;

export class NodeDisk implements Disk {
  readonly #folder: string;
  readonly #slots = new Slots(slotCount(process.env['UV_THREADPOOL_SIZE']));
  readonly #readOnly: boolean;

  /** The folder is made at the first use that needs it. `readOnly`: nothing in it can be changed (EROFS). */
  constructor(folder: string, options: { readonly readOnly?: boolean } = {}) {
    this.#folder = path.resolve(folder);
    this.#readOnly = options.readOnly === true;
  }

  async open(name: string, options: OpenOptions = {}): Promise<File> {
    const file = this.#pathOf(name);
    const create = options.create === true;
    if (create) this.#mayChange(name);
    const access = this.#readOnly ? constants.O_RDONLY : constants.O_RDWR;
    const flags = access | (create ? constants.O_CREAT : 0);
    const opened = () => (options.atOnce === true ? openSync(file, flags, MODE_FILE) : openFile(file, flags));
    let descriptor: number;
    try {
      descriptor = await opened();
    } catch (error) {
      if (!create || !isSystemError(error, 'ENOENT')) throw error;
      await mkdir(path.dirname(file), { recursive: true });
      descriptor = await opened();
    }
    try {
      const size = options.atOnce === true ? fstatSync(descriptor).size : await sizeOf(descriptor);
      return new NodeFile(descriptor, size, this.#slots, options);
    } catch (error) {
      close(descriptor);
      throw error;
    }
  }

  async list(directory: string, { atOnce }: Pick<OpenOptions, 'atOnce'> = {}): Promise<string[]> {
    const folder = this.#pathOf(directory);
    try {
      const names = atOnce === true ? readdirSync(folder) : await this.#slots.run(() => readdir(folder));
      return names.filter((name) => folder !== this.#folder || name !== LOCK_FILE).sort();
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return [];
      throw error;
    }
  }

  async makeDirectory(name: string): Promise<void> {
    this.#mayChange(name);
    await mkdir(this.#pathOf(name), { recursive: true });
  }

  async rename(from: string, to: string): Promise<void> {
    this.#mayChange(from);
    await rename(this.#pathOf(from), this.#pathOf(to));
  }

  async remove(name: string, { atOnce }: Pick<OpenOptions, 'atOnce'> = {}): Promise<void> {
    this.#mayChange(name);
    const file = this.#pathOf(name);
    if (file === this.#folder) {
      for (const child of await this.list('')) await this.remove(child);
      return;
    }
    const whole = { recursive: true, force: true };
    if (atOnce === true) rmSync(file, whole);
    else await this.#slots.run(() => rm(file, whole));
  }

  async syncDirectory(name: string): Promise<void> {
    await syncPath(this.#pathOf(name), false);
  }

  async syncAll(): Promise<void> {
    await syncAll(this.#folder);
  }

  async space(): Promise<{ freeBytes: number; totalBytes: number }> {
    return spaceAt(this.#folder);
  }

  async lock(): Promise<DiskLock> {
    if (!this.#readOnly) mkdirSync(this.#folder, { recursive: true });
    return lockFile(path.join(this.#folder, LOCK_FILE));
  }

  #mayChange(name: string): void {
    if (this.#readOnly) throw systemError('EROFS', `${name}: the folder is opened for reading only`);
  }

  #pathOf(name: string): string {
    return path.join(this.#folder, ...namesOf(name));
  }
}

function openFile(file: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(file, flags, MODE_FILE, (error, descriptor) =>
      error === null ? resolve(descriptor) : reject(error),
    );
  });
}

function sizeOf(descriptor: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fstat(descriptor, (error, stats) => (error === null ? resolve(stats.size) : reject(error)));
  });
}

export const nodeSpaceOf: SpaceOf = async (folder) => {
  const absolute = path.resolve(folder);
  try {
    return await spaceAt(absolute);
  } catch (error) {
    const parent = path.dirname(absolute);
    if (!isSystemError(error, 'ENOENT') || parent === absolute) throw error;
    return nodeSpaceOf(parent);
  }
};

async function spaceAt(folder: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
