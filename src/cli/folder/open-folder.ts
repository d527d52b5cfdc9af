/**
 * OpenFolder: a data folder for a command that looks at it from outside, under the folder's own lock.
 *
 * A folder without `.lock` never had a broker (a copy): it is read without one, so that nothing is put there.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_FOLDER } from '../../config/index.ts';
import type { Disk, DiskLock } from '../../env/index.ts';
import { NodeDisk } from '../../env/node/index.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';

export interface OpenFolder {
  readonly disk: Disk;
  /** As people typed it. */
  readonly name: string;
  readonly path: string;
  release(): Promise<void>;
}

/** `doing`: "verify", for the message when a broker has the folder. */
export async function openFolder(
  named: string | undefined,
  doing: string,
  options: { readonly readOnly: boolean },
): Promise<OpenFolder> {
  const name = named ?? `./${DEFAULT_FOLDER}`;
  const absolute = path.resolve(name);
  if (!isFolder(absolute))
    throw new CommandFailed(EXIT.notFound, `There is no folder ${name}. Name the data folder: --data DIR`);
  const disk = new NodeDisk(absolute, options);
  const hasLock = existsSync(path.join(absolute, '.lock')) && !isReadOnly(absolute);
  const lock = hasLock || !options.readOnly ? await take(disk, name, doing) : undefined;
  return { disk, name, path: absolute, release: async () => lock?.release() };
}

async function take(disk: Disk, name: string, doing: string): Promise<DiskLock> {
  try {
    return await disk.lock();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    throw new CommandFailed(
      EXIT.conflict,
      `${name} is in use by a broker, or by another command. Stop it first, or ${doing} a backup of it: gregor backup DIR`,
      { cause: error },
    );
  }
}

/** Nobody can write there, so nobody needs to be kept out: a backup on a disk that is mounted for reading. */
function isReadOnly(absolute: string): boolean {
  try {
    accessSync(absolute, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}

export function isFolder(absolute: string): boolean {
  return statSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
}

export function noDataFolder(name: string): CommandFailed {
  return new CommandFailed(
    EXIT.notFound,
    `${name} holds no manifest, so it is no data folder, or one that was never used. Name it: --data DIR`,
  );
}
