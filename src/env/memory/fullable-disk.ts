/** FullableDisk: a disk in memory that can be full, for tests of what is done then. */
import type { File, OpenOptions } from '../disk.ts';
import { systemError } from '../system-error.ts';
import { MemoryDisk } from './memory-disk.ts';

export class FullableDisk extends MemoryDisk {
  isFull = false;
  readonly #refuses: (path: string, grows: boolean) => boolean;

  /** `refuses`: which writes find no room while it is full. `grows`: the write begins at or behind the end of the file. */
  constructor(refuses: (path: string, grows: boolean) => boolean) {
    super();
    this.#refuses = refuses;
  }

  override async open(path: string, options?: OpenOptions): Promise<File> {
    const file = await super.open(path, options);
    const { write } = file;
    file.write = async (position, parts) => {
      if (this.isFull && this.#refuses(path, position >= file.size)) throw systemError('ENOSPC', path);
      await write.call(file, position, parts);
    };
    return file;
  }
}
