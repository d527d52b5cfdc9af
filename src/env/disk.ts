/**
 * Disk: files as the log needs them. Durable means: covered by `sync` (bytes) and `syncDirectory` (names).
 *
 * Errors carry the operating system's `code` (`ENOENT`, `ENOSPC`, `EIO` ...) on a plain `Error`.
 * Paths are relative to the folder that the Disk was made for and use `/`.
 */
import type { BufferPool } from './buffer-pool.ts';

export interface Disk {
  /** Opens for reading and writing; an absent file is ENOENT. Paths that leave the disk are EINVAL. */
  open(path: string, options?: OpenOptions): Promise<File>;
  /** Names in a folder, sorted; empty when the folder is absent. */
  list(directory: string, options?: Pick<OpenOptions, 'atOnce'>): Promise<string[]>;
  makeDirectory(path: string): Promise<void>;
  /** Atomic; replaces `to`. Survives a power cut only after `syncDirectory` of the parent folder. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all that it holds; absent is fine. */
  remove(path: string, options?: Pick<OpenOptions, 'atOnce'>): Promise<void>;
  /** Makes created, renamed and removed names in the folder durable. */
  syncDirectory(path: string): Promise<void>;
  /** Makes every byte and name on this disk durable (one `syncfs`). A file's error may show at its own `sync` only. */
  syncAll(): Promise<void>;
  /** Bytes that a writer can still take, and the size of the file system. */
  space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /** Takes the folder for this process alone; the kernel lets go of it when the process dies. Rejects with code `ELOCKED`. */
  lock(): Promise<DiskLock>;
}

export interface DiskLock {
  /** False: the folder was removed, or another is in its place, and what is written goes where nobody will find it. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

export interface OpenOptions {
  /** Makes the file, and its missing folders, when absent. Their names are durable only after `syncDirectory`. */
  readonly create?: boolean;
  /** This file's writes and syncs may wait, so that those of other files never wait for them. Reads always may. */
  readonly background?: boolean;
  /**
   * The file is opened, read, written, cut and closed in the turn of each call, not in the thread pool: a fifth of the processor
   * time where little is done with it. For a start, which uses thousands of files and has nobody to hold up. Syncs are as ever.
   */
  readonly atOnce?: boolean;
}

export interface WriteOptions {
  /** Nobody will read these bytes soon: a large write may pass the system's page cache by. Nothing else about it changes. */
  readonly uncached?: boolean;
}

/** One writer, any number of readers. Operations on one file may run at the same time. */
export interface File {
  /** Bytes in the file, durable or not. Kept by the adapter: a write counts when it has resolved, maybe earlier. */
  readonly size: number;
  /**
   * Writes all parts one after the other at `position`; extends the file when needed. All, or an error (then some of it
   * may be there). Only a write that was awaited is certain to come before the next one. The parts must not change
   * meanwhile.
   */
  write(position: number, parts: readonly Uint8Array[], options?: WriteOptions): Promise<void>;
  /**
   * Reads up to `length` bytes at `position`; shorter only at the end of the file. With a pool they lie in its memory, and the
   * caller is their holder.
   */
  read(position: number, length: number, pool?: BufferPool): Promise<Buffer>;
  /**
   * Resolves when everything whose `write` resolved before the call is durable, the file's size too (`fdatasync`).
   * An error is final: the kernel forgets the bytes that it could not write, and the next sync succeeds without them.
   */
  sync(): Promise<void>;
  /** Cuts the file, or extends it with zeros. */
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Of the disk on which the folder lies, or will lie when it is made. */
export type SpaceOf = (
  folder: string,
) => Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
