/**
 * LentFile: an open file of the FileCache, which knows whether everything that was written to it is synced.
 *
 * A close may tell of bytes that the kernel could not write, and only that once (NFS, FUSE, quotas): the next open and sync
 * succeed without them. So what was not synced before a close that failed counts as lost: whoever opens the file again may
 * read it, and every further change or sync is refused with what that close said (D5). One writer, as File asks for.
 */
import type { BufferPool, File, WriteOptions } from '../env/index.ts';

export class LentFile implements File {
  readonly #file: File;
  /** What an earlier close said, which lost something. */
  readonly #lost: Error | undefined;
  #changes = 0;
  #syncedChanges = 0;

  constructor(file: File, lost: Error | undefined) {
    this.#file = file;
    this.#lost = lost;
  }

  get size(): number {
    return this.#file.size;
  }

  /** False: a close that fails may lose something. */
  get isSynced(): boolean {
    return this.#changes === this.#syncedChanges;
  }

  write(position: number, parts: readonly Uint8Array[], options?: WriteOptions): Promise<void> {
    return this.#change(() => this.#file.write(position, parts, options));
  }

  truncate(size: number): Promise<void> {
    return this.#change(() => this.#file.truncate(size));
  }

  #change(work: () => Promise<void>): Promise<void> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    this.#changes++;
    return work();
  }

  read(position: number, length: number, pool?: BufferPool): Promise<Buffer> {
    return this.#file.read(position, length, pool);
  }

  async sync(): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost;
    const changes = this.#changes;
    await this.#file.sync();
    this.#syncedChanges = changes;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
