/** Of a process, from `/proc`: processor time and resident memory. */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second on every machine that we know. */
const TICKS_PER_SECOND = 100;
const USER_AT = 11;
const SYSTEM_AT = 12;

/** Seconds, of user and system together. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_AT]) + Number(fields[SYSTEM_AT])) / TICKS_PER_SECOND;
}

/** Bytes. */
export function residentBytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kibibytes) * 1024;
}
