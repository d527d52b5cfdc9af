/** The machine: what it is, what else it did meanwhile, and how long its disk takes to sync. */
import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Linux counts in hundredths of a second on every machine that we know. */
const TICKS_PER_SECOND = 100;
/** Of the fields of a block device's `stat`. */
const SECTORS_WRITTEN = 6;
const SECTOR_BYTES = 512;
const SYNCS = 200;
const SYNC_BYTES = 4096;

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly java: string;
  readonly commit: string;
  /** Files differ from the commit. */
  readonly isChanged: boolean;
}

export function describeMachine(): Machine {
  return {
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    node: process.version,
    java: firstLine('java', ['--version']),
    commit: firstLine('git', ['rev-parse', '--short', 'HEAD']),
    isChanged: firstLine('git', ['status', '--porcelain', '--untracked-files=no']) !== '',
  };
}

function firstLine(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { cwd: import.meta.dirname, encoding: 'utf8' }).split('\n')[0]!;
  } catch {
    return 'unknown';
  }
}

/** Seconds that all processors together were busy or stolen from us since boot (Linux; elsewhere 0). */
export function busySeconds(): number {
  try {
    const [, user, nice, system, , , interrupts, softInterrupts, stolen] = readFileSync('/proc/stat', 'utf8')
      .split('\n')[0]!
      .split(/\s+/)
      .map(Number);
    return (user! + nice! + system! + interrupts! + softInterrupts! + stolen!) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

/** Seconds of processor time that a process has used, of user and system together. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Bytes that the disk of a folder has been given to write since boot, by whomever (Linux). NaN: it is on no disk that is counted. */
export function writtenBytes(folder: string): number {
  const { dev } = statSync(folder);
  const major = (dev >>> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00);
  try {
    const fields = readFileSync(`/sys/dev/block/${major}:${minor}/stat`, 'latin1').trim().split(/\s+/);
    return Number(fields[SECTORS_WRITTEN]) * SECTOR_BYTES;
  } catch {
    return Number.NaN;
  }
}

/** Resident memory of a process in bytes: now, or the most it ever was. */
export function residentBytes(pid: number, which: 'now' | 'most' = 'now'): number {
  const name = which === 'now' ? 'VmRSS' : 'VmHWM';
  const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/** Milliseconds of an fdatasync after 4 KiB written into a file that exists: what every latency stands beside. */
export async function syncTimes(folder: string): Promise<{ readonly p50: number; readonly p99: number }> {
  const file = path.join(folder, 'sync-probe');
  const descriptor = openSync(file, 'w');
  const bytes = Buffer.alloc(SYNC_BYTES, 1);
  const times: number[] = [];
  for (let n = 0; n < SYNCS; n++) writeSync(descriptor, bytes, 0, SYNC_BYTES, n * SYNC_BYTES);
  fdatasyncSync(descriptor);
  for (let n = 0; n < SYNCS; n++) {
    writeSync(descriptor, bytes, 0, SYNC_BYTES, n * SYNC_BYTES);
    const before = performance.now();
    fdatasyncSync(descriptor);
    times.push(performance.now() - before);
  }
  closeSync(descriptor);
  await rm(file);
  times.sort((a, b) => a - b);
  return { p50: times[SYNCS / 2]!, p99: times[Math.floor(SYNCS * 0.99)]! };
}
