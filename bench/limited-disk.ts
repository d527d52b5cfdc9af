/**
 * LimitedDisk: a file system of its own on a disk that takes and gives no more than so many MB/s, the same for everybody who is measured
 * on it. How it is put together stands in test/powercut/mounted-disk.ts; what limits is nbdkit's rate filter.
 */
import { statfsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { MountedDisk, missing, missingFilter } from '../test/powercut/mounted-disk.ts';

/** A sparse file: what is deleted on the disk is given back. */
const BYTES = 24 * 2 ** 30;
const BITS_PER_MEGABYTE = 8e6;
/** Few inodes, all of them written now: nothing is left for the kernel to do while something is measured. */
const MKFS = ['-T', 'largefile', '-E', 'lazy_itable_init=0,lazy_journal_init=0'];

export class LimitedDisk {
  readonly #base: string;
  readonly #disk: MountedDisk;

  private constructor(base: string, disk: MountedDisk) {
    this.#base = base;
    this.#disk = disk;
  }

  /** Why there can be none; undefined when there can. */
  static missing(root: string): string | undefined {
    const { bavail, bsize } = statfsSync(root);
    return (
      missing() ??
      missingFilter('rate') ??
      (bavail * bsize < BYTES ? `${root} has no ${BYTES / 2 ** 30} GiB left for the disk's image` : undefined)
    );
  }

  static async open(root: string, megabytesPerSecond: number): Promise<LimitedDisk> {
    const base = await mkdtemp(path.join(root, 'gregor-bench-disk-'));
    const disk = new MountedDisk(base, BYTES, MKFS);
    const limited = new LimitedDisk(base, disk);
    const rate = `rate=${megabytesPerSecond * BITS_PER_MEGABYTE}`;
    try {
      await disk.mount(['--filter=rate', 'file', disk.image, rate], ['-o', 'discard']);
    } catch (error) {
      await limited.close();
      throw error;
    }
    return limited;
  }

  get folder(): string {
    return this.#disk.data;
  }

  async close(): Promise<void> {
    await this.#disk.unmount();
    await rm(this.#base, { recursive: true, force: true });
  }
}
