/**
 * NodeFile: one open file of the operating system.
 *
 * Invariants
 *   F1  a write ends when all bytes are with the kernel: short writes go on, the error that stopped one is thrown
 *   F2  writes of at most 64 KiB are made at once (2 µs; a trip through the thread pool is 45 µs), so they are in the
 *       order of their calls; larger ones run in the pool, and may end in any order. A file `atOnce` makes all of them at once
 *   F3  `size` counts a write no later than it resolves, and never a byte that was not written
 *   F4  the number of an open file is not used after it was given back: close waits for what is under way
 */
import {
  close,
  closeSync,
  fdatasync,
  ftruncate,
  ftruncateSync,
  read,
  readSync,
  writev,
  writevSync,
} from 'node:fs';
import type { BufferPool } from '../buffer-pool.ts';
import type { File, OpenOptions, WriteOptions } from '../disk.ts';
import { systemError } from '../system-error.ts';
import type { Slots } from './slots.ts';
import { openUncached, wholeBlocks, writeUncached } from './uncached.ts';

const SYNCHRONOUS_BYTES_MAX = 64 * 1024;
/** The kernel takes no more parts in one call (IOV_MAX). */
const PARTS_MAX = 1024;

export class NodeFile implements File {
  readonly #descriptor: number;
  readonly #slots: Slots;
  readonly #background: boolean;
  readonly #atOnce: boolean;
  #size: number;
  #underWay = 0;
  #closing: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  constructor(descriptor: number, size: number, slots: Slots, options: Omit<OpenOptions, 'create'>) {
    this.#descriptor = descriptor;
    this.#size = size;
    this.#slots = slots;
    this.#background = options.background === true;
    this.#atOnce = options.atOnce === true;
  }

  get size(): number {
    return this.#size;
  }

  async write(position: number, parts: readonly Uint8Array[], options?: WriteOptions): Promise<void> {
    this.#requireOpen();
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes > SYNCHRONOUS_BYTES_MAX && !this.#atOnce)
      return this.#use(this.#background, async () => {
        const blocks = options?.uncached === true ? wholeBlocks(position, bytes) : undefined;
        const uncached = blocks === undefined ? undefined : openUncached(this.#descriptor);
        if (uncached === undefined) await this.#writeAll(position, parts);
        else await writeUncached(uncached, parts, position, blocks!, this.#ways);
      });
    let at = position;
    for (let rest = parts; rest.length > 0; ) {
      const written = writevSync(this.#descriptor, rest.slice(0, PARTS_MAX), at); // F2
      at = this.#wrote(at, written);
      rest = without(rest, written);
    }
  }

  read(position: number, length: number, pool?: BufferPool): Promise<Buffer> {
    return this.#use(!this.#atOnce, async () => {
      const buffer = pool === undefined ? Buffer.allocUnsafe(length) : pool.take(length);
      let filled = 0;
      while (filled < length) {
        const count = this.#atOnce
          ? readSync(this.#descriptor, buffer, filled, length - filled, position + filled)
          : await readOnce(this.#descriptor, buffer, filled, position + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled === length ? buffer : buffer.subarray(0, filled);
    });
  }

  sync(): Promise<void> {
    return this.#use(this.#background, () => call((done) => fdatasync(this.#descriptor, done)));
  }

  truncate(size: number): Promise<void> {
    return this.#use(this.#background && !this.#atOnce, async () => {
      if (this.#atOnce) ftruncateSync(this.#descriptor, size);
      else await call((done) => ftruncate(this.#descriptor, size, done));
      this.#size = size;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#idle = resolve)); // F4
    if (this.#atOnce) closeSync(this.#descriptor);
    else await call((done) => close(this.#descriptor, done));
  }

  async #use<T>(slot: boolean, work: () => Promise<T>): Promise<T> {
    this.#requireOpen();
    this.#underWay++;
    try {
      return await (slot ? this.#slots.run(work) : work());
    } finally {
      if (--this.#underWay === 0) this.#idle?.();
    }
  }

  async #writeAll(position: number, parts: readonly Uint8Array[]): Promise<number> {
    let at = position;
    for (let rest = parts; rest.length > 0; ) {
      const written = await writeOnce(this.#descriptor, rest.slice(0, PARTS_MAX), at);
      at = this.#wrote(at, written);
      rest = without(rest, written);
    }
    return at;
  }

  readonly #ways = {
    cached: (position: number, parts: readonly Uint8Array[]) => this.#writeAll(position, parts),
    once: async (descriptor: number, parts: readonly Uint8Array[], position: number) => {
      const written = await writeOnce(descriptor, parts, position);
      this.#wrote(position, written);
      return written;
    },
  };

  #wrote(at: number, bytes: number): number {
    this.#size = Math.max(this.#size, at + bytes); // F3
    return at + bytes;
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw systemError('EBADF', 'the file is closed');
  }
}

/** What is left after `bytes` were written; empty parts go too, so that a loop over it ends. */
function without(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let index = 0;
  let left = bytes;
  while (index < parts.length && parts[index]!.length <= left) left -= parts[index++]!.length;
  if (index === parts.length) return [];
  if (bytes === 0 && index === 0) throw systemError('EIO', 'the kernel took no byte and gave no reason');
  return [parts[index]!.subarray(left), ...parts.slice(index + 1)];
}

export type Done = (error: Error | null) => void;

export function call(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

function writeOnce(descriptor: number, parts: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(descriptor, parts, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

function readOnce(descriptor: number, into: Buffer, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, count: number) => (error === null ? resolve(count) : reject(error));
    read(descriptor, into, offset, into.length - offset, position, done);
  });
}
