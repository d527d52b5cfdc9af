/**
 * MountedDisk: a real ext4 on a disk that nbdkit serves, in whatever way it is told to. Everything lies in one folder and is taken down again.
 *
 *   image ◄── nbdkit (a plugin, filters) ◄── nbdfuse ◄── loop device ◄── ext4, mounted on `data`
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, statSync } from 'node:fs';
import path from 'node:path';

const READY_WITHIN_MS = 10_000;
const LET_GO_WITHIN_MS = 2_000;
const NEEDED = ['nbdkit', 'nbdfuse', 'fusermount3', 'losetup', 'mkfs.ext4', 'mount', 'umount'];

/** Why this machine cannot; undefined when it can. */
export function missing(): string | undefined {
  if (process.platform !== 'linux') return `the disk needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'not root: nobody else may mount a file system';
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse';
  if (!existsSync('/dev/loop-control')) return 'there is no /dev/loop-control';
  const programs = NEEDED.filter((program) => !quietly('which', program));
  return programs.length === 0
    ? undefined
    : `not installed: ${programs.join(', ')} (Debian: nbdkit libnbd-bin fuse3)`;
}

export function missingPlugin(name: string): string | undefined {
  return quietly('nbdkit', name, '--dump-plugin') ? undefined : `not installed: nbdkit-plugin-${name}`;
}

export function missingFilter(name: string): string | undefined {
  return quietly('nbdkit', `--filter=${name}`, 'null', '--dump-plugin')
    ? undefined
    : `nbdkit has no filter '${name}'`;
}

export class MountedDisk {
  readonly #folder: string;
  readonly #bytes: number;
  #nbdkit: ChildProcess | undefined;
  #nbdfuse: ChildProcess | undefined;
  #loop: string | undefined;
  /** Every mount gets names of its own: what the kernel lets go of late is in nobody's way. */
  #mounts = 0;

  /** Makes the image, a sparse file, and the file system in it. */
  constructor(folder: string, bytes: number, mkfs: readonly string[] = []) {
    this.#folder = folder;
    this.#bytes = bytes;
    mkdirSync(this.data, { recursive: true });
    const image = openSync(this.image, 'w');
    ftruncateSync(image, bytes);
    closeSync(image);
    execFileSync('mkfs.ext4', ['-q', '-F', ...mkfs, this.image]);
  }

  get image(): string {
    return path.join(this.#folder, 'image');
  }

  /** Where the file system is mounted. */
  get data(): string {
    return path.join(this.#folder, 'data');
  }

  /** The disk as a file, below the file system. */
  get block(): string {
    return path.join(this.#mountPoint, 'disk');
  }

  get #mountPoint(): string {
    return path.join(this.#folder, `block-${this.#mounts}`);
  }

  /** `nbdkit`: its plugin and filters with their settings. */
  async mount(nbdkit: readonly string[], options: readonly string[] = []): Promise<void> {
    this.#mounts++;
    mkdirSync(this.#mountPoint);
    const socket = path.join(this.#folder, `socket-${this.#mounts}`);
    this.#nbdkit = spawn('nbdkit', ['-f', '-U', socket, ...nbdkit], { stdio: 'ignore' });
    await until('nbdkit listens', () => existsSync(socket));
    this.#nbdfuse = spawn('nbdfuse', [this.block, '--unix', socket], { stdio: 'ignore' });
    await until(
      'nbdfuse shows the disk',
      () => statSync(this.block, { throwIfNoEntry: false })?.size === this.#bytes,
    );
    this.#loop = execFileSync('losetup', ['-f', '--show', '--direct-io=on', this.block], {
      encoding: 'utf8',
    }).trim();
    execFileSync('mount', ['-t', 'ext4', ...options, this.#loop, this.data]);
  }

  /**
   * Nobody uses the disk any more; after a power cut the file system's own writes fail, which is the point there.
   *
   * A kernel that still holds on to what is off (some do for as long as the machine is up) is left alone with it: once
   * nbdkit is gone nothing can reach the image, and the next mount has names of its own.
   */
  async unmount(): Promise<void> {
    if (!(await within(LET_GO_WITHIN_MS, () => quietly('umount', this.data))))
      quietly('umount', '-l', this.data);
    if (this.#loop !== undefined) quietly('losetup', '-d', this.#loop);
    this.#loop = undefined;
    if (!(await within(LET_GO_WITHIN_MS, () => quietly('fusermount3', '-u', this.#mountPoint))))
      quietly('fusermount3', '-u', '-z', this.#mountPoint);
    for (const child of [this.#nbdkit, this.#nbdfuse]) await ended(child);
  }
}

async function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

function quietly(program: string, ...parameters: string[]): boolean {
  try {
    execFileSync(program, parameters, { stdio: 'ignore' });
    return true;
  } catch {
    return false; // the caller has another way, or the thing is gone already
  }
}

export async function until(what: string, isSo: () => boolean): Promise<void> {
  if (!(await within(READY_WITHIN_MS, isSo)))
    throw new Error(`waited ${READY_WITHIN_MS} ms in vain: ${what}`);
}

async function within(milliseconds: number, isSo: () => boolean): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (!isSo()) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}
