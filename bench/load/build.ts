/**
 * The C programs of this folder, built on demand with the machine's compiler into `.cache/bench`; a program is built again
 * when its text, the compiler's flags or the processor differ.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const CACHE = path.join(import.meta.dirname, '../../.cache/bench');
const FLAGS = ['-O3', '-march=native', '-Wall', '-Wextra', '-pthread'];

/** The path of the program, ready to run. */
export function program(
  name: 'generate' | 'answer' | 'fetch' | 'append' | 'rdkafka',
  libraries: readonly string[] = [],
): string {
  const source = path.join(import.meta.dirname, `${name}.c`);
  const hash = createHash('sha256');
  const headers = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.h'));
  for (const file of [`${name}.c`, ...headers.sort()])
    hash.update(readFileSync(path.join(import.meta.dirname, file)));
  hash.update(FLAGS.join(' ')).update(os.cpus()[0]?.model ?? '');
  const binary = path.join(CACHE, `${name}-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(binary)) return binary;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${binary}.${process.pid}`;
  execFileSync('cc', [...FLAGS, '-o', unfinished, source, ...libraries], { stdio: 'inherit' });
  renameSync(unfinished, binary);
  return binary;
}
