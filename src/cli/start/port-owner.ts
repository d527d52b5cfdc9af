/**
 * PortOwner: who listens on a port of this machine, as far as Linux lets us see (`/proc`). Undefined: it does not.
 *
 *   /proc/net/tcp   local_address ...:2384  st 0A  inode 31337   ->   /proc/4711/fd/7 -> socket:[31337]   ->   /proc/4711/cmdline
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

export interface PortOwner {
  readonly name: string;
  readonly pid: number;
}

const LISTENING = '0A';

export function findPortOwner(port: number): PortOwner | undefined {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(read(table), port)),
  );
  if (inodes.size === 0) return undefined;
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    const isOwner = list(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
    if (isOwner) return { pid: Number(pid), name: programName(read(`/proc/${pid}/cmdline`)) };
  }
  return undefined;
}

/** Inodes of the sockets that listen on the port, out of the kernel's table. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => cells[1]?.endsWith(suffix) === true && cells[3] === LISTENING)
    .map((cells) => cells[9]!);
}

/** `java` of `/usr/bin/java -Xmx1g ...`; of Node the script, which says more. */
export function programName(commandLine: string): string {
  const [program = '', ...rest] = commandLine.split('\0');
  const name = path.basename(program);
  const script = rest.find((argument) => !argument.startsWith('-'));
  if (!/^node(\d|\.|$)/.test(name) || script === undefined) return name || 'a process';
  return path.basename(script).replace(/\.[cm]?[jt]s$/, '');
}

/** What cannot be read (another user's process, another system) is not known: empty. */
function read(file: string): string {
  return attempt(() => readFileSync(file, 'utf8'), '');
}

function list(folder: string): string[] {
  return attempt(() => readdirSync(folder), []);
}

function link(file: string): string {
  return attempt(() => readlinkSync(file), '');
}

function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise; // not ours to see
  }
}
