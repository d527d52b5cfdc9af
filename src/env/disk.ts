/**
 * Disk: files as the log needs them. Durable means: covered by `sync` (bytes) and `syncDirectory` (names).
 *
 * Errors carry the operating system's `code` (`ENOENT`, `ENOSPC`, `EIO` …) on a plain `Error`.
 * Paths are relative to the folder that the Disk was made for and use `/`.
 */
export interface Disk {
  /** Opens for reading and writing; `create` makes the file (and its missing folders) when absent, else ENOENT. */
  open(path: string, options?: { readonly create?: boolean }): Promise<File>;
  /** Names in a folder, sorted; empty when the folder is absent. */
  list(directory: string): Promise<string[]>;
  makeDirectory(path: string): Promise<void>;
  /** Atomic; replaces `to`. Survives a power cut only after `syncDirectory` of the parent folder. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all that it holds; absent is fine. */
  remove(path: string): Promise<void>;
  /** Makes created, renamed and removed names in the folder durable. */
  syncDirectory(path: string): Promise<void>;
  /** Makes everything that was written to any file of this disk durable (one `syncfs`). */
  syncAll(): Promise<void>;
  /** Bytes that a writer can still take, and the size of the file system. */
  space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /** Takes the folder for this process alone; the kernel lets go of it when the process dies. Rejects with code `ELOCKED`. */
  lock(): Promise<DiskLock>;
}

export interface DiskLock {
  release(): Promise<void>;
}

/** One writer, any number of readers. Operations on one file may run at the same time. */
export interface File {
  /** Bytes in the file, including those not yet durable. Synchronous: kept by the adapter. */
  readonly size: number;
  /** Writes all parts one after the other at `position`; extends the file when needed. All or an error. */
  write(position: number, parts: readonly Uint8Array[]): Promise<void>;
  /** Reads up to `length` bytes at `position`; shorter only at the end of the file. */
  read(position: number, length: number): Promise<Buffer>;
  /** Resolves when everything whose `write` resolved before the call is durable, the file's size too (`fdatasync`). */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}
