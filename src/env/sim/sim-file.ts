/**
 * MountedDisk: a SimDisk as one life sees it. Every verb takes virtual time, and is lost with the life that began it:
 * what it had begun may have happened, or not.
 */
import type { Disk, DiskLock, File, OpenOptions } from '../disk.ts';
import { systemError } from '../system-error.ts';
import type { Life } from './life.ts';
import type { SimDisk } from './sim-disk.ts';
import type { SimInode } from './sim-inode.ts';

const TOTAL_BYTES = 2 ** 40;
/** Most verbs are quick, a few are slow: queues must build up sometimes. */
const QUICK_MS = 0.2;
const SLOW_MS = 20;
const SLOW_SHARE = 0.02;

export class MountedDisk implements Disk {
  readonly #disk: SimDisk;
  readonly #life: Life;

  constructor(disk: SimDisk, life: Life) {
    this.#disk = disk;
    this.#life = life;
  }

  open(path: string, options: OpenOptions = {}): Promise<File> {
    return this.#perform(`open ${path}`, () => {
      const inode = this.#disk.tree.open(
        path,
        options.create === true ? () => this.#disk.makeInode() : undefined,
      );
      return new MountedFile(this.#disk, this.#life, inode, path);
    });
  }

  list(directory: string): Promise<string[]> {
    return this.#perform(`list ${directory}`, () => this.#disk.tree.list(directory));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#perform(`mkdir ${path}`, () => {
      this.#disk.tree.makeFolder(path);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#perform(`rename ${from}`, () => this.#disk.tree.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#perform(`remove ${path}`, () => this.#disk.tree.remove(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#perform(`sync names of ${path}`, () => {
      if (this.#disk.tree.find(path) === undefined) throw systemError('ENOENT', path);
      this.#disk.syncNames(path);
    });
  }

  syncAll(): Promise<void> {
    return this.#perform('sync all', () => this.#disk.syncAll());
  }

  space(): Promise<{ freeBytes: number; totalBytes: number }> {
    return this.#perform('space', () => ({ freeBytes: TOTAL_BYTES, totalBytes: TOTAL_BYTES }));
  }

  lock(): Promise<DiskLock> {
    return this.#perform('lock', () => {
      if (this.#disk.lockedBy?.alive) throw systemError('ELOCKED', 'another life holds the disk');
      this.#disk.lockedBy = this.#life;
      return {
        release: async () => {
          if (this.#disk.lockedBy === this.#life) this.#disk.lockedBy = undefined;
        },
      };
    });
  }

  #perform<T>(label: string, effect: () => T): Promise<T> {
    return this.#life.perform({ label, delayMs: delay(this.#disk), effect });
  }
}

class MountedFile implements File {
  readonly #disk: SimDisk;
  readonly #life: Life;
  readonly #inode: SimInode;
  readonly #path: string;
  #isClosed = false;

  constructor(disk: SimDisk, life: Life, inode: SimInode, path: string) {
    this.#disk = disk;
    this.#life = life;
    this.#inode = inode;
    this.#path = path;
  }

  get size(): number {
    return this.#inode.current.size;
  }

  write(position: number, parts: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(parts);
    const apply = (length: number) => {
      if (length > 0)
        this.#inode.apply({
          sequence: this.#disk.nextSequence(),
          position,
          bytes: bytes.subarray(0, length),
        });
    };
    return this.#perform(
      'write',
      () => apply(bytes.length),
      () => {
        // The process died in the middle: the kernel has all of it, some of it, or nothing.
        const { random } = this.#disk;
        apply([0, bytes.length, random.below(bytes.length + 1)][random.below(3)]!);
      },
    );
  }

  read(position: number, length: number): Promise<Buffer> {
    return this.#perform('read', () => this.#inode.current.read(position, length));
  }

  sync(): Promise<void> {
    const upTo = this.#disk.sequence;
    const persist = () => this.#inode.persist(upTo);
    return this.#perform('sync', persist, () => {
      if (this.#disk.random.below(2) === 0) persist();
    });
  }

  truncate(size: number): Promise<void> {
    return this.#perform('truncate', () => this.#inode.apply({ sequence: this.#disk.nextSequence(), size }));
  }

  close(): Promise<void> {
    return this.#perform('close', () => {
      this.#isClosed = true;
    });
  }

  #perform<T>(verb: string, effect: () => T, interrupted?: () => void): Promise<T> {
    if (this.#isClosed) return Promise.reject(systemError('EBADF', 'the file is closed'));
    const label = `${verb} ${this.#path}`;
    return this.#life.perform({
      label,
      delayMs: delay(this.#disk),
      effect,
      ...(interrupted && { interrupted }),
    });
  }
}

function delay({ random }: SimDisk): number {
  return random.next() < SLOW_SHARE ? random.next() * SLOW_MS : random.next() * QUICK_MS;
}
