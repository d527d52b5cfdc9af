/**
 * Manifest: the one page that says what a folder holds: segments with their lengths, log starts, where the journal begins.
 *
 *   manifest-a, manifest-b      two copies, written in turn, so that a torn write never hits the newest whole one
 *
 *   gregor-manifest 1 <generation> <bytes of the body> <CRC-32C>\n      the CRC covers version, generation, length, body
 *   { ... JSON ... }
 *
 * Invariants
 *   M1  `write` resolves when the new copy is durable; the other copy is the one before it
 *   M2  the copy with the highest generation among the whole ones counts
 *   M3  when files exist and none is whole, nothing is guessed: ManifestDamaged
 *   M4  generations rise by one with every write
 *   M5  a whole copy of another version is never passed over for an older one: ManifestUnknown
 *   M6  a copy appears whole: a crash in the very first write leaves a folder that is still new
 *
 * One writer. Format: docs/formats/manifest.md.
 */
import { assert, crc32c, type EventSink } from '../base/index.ts';
import type { Disk, Environment, File } from '../env/index.ts';
import type { LogState } from './log-state.ts';
import { isAbsent, storageError } from './storage-error.ts';

/**
 * 2: segments have generations. 3: partitions have ids, and indexes of aborted transactions have a checksum. 4: the journal refers to
 * batches in segments. Older ones are read; what is written is always this one.
 */
export const MANIFEST_VERSION = 4;
const OLDEST_VERSION = 1;
/** True for the versions that this program reads. */
export function isKnownManifest(version: number): boolean {
  return version >= OLDEST_VERSION && version <= MANIFEST_VERSION;
}

export const MANIFEST_FILES = ['manifest-a', 'manifest-b'] as const;
const ROOT = '';
const FIRST_LINE = /^gregor-manifest (\d+) (\d+) (\d+) ([0-9a-f]{8})$/;
/** No first line is longer. */
const FIRST_LINE_MAX = 100;

/** `Journal` is the journal's own account of where it begins: plain JSON, not looked into here. */
export interface ManifestContent<Journal = any> {
  readonly version: number;
  /** True when the folder was closed in peace: nothing lies in the journal that is not in segments. */
  readonly clean: boolean;
  /** The epoch that leads all partitions of the folder. */
  readonly leaderEpoch: number;
  readonly clusterId: string;
  readonly journal: Journal;
  readonly partitions: readonly LogState[];
}

export interface DamagedCopy {
  readonly file: string;
  readonly reason: string;
}

/** No copy can be trusted. The folder must not be opened: what it holds is not known. */
export class ManifestDamaged extends Error {
  override readonly name = 'ManifestDamaged';
  readonly copies: readonly DamagedCopy[];

  constructor(copies: readonly DamagedCopy[]) {
    const what = copies.map(({ file, reason }) => `${file}: ${reason}`).join('; ');
    super(
      `No manifest can be read (${what}). Nothing was changed. Run \`gregor verify\` on the folder, ` +
        'or put back manifest-a or manifest-b from a backup of this folder.',
    );
    this.copies = copies;
  }
}

/** The folder was last written by a program that knows more: an older copy beside it must not be taken for the truth. */
export class ManifestUnknown extends Error {
  override readonly name = 'ManifestUnknown';

  constructor(file: string, version: number) {
    super(
      `${file} has version ${version}, this program knows ${MANIFEST_VERSION}. Nothing was changed. ` +
        'Start the folder with the version of Gregor that last wrote it, or a later one.',
    );
  }
}

interface Copy {
  readonly version: number;
  readonly generation: number;
  readonly content: ManifestContent;
}

/** One of the two files, as it lies there. */
export interface ManifestCopy {
  readonly file: string;
  readonly fileBytes: number;
  /** What it says, or why it cannot be trusted. */
  readonly copy: Copy | string;
}

/** The copies that exist, unjudged. For tools: a broker opens a Manifest. */
export async function readManifestCopies(disk: Disk): Promise<ManifestCopy[]> {
  const copies: ManifestCopy[] = [];
  for (const file of MANIFEST_FILES) {
    const bytes = await readWhole(disk, file);
    if (bytes !== undefined) copies.push({ file, fileBytes: bytes.length, copy: decodeManifest(bytes) });
  }
  return copies;
}

export class Manifest {
  readonly #disk: Disk;
  readonly #events: EventSink;
  #generation = 0;
  /** The file that the next write goes to. */
  #next: string = MANIFEST_FILES[0];
  #writing = false;
  #content: ManifestContent | undefined;
  #isCertain = true;

  private constructor(env: Pick<Environment, 'disk'>, events: EventSink) {
    this.#disk = env.disk;
    this.#events = events;
  }

