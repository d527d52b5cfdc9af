/** Paths on a Disk: names with `/` between them, below the disk's root, which is ''. */
import { systemError } from './system-error.ts';

/** The parts of a path; what would leave the disk is refused. */
export function namesOf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (path.startsWith('/') || names.includes('..'))
    throw systemError('EINVAL', `not inside the disk: ${path}`);
  return names;
}
