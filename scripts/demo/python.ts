/** Python for the demo and the client suites: a virtual environment of the project's own, made when it is missing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, '.cache/venv');

/** The interpreter of an environment that has these packages; undefined (with the reason) where Python is missing. */
export function pythonWith(packages: readonly string[]): { python: string } | { missing: string } {
  const python = path.join(FOLDER, 'bin/python');
  if (!existsSync(python)) {
    mkdirSync(path.dirname(FOLDER), { recursive: true });
    const made = run('python3', ['-m', 'venv', FOLDER]);
    if (made !== undefined) return { missing: `no virtual environment could be made: ${made}` };
  }
  const mark = path.join(FOLDER, `.has-${packages.join('-').replaceAll(/[^a-z0-9.-]/gi, '_')}`);
  if (!existsSync(mark)) {
    const failed = run(python, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      ...packages,
    ]);
    if (failed !== undefined) return { missing: `pip could not install ${packages.join(', ')}: ${failed}` };
    writeFileSync(mark, '');
  }
  return { python };
}

/** Undefined when it went well, else why not. */
function run(command: string, args: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : stderr.trim().split('\n').at(-1) || `exit code ${status}`;
}