  /** Reads the newest whole copy. Rejects with ManifestDamaged when there are copies and none is whole. */
  static async open(env: Pick<Environment, 'disk'>, events: EventSink): Promise<Manifest> {
    const manifest = new Manifest(env, events);
    await manifest.#read();
    return manifest;
  }

  /** As read or last written; undefined in a folder that has none yet. */
  get content(): ManifestContent | undefined {
    return this.#content;
  }

  /** False when a copy was torn or damaged, or one is missing: the newest one that was written may not be the one that was read. */
  get isCertain(): boolean {
    return this.#isCertain;
  }

  get generation(): number {
    return this.#generation;
  }

  async #read(): Promise<void> {
    const damaged: DamagedCopy[] = [];
    let newest: (Copy & { file: string }) | undefined;
    const generations: number[] = [];
    for (const { file, copy } of await readManifestCopies(this.#disk)) {
      if (typeof copy === 'string') damaged.push({ file, reason: copy });
      else if (!isKnownManifest(copy.version))
        throw new ManifestUnknown(file, copy.version); // M5
      else {
        generations.push(copy.generation);
        if (newest === undefined || copy.generation > newest.generation) newest = { ...copy, file }; // M2
      }
    }
    this.#isCertain = damaged.length === 0 && areInTurn(generations); // M4
    if (newest === undefined) {
      if (damaged.length > 0) throw new ManifestDamaged(damaged); // M3
      return;
    }
    for (const { file, reason } of damaged)
      this.#events('warn', 'A manifest copy is torn or damaged; the other copy is used.', {
        file,
        reason,
        used: newest.file,
        generation: newest.generation,
      });
    this.#generation = newest.generation;
    this.#next = otherThan(newest.file);
    this.#content = newest.content;
  }

  /** Durable when it resolves (M1). One at a time. */
  async write(content: ManifestContent): Promise<void> {
    assert(!this.#writing, 'the manifest is written twice at the same time');
    this.#writing = true;
    try {
      await this.#write(content);
    } catch (error) {
      throw storageError(`writing ${this.#next} failed`, error);
    } finally {
      this.#writing = false;
    }
  }

  async #write(content: ManifestContent): Promise<void> {
    const bytes = encodeManifest(this.#generation + 1, content);
    const isNew = !(await this.#disk.list(ROOT)).includes(this.#next);
    const path = isNew ? `${this.#next}.new` : this.#next;
    const file = await this.#disk.open(path, { create: isNew });
    try {
      await file.write(0, [bytes]);
      if (file.size > bytes.length) await file.truncate(bytes.length);
      await file.sync();
    } finally {
      await file.close();
    }
    if (isNew) await this.#disk.rename(path, this.#next); // M6
    if (isNew) await this.#disk.syncDirectory(ROOT);
    this.#generation++; // M4
    this.#next = otherThan(this.#next);
    this.#content = content;
  }
}

export function encodeManifest(generation: number, content: ManifestContent): Buffer {
  const body = Buffer.from(`${JSON.stringify(content)}\n`);
  const crc = checksum(MANIFEST_VERSION, generation, body).toString(16).padStart(8, '0');
  const head = Buffer.from(`gregor-manifest ${MANIFEST_VERSION} ${generation} ${body.length} ${crc}\n`);
  return Buffer.concat([head, body]);
}

/** The copy, or why it is none. Bytes after the body are what is left of a longer, older copy. */
export function decodeManifest(bytes: Buffer): Copy | string {
  const lineEnd = bytes.subarray(0, FIRST_LINE_MAX).indexOf('\n');
  const line = FIRST_LINE.exec(bytes.toString('latin1', 0, Math.max(lineEnd, 0)));
  if (line === null) return 'the first line is not that of a manifest';
  const [version, generation, length] = line.slice(1, 4).map(Number) as [number, number, number];
  const body = bytes.subarray(lineEnd + 1, lineEnd + 1 + length);
  if (body.length < length) return `${body.length} of ${length} bytes are there`;
  if (checksum(version, generation, body) !== Number.parseInt(line[4]!, 16)) return 'the checksum is wrong';
  return { version, generation, content: JSON.parse(body.toString()) as ManifestContent };
}

function checksum(version: number, generation: number, body: Buffer): number {
  return crc32c(body, crc32c(Buffer.from(`${version} ${generation} ${body.length}\n`)));
}

/** Two copies one behind the other, or the very first one, or none. */
function areInTurn(generations: readonly number[]): boolean {
  const newest = Math.max(0, ...generations);
  return newest <= 1 || generations.includes(newest - 1);
}

function otherThan(file: string): string {
  return file === MANIFEST_FILES[0] ? MANIFEST_FILES[1] : MANIFEST_FILES[0];
}

async function readWhole(disk: Disk, path: string): Promise<Buffer | undefined> {
  let file: File;
  try {
    file = await disk.open(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  try {
    return await file.read(0, file.size);
  } finally {
    await file.close();
  }
}
