/**
 * SideFiles: what lies beside the segments of a partition: of one kind of snapshot the one that counts. Not durable before
 * `sync`; the caller calls one verb at a time.
 */
import type { EventSink } from '../base/index.ts';
import type { Disk } from '../env/index.ts';
import type { FileCache } from './file-cache.ts';
import { fileName, type Suffix } from './segment-format.ts';
import { isAbsent, storageError } from './storage-error.ts';

export interface SideFilesParts {
  readonly disk: Disk;
  readonly files: FileCache;
  readonly events: EventSink;
  readonly directory: string;
  /** Told of a name that only a sync of the folder makes durable. */
  readonly names: { noteNewFile(): void };
}

/** What is snapshotted. */
export interface SideFileKind {
  readonly suffix: Suffix;
  readonly isWhole: (bytes: Buffer) => boolean;
  /** What is told when it is damaged. */
  readonly damaged: string;
}

export class SideFiles {
  readonly #parts: SideFilesParts;
  readonly #kind: SideFileKind;
  #snapshotOffset: number | undefined;
  /** Snapshots that count no more once the newest manifest is durable. */
  readonly #superseded: number[] = [];
  readonly #unsynced = new Set<string>();

  constructor(parts: SideFilesParts, kind: SideFileKind, snapshotOffset: number | undefined) {
    this.#parts = parts;
    this.#kind = kind;
    this.#snapshotOffset = snapshotOffset;
  }

  get snapshotOffset(): number | undefined {
    return this.#snapshotOffset;
  }

  /**
   * Writes what was at `offset`. It counts once a manifest names it, so the one before stays until the
   * next call: by then that manifest is durable.
   */
  async writeSnapshot(offset: number, bytes: readonly Buffer[]): Promise<void> {
    for (const old of this.#superseded.splice(0)) await this.#remove(this.#snapshotPath(old));
    if (offset === this.#snapshotOffset) return this.#replace(this.#snapshotPath(offset), bytes);
    await this.#write(this.#snapshotPath(offset), bytes);
    if (this.#snapshotOffset !== undefined) this.#superseded.push(this.#snapshotOffset);
    this.#snapshotOffset = offset;
  }

  /** There is nothing to snapshot any more: no manifest names the file from now on. */
  dropSnapshot(): void {
    if (this.#snapshotOffset === undefined) return;
    this.#superseded.push(this.#snapshotOffset);
    this.#snapshotOffset = undefined;
  }

  /** The snapshot that counts; undefined when there is none, or it is damaged, which is told. */
  async readSnapshot(): Promise<Buffer | undefined> {
    const path = this.#snapshotPath(this.#snapshotOffset!);
    const { disk, events } = this.#parts;
    let bytes: Buffer | undefined;
    try {
      bytes = await readOf(disk, path);
    } catch (error) {
      if (!isAbsent(error)) throw storageError(`reading ${path} failed`, error);
    }
    if (bytes !== undefined && this.#kind.isWhole(bytes)) return bytes;
    events('warn', this.#kind.damaged, { file: path, missing: bytes === undefined });
    return undefined;
  }

  async sync(): Promise<void> {
    for (const path of this.#unsynced) {
      await this.#parts.files.use(path, (file) => file.sync());
      await this.#parts.files.forget(path);
    }
    this.#unsynced.clear();
  }

  /** It may have become durable together with all others: then nobody synced it by itself, and nobody can any more. */
  async #remove(path: string): Promise<void> {
    this.#unsynced.delete(path);
    await this.#parts.files.remove(path);
  }

  #snapshotPath(offset: number): string {
    return `${this.#parts.directory}/${fileName(offset, this.#kind.suffix)}`;
  }

  /** The file counts already: it changes from the one whole content to the other. */
  async #replace(path: string, bytes: readonly Buffer[]): Promise<void> {
    const { disk, files } = this.#parts;
    await this.#write(`${path}.new`, bytes);
    await files.use(`${path}.new`, (file) => file.sync());
    this.#unsynced.delete(`${path}.new`);
    await files.forget(`${path}.new`);
    await disk.rename(`${path}.new`, path);
  }

  async #write(path: string, bytes: readonly Buffer[]): Promise<void> {
    const length = bytes.reduce((sum, part) => sum + part.length, 0);
    await this.#parts.files.use(
      path,
      async (file) => {
        await file.write(0, bytes);
        if (file.size > length) await file.truncate(length);
      },
      { create: true },
    );
    this.#unsynced.add(path);
    this.#parts.names.noteNewFile();
  }
}

/** A start reads one of these for each partition. */
async function readOf(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path, { atOnce: true });
  try {
    return await file.read(0, file.size);
  } finally {
    await file.close();
  }
}
