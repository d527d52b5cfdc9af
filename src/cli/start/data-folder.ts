/**
 * DataFolder: the folder is ours or empty, else it is left alone.
 *
 * A new one gets a `.gitignore` that ignores everything in it, so that nobody commits a log by accident.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { foreignNames } from '../../embed/index.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';

const NAMED_MAX = 3;

export function prepareFolder(folder: string): void {
  const absolute = path.resolve(folder);
  const names = listOrMake(folder, absolute);
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
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
}

function listOrMake(folder: string, absolute: string): string[] {
  try {
    mkdirSync(absolute, { recursive: true });
    return readdirSync(absolute);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = {
      EACCES: 'no permission',
      EEXIST: 'it is a file',
      ENOTDIR: 'a part of its path is a file',
      EROFS: 'the disk is read-only',
    };
    throw new CommandFailed(
      EXIT.failed,
      `Cannot use ${folder} as data folder: ${why[code as keyof typeof why] ?? message}`,
    );
  }
}
