/**
 * MountedDisk: a SimDisk as one life sees it. Every verb takes virtual time, and is lost with the life that began it:
 * what it had begun may have happened, or not.
 */
import type { BufferPool } from '../buffer-pool.ts';
import type { Disk, DiskLock, File, OpenOptions } from '../disk.ts';
import { systemError } from '../system-error.ts';
import { kindOfPath, USUAL_SPEED } from './disk-faults.ts';
import type { Life } from './life.ts';
import type { SimDisk } from './sim-disk.ts';
import type { SimInode } from './sim-inode.ts';

export class MountedDisk implements Disk {
  readonly #disk: SimDisk;
  readonly #life: Life;

  constructor(disk: SimDisk, life: Life) {
    this.#disk = disk;
    this.#life = life;
  }

  open(path: string, options: OpenOptions = {}): Promise<File> {
    return this.#perform('open', path, () => {
      const inode = this.#disk.tree.open(
        path,
        options.create === true ? () => this.#disk.makeInode() : undefined,
      );
      return new MountedFile(this.#disk, this.#life, inode, path);
    });
  }

  list(directory: string): Promise<string[]> {
    return this.#perform('list', directory, () => this.#disk.tree.list(directory));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#perform('mkdir', path, () => {
      this.#disk.tree.makeFolder(path);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#perform('rename', from, () => this.#disk.tree.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#perform('remove', path, () => this.#disk.tree.remove(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#perform('sync names of', path, () => {
      if (this.#disk.tree.find(path) === undefined) throw systemError('ENOENT', path);
      this.#disk.syncNames(path);
    });
  }

  syncAll(): Promise<void> {
    return this.#perform('sync all', '', () => this.#disk.syncAll());
  }

  space(): Promise<{ freeBytes: number; totalBytes: number }> {
    return this.#perform('space', '', () => {
      const { freeBytes, totalBytes } = this.#disk;
      return { freeBytes, totalBytes };
    });
  }

  lock(): Promise<DiskLock> {
    return this.#perform('lock', '', () => {
      if (this.#disk.lockedBy?.alive) throw systemError('ELOCKED', 'another life holds the disk');
      this.#disk.lockedBy = this.#life;
      return {
        isHeld: async () => this.#disk.lockedBy === this.#life,
        release: async () => {
          if (this.#disk.lockedBy === this.#life) this.#disk.lockedBy = undefined;
        },
      };
    });
  }

  #perform<T>(verb: string, path: string, effect: () => T): Promise<T> {
    return perform(this.#disk, this.#life, { verb, path, effect });
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
    const { random } = this.#disk;
    // The process died in the middle, or the device failed: the kernel has all of it, some of it, or nothing.
    const half = () => apply([0, bytes.length, random.below(bytes.length + 1)][random.below(3)]!);
    const whole = () => {
      const room = this.#roomAt(position, bytes.length);
      apply(room);
      if (room === bytes.length) return;
      this.#disk.sim.cover(`ENOSPC: write ${kindOfPath(this.#path)}`);
      this.#disk.onFull();
      throw systemError('ENOSPC', `${room} of ${bytes.length} bytes written to ${this.#path}`);
    };
    return this.#perform('write', whole, half, half);
  }

  /** How much of a write fits on the disk. Bytes that the file holds already need no room. */
  #roomAt(position: number, length: number): number {
    const grows = position + length - this.#inode.current.size;
    if (grows <= 0) return length;
    if (this.#life.occasions.meets('ENOSPC', `write ${kindOfPath(this.#path)}`))
      return Math.max(0, length - grows);
    if (this.#disk.foreignBytes === 0) return length;
    return Math.max(0, length - Math.max(0, grows - this.#disk.freeBytes));
  }

  read(position: number, length: number, pool?: BufferPool): Promise<Buffer> {
    this.#disk.onRead(this.#path);
    return this.#perform('read', () => this.#inode.current.read(position, length, pool));
  }

  sync(): Promise<void> {
    const upTo = this.#disk.sequence;
    this.#disk.onSync(this.#path);
    const persist = () => this.#inode.persist(upTo);
    const interrupted = () => {
      if (this.#disk.random.below(2) === 0) persist();
    };
    return this.#perform('sync', persist, interrupted, () =>
      this.#inode.persistSome(upTo, this.#disk.random),
    );
  }

  truncate(size: number): Promise<void> {
    return this.#perform('truncate', () => this.#inode.apply({ sequence: this.#disk.nextSequence(), size }));
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return this.#perform('close', () => {
      this.#isClosed = true;
    });
  }

  #perform<T>(verb: string, effect: () => T, interrupted?: () => void, failed?: () => void): Promise<T> {
    if (this.#isClosed) return Promise.reject(systemError('EBADF', 'the file is closed'));
    return perform(this.#disk, this.#life, { verb, path: this.#path, effect, interrupted, failed });
  }
}

interface DiskVerb<T> {
  readonly verb: string;
  readonly path: string;
  readonly effect: () => T;
  readonly interrupted?: (() => void) | undefined;
  /** What an input/output error leaves behind. */
  readonly failed?: (() => void) | undefined;
}

function perform<T>(
  disk: SimDisk,
  life: Life,
  { verb, path, effect, interrupted, failed }: DiskVerb<T>,
): Promise<T> {
  const kind = path === '' ? verb : `${verb} ${kindOfPath(path)}`;
  const failing = () => {
    const error = disk.failPoints.size > 0 ? disk.failPoints.reaches(kind) : undefined;
    if (error === undefined && !life.occasions.meets('EIO', kind)) return effect();
    disk.sim.cover(`${error ?? 'EIO'}: ${kind}`);
    disk.onError(verb, path);
    failed?.();
    throw systemError(error ?? 'EIO', `${verb} ${path}`);
  };
  return life.perform({
    label: `${verb} ${path}`,
    kind,
    delayMs: delay(disk, path),
    effect: failing,
    ...(interrupted && { interrupted }),
  });
}

function delay({ random, speed: present }: SimDisk, path: string): number {
  const speed = present.concerns?.(kindOfPath(path)) === false ? USUAL_SPEED : present;
  return random.next() * (random.next() < speed.slowShare ? speed.slowMs : speed.quickMs);
}
