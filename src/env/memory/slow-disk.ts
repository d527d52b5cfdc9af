/** SlowDisk: a disk in memory whose syncs of the journal can be held, for tests of what goes on meanwhile. */
import type { File, OpenOptions } from '../disk.ts';
import { MemoryDisk } from './memory-disk.ts';

export class SlowDisk extends MemoryDisk {
  #gate: Promise<void> | undefined;
  #open: () => void = () => {};

  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  release(): void {
    this.#gate = undefined;
    this.#open();
  }

  override async open(path: string, options?: OpenOptions): Promise<File> {
    const file = await super.open(path, options);
    if (!path.startsWith('journal/')) return file;
    const sync = file.sync.bind(file);
    file.sync = async () => {
      await this.#gate;
      await sync();
    };
    return file;
  }
}
