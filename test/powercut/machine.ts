/**
 * Machine: a real ext4 on a disk whose power can be cut. Everything lies in one folder and is taken down again.
 *
 *   image ◄── nbdkit (disk.py: volatile cache) ◄── nbdfuse ◄── loop device ◄── ext4, mounted on `data`
 *
 * A power cut loses what was not flushed, in part and in any order, and answers everything after with EIO; the processes
 * on it are then killed by the caller, the disk is taken away, and the next `powerOn` mounts what survived.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

const IMAGE_BYTES = 256 * 1024 * 1024;
const READY_WITHIN_MS = 10_000;
const LET_GO_WITHIN_MS = 2_000;
const NEEDED = ['nbdkit', 'nbdfuse', 'fusermount3', 'losetup', 'mkfs.ext4', 'mount', 'umount'];

/** Why this machine cannot; undefined when it can. */
export function missing(): string | undefined {
  if (process.platform !== 'linux') return `the rig needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'not root: nobody else may mount a file system';
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse';
  if (!existsSync('/dev/loop-control')) return 'there is no /dev/loop-control';
  const programs = NEEDED.filter((program) => !isThere(program));
  if (programs.length > 0)
    return `not installed: ${programs.join(', ')} (Debian: nbdkit nbdkit-plugin-python libnbd-bin fuse3)`;
  if (!quietly('nbdkit', 'python', '--dump-plugin')) return 'not installed: nbdkit-plugin-python';
  return undefined;
}

function isThere(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // that is the answer
  }
}

export class Machine {
  readonly #folder: string;
  #nbdkit: ChildProcess | undefined;
  #nbdfuse: ChildProcess | undefined;
  #loop: string | undefined;
  /** Every boot gets a name of its own: what the kernel lets go of late is in nobody's way. */
  #boots = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(this.#at('data'), { recursive: true });
    const image = openSync(this.#at('image'), 'w');
    ftruncateSync(image, IMAGE_BYTES);
    closeSync(image);
    execFileSync('mkfs.ext4', ['-q', '-F', this.#at('image')]);
  }

  /** Where the file system is mounted. */
  get data(): string {
    return this.#at('data');
  }

  get #block(): string {
    return this.#at(`block-${this.#boots}`);
  }

  #at(name: string): string {
    return path.join(this.#folder, name);
  }

  async powerOn(): Promise<void> {
    this.#boots++;
    for (const name of ['cut', 'cut.done']) rmSync(this.#at(name), { force: true });
    mkdirSync(this.#block);
    const plugin = path.join(import.meta.dirname, 'disk.py');
    const settings = [`image=${this.#at('image')}`, `control=${this.#at('cut')}`];
    this.#nbdkit = spawn(
      'nbdkit',
      ['-f', '-U', this.#at(`socket-${this.#boots}`), 'python', plugin, ...settings],
      {
        stdio: 'ignore',
      },
    );
    await until('nbdkit listens', () => existsSync(this.#at(`socket-${this.#boots}`)));
    const block = path.join(this.#block, 'disk');
    this.#nbdfuse = spawn('nbdfuse', [block, '--unix', this.#at(`socket-${this.#boots}`)], {
      stdio: 'ignore',
    });
    await until(
      'nbdfuse shows the disk',
      () => statSync(block, { throwIfNoEntry: false })?.size === IMAGE_BYTES,
    );
    this.#loop = execFileSync('losetup', ['-f', '--show', '--direct-io=on', block], {
      encoding: 'utf8',
    }).trim();
    execFileSync('mount', ['-t', 'ext4', this.#loop, this.data]);
  }

  /** Answers how many unflushed sectors survived, of how many. From now on the disk answers with EIO. */
  async cutPower(seed: number): Promise<{ kept: number; unflushed: number }> {
    // Under its name at once and whole: the disk looks at every request, also between a file's creation and its content.
    writeFileSync(this.#at('cut.new'), String(seed));
    renameSync(this.#at('cut.new'), this.#at('cut'));
    const done = this.#at('cut.done');
    // The disk notices at its next request: the broker's, or one of these.
    const disk = openSync(path.join(this.#block, 'disk'), 'r');
    await until('the disk is off', () => {
      poke(disk);
      return existsSync(done);
    });
    closeSync(disk);
    const [kept, unflushed] = readFileSync(done, 'utf8').split(' ').map(Number);
    return { kept: kept!, unflushed: unflushed! };
  }

  /**
   * Takes the disk away. Nobody uses it any more; after a cut the file system's own writes fail, which is the point.
   *
   * A kernel that still holds on to what is off (some do for as long as the machine is up) is left alone with it: once
   * nbdkit is gone nothing can reach the image, and the next boot has mount points of its own.
   */
  async takeAway(): Promise<void> {
    if (!(await within(LET_GO_WITHIN_MS, () => quietly('umount', this.data))))
      quietly('umount', '-l', this.data);
    if (this.#loop !== undefined) quietly('losetup', '-d', this.#loop);
    this.#loop = undefined;
    if (!(await within(LET_GO_WITHIN_MS, () => quietly('fusermount3', '-u', this.#block))))
      quietly('fusermount3', '-u', '-z', this.#block);
    for (const child of [this.#nbdkit, this.#nbdfuse]) await ended(child);
  }
}

/** A read of some place that is in no cache. */
function poke(disk: number): void {
  try {
    readSync(disk, Buffer.alloc(512), 0, 512, Math.floor((Math.random() * IMAGE_BYTES) / 4096) * 4096);
  } catch {
    // EIO: it is off
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

async function until(what: string, isSo: () => boolean): Promise<void> {
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
