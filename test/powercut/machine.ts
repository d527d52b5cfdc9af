/**
 * Machine: a real ext4 (mounted-disk.ts) on a disk whose power can be cut (disk.py: a volatile cache).
 *
 * A power cut loses what was not flushed, in part and in any order, and answers everything after with EIO; the processes
 * on it are then killed by the caller, the disk is taken away, and the next `powerOn` mounts what survived.
 */
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import * as mounted from './mounted-disk.ts';

const IMAGE_BYTES = 256 * 1024 * 1024;

/** Why this machine cannot; undefined when it can. */
export function missing(): string | undefined {
  return mounted.missing() ?? mounted.missingPlugin('python');
}

export class Machine {
  readonly #folder: string;
  readonly #disk: mounted.MountedDisk;

  constructor(folder: string) {
    this.#folder = folder;
    this.#disk = new mounted.MountedDisk(folder, IMAGE_BYTES);
  }

  /** Where the file system is mounted. */
  get data(): string {
    return this.#disk.data;
  }

  #at(name: string): string {
    return path.join(this.#folder, name);
  }

  async powerOn(): Promise<void> {
    for (const name of ['cut', 'cut.done']) rmSync(this.#at(name), { force: true });
    const plugin = path.join(import.meta.dirname, 'disk.py');
    await this.#disk.mount(['python', plugin, `image=${this.#disk.image}`, `control=${this.#at('cut')}`]);
  }

  /** Answers how many unflushed sectors survived, of how many. From now on the disk answers with EIO. */
  async cutPower(seed: number): Promise<{ kept: number; unflushed: number }> {
    // Under its name at once and whole: the disk looks at every request, also between a file's creation and its content.
    writeFileSync(this.#at('cut.new'), String(seed));
    renameSync(this.#at('cut.new'), this.#at('cut'));
    const done = this.#at('cut.done');
    // The disk notices at its next request: the broker's, or one of these.
    const disk = openSync(this.#disk.block, 'r');
    await mounted.until('the disk is off', () => {
      poke(disk);
      return existsSync(done);
    });
    closeSync(disk);
    const [kept, unflushed] = readFileSync(done, 'utf8').split(' ').map(Number);
    return { kept: kept!, unflushed: unflushed! };
  }

  /** Takes the disk away. */
  takeAway(): Promise<void> {
    return this.#disk.unmount();
  }
}

/** A read of some place that is in no cache. */
function poke(disk: number): void {
  try {
    readSync(disk, Buffer.alloc(512), 0, 512, Math.floor((Math.random() * IMAGE_BYTES) / 4096) * 4096);
  } catch {
    // EIO: it is off
  }
}
