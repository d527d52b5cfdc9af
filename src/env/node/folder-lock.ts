/**
 * FolderLock: one process per folder. It is SQLite's lock on an empty file `.lock`, as Node itself has no flock.
 *
 * The kernel drops the lock when the process dies, however it dies; what stays is the empty file, which locks nobody
 * out. Nothing is ever written to it, so a power cut cannot spoil it. On Linux such a lock falls when its process
 * closes *any* descriptor of the file: therefore no verb of NodeDisk opens `.lock`.
 */
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import type { DiskLock } from '../disk.ts';
import { systemError } from '../system-error.ts';

export const LOCK_FILE = '.lock';
/** SQLite's number for "somebody else has it". */
const SQLITE_BUSY = 5;

export function lockFile(path: string): DiskLock {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)
      throw systemError('ELOCKED', `another process uses this folder (${path})`);
    throw error;
  }
  held.add(database);
  const ours = statSync(path);
  return {
    isHeld: async () => {
      const there = await stat(path).catch(() => undefined);
      return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
    },
    release: async () => {
      if (held.delete(database)) database.close();
    },
  };
}

/** A lock that nobody refers to any more must not fall with its garbage. */
const held = new Set<DatabaseSync>();
