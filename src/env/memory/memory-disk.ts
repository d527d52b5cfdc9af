/**
 * MemoryDisk: a Disk that forgets everything with the process. For tests and for throw-away servers.
 *
 * Every verb takes effect when it is called and answers in a microtask; what was written is as good as durable. It
 * outlives whoever uses it, so a test may stop a server and start another on the same disk.
 */
import type { BufferPool } from '../buffer-pool.ts';
import type { Disk, DiskLock, File, OpenOptions } from '../disk.ts';
import { systemError } from '../system-error.ts';
import { FileContent } from './file-content.ts';
import { FileTree } from './file-tree.ts';

const TOTAL_BYTES = 2 ** 40;

export class MemoryDisk implements Disk {
  readonly #tree = new FileTree<FileContent>();
  #locked = false;

  async open(path: string, options: OpenOptions = {}): Promise<File> {
    return new MemoryFile(
      this.#tree.open(path, options.create === true ? () => new FileContent() : undefined),
    );
  }

  async list(directory: string): Promise<string[]> {
    return this.#tree.list(directory);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#tree.makeFolder(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#tree.rename(from, to);
  }

  async remove(path: string): Promise<void> {
    this.#tree.remove(path);
  }

  async syncDirectory(path: string): Promise<void> {
    if (this.#tree.find(path) === undefined) throw systemError('ENOENT', path);
  }

  async syncAll(): Promise<void> {}

  async space(): Promise<{ freeBytes: number; totalBytes: number }> {
    return { freeBytes: TOTAL_BYTES, totalBytes: TOTAL_BYTES };
  }

  async lock(): Promise<DiskLock> {
    if (this.#locked) throw systemError('ELOCKED', 'another server uses this disk');
    this.#locked = true;
    return {
      isHeld: async () => this.#locked,
      release: async () => {
        this.#locked = false;
      },
    };
  }
}

class MemoryFile implements File {
  readonly #content: FileContent;
  #closed = false;

  constructor(content: FileContent) {
    this.#content = content;
  }

  get size(): number {
    return this.#content.size;
  }

  async write(position: number, parts: readonly Uint8Array[]): Promise<void> {
    this.#requireOpen();
    let at = position;
    for (const part of parts) {
      this.#content.write(at, part);
      at += part.length;
    }
  }

  async read(position: number, length: number, pool?: BufferPool): Promise<Buffer> {
    this.#requireOpen();
    return this.#content.read(position, length, pool);
  }

  async sync(): Promise<void> {
    this.#requireOpen();
  }

  async truncate(size: number): Promise<void> {
    this.#requireOpen();
    this.#content.truncate(size);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #requireOpen(): void {
    if (this.#closed) throw systemError('EBADF', 'the file is closed');
  }
}
