/** How many files and sockets this process may have open: what `ulimit -n` says. Node raises it to the hard limit itself. */
import { readFileSync } from 'node:fs';

const LIMITS_OF_THIS_PROCESS = '/proc/self/limits';

/** Infinity where the system does not tell (it is not Linux), or has no limit. */
export function openMax(): number {
  try {
    return parseOpenMax(readFileSync(LIMITS_OF_THIS_PROCESS, 'latin1'));
  } catch {
    return Number.POSITIVE_INFINITY; // there is no /proc: the limit shows when it is met
  }
}

/** The soft limit in proc(5)'s table. */
export function parseOpenMax(table: string): number {
  const soft = /^Max open files +(\d+)/m.exec(table)?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}
