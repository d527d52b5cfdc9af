/**
 * What is wrong with the folder of a DiskStore, and what to do about it. The changelog has all of it, so nothing is ever lost; but what
 * helps is not the same: what is damaged is moved aside, a disk that is full wants room, and waits for it.
 */
import type { SpaceOf } from '../../env/index.ts';
import { PlanError } from '../../streams/index.ts';

/** In the words of the operating system, which is all that LevelDB passes on. */
const FULL = /No space left on device|Disk quota exceeded/;
const FORBIDDEN = /Permission denied|Operation not permitted|Read-only file system/;
const MIB = 1024 * 1024;

export function damaged(folder: string, what: string): PlanError {
  return new PlanError(
    `the state in ${folder} is damaged: ${what}. Nothing is lost: move the folder aside and start again, ` +
      'state is rebuilt from the changelog',
  );
}

export function notOurs(folder: string, whose: string): PlanError {
  return new PlanError(
    `the state in ${folder} is ${whose}. Move the folder aside and start again: state is rebuilt from the changelog`,
  );
}

/** `room`: of its disk (`roomIn`). */
export function explained(error: unknown, folder: string, room = ''): Error {
  if (!(error instanceof Error) || error instanceof PlanError) return error as Error;
  const { code, message } = (error.cause ?? error) as Error & { code?: string };
  if (code === 'LEVEL_LOCKED')
    return new Error(`the state in ${folder} is in use by another process: each needs a folder of its own`);
  if (code === 'LEVEL_CORRUPTION' || error instanceof SyntaxError) return damaged(folder, message);
  const [reason] = FULL.exec(message) ?? [];
  if (reason !== undefined)
    return new Error(
      `the state in ${folder} cannot be written: ${reason}${room}. Nothing is lost: the changelog has all of it, and the pipeline goes on ` +
        "by itself once there is room. Make some, or stop it and move the folder to a larger disk (state: { store: 'disk', folder })",
    );
  if (FORBIDDEN.test(message))
    return new Error(
      `the state in ${folder} cannot be opened: ${message}. Let this user write there, or give the pipeline another folder ` +
        "(state: { store: 'disk', folder })",
    );
  return new Error(
    `the state in ${folder}: ${message}. If that stays so, move the folder aside: state is rebuilt from the changelog`,
  );
}

/** `, 0.4 MiB are free there`; empty where nobody knows. */
export async function roomIn(folder: string, spaceOf: SpaceOf | undefined): Promise<string> {
  if (spaceOf === undefined) return '';
  try {
    const { freeBytes } = await spaceOf(folder);
    return `, ${(freeBytes / MIB).toFixed(1)} MiB are free there`;
  } catch {
    return ''; // the error that it belongs to is the one to tell
  }
}
