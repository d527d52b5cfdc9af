/**
 * DataFolder: the folder is ours or empty, else it is left alone.
 *
 * A new one gets a `.gitignore` that ignores everything in it, so that nobody commits a log by accident.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { foreignNames } from '../../config/index.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';

const NAMED_MAX = 3;

export function prepareFolder(folder: string): void {
  const absolute = path.resolve(folder);
  const names = explained(folder, () => {
    mkdirSync(absolute, { recursive: true });
    return readdirSync(absolute);
  });
  const foreign = foreignNames(names);
  if (foreign.includes('meta.properties'))
    throw new CommandFailed(
      EXIT.conflict,
      `${folder} is a data folder of Apache Kafka. Give gregor its own: gregor start --data DIR`,
    );
  if (foreign.includes('backup.json'))
    throw new CommandFailed(
      EXIT.conflict,
      `${folder} is a backup; a broker would change it. Make a data folder of it: gregor restore ${folder} --data DIR`,
    );
  if (foreign.length > 0) {
    const named = foreign.slice(0, NAMED_MAX).join(', ');
    const more = foreign.length > NAMED_MAX ? ` and ${foreign.length - NAMED_MAX} more` : '';
    throw new CommandFailed(
      EXIT.conflict,
      `${folder} holds files that are not gregor's (${named}${more}). Give it an empty folder: gregor start --data DIR`,
    );
  }
  const ignore = path.join(absolute, '.gitignore');
  if (!existsSync(ignore)) explained(folder, () => writeFileSync(ignore, '*\n'));
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of its path is a file',
  EROFS: 'the disk is read-only',
  ENOSPC: 'no space is left on its disk',
  EDQUOT: 'no space is left for this user on its disk',
};

function explained<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = REASONS[code ?? ''] ?? message;
    throw new CommandFailed(
      EXIT.failed,
      `Cannot use ${folder} as data folder: ${reason}. Give another: gregor start --data DIR`,
      { cause: error },
    );
  }
}
