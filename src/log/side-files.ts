/**
 * SideFiles: what lies beside the segments of a partition: the producers' snapshot that counts. Not durable before `sync`; the
 * caller calls one verb at a time.
 */
import type { EventSink } from '../base/index.ts';
import type { Disk } from '../env/index.ts';
import type { FileCache } from './file-cache.ts';
import { decodeProducerSnapshot } from './producer-snapshot.ts';
import { fileName } from './segment-format.ts';
import { isAbsent, storageError } from './storage-error.ts';

export interface SideFilesParts {
  readonly disk: Disk;
  readonly files: FileCache;
  readonly events: EventSink;
  readonly directory: string;
  /** Told of a name that only a sync of the folder makes durable. */
  readonly names: { noteNewFile(): void };
}

export class SideFiles {
  readonly #parts: SideFilesParts;
  #snapshotOffset: number | undefined;
  /** Snapshots that count no more once the newest manifest is durable. */
  readonly #superseded: number[] = [];
  readonly #unsynced = new Set<string>();

  constructor(parts: SideFilesParts, snapshotOffset: number | undefined) {
    this.#parts = parts;
    this.#snapshotOffset = snapshotOffset;
  }

  get snapshotOffset(): number | undefined {
    return this.#snapshotOffset;
  }

  /**
   * Writes the producers as they were at `offset`. It counts once a manifest names it, so the one before stays until the
   * next call: by then that manifest is durable.
   */
  async writeSnapshot(offset: number, bytes: Buffer): Promise<void> {
    for (const old of this.#superseded.splice(0)) await this.#parts.files.remove(this.#snapshotPath(old));
    if (offset === this.#snapshotOffset) return this.#replace(this.#snapshotPath(offset), bytes);
    await this.#write(this.#snapshotPath(offset), bytes);
    if (this.#snapshotOffset !== undefined) this.#superseded.push(this.#snapshotOffset);
    this.#snapshotOffset = offset;
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
    if (bytes !== undefined && decodeProducerSnapshot(bytes) !== undefined) return bytes;
    events('warn', 'A producer snapshot is damaged. What the segments tell of producers is used instead.', {
      file: path,
      missing: bytes === undefined,
    });
    return undefined;
  }

  async sync(): Promise<void> {
    for (const path of this.#unsynced) {
      await this.#parts.files.use(path, (file) => file.sync());
      await this.#parts.files.forget(path);
    }
    this.#unsynced.clear();
  }

  #snapshotPath(offset: number): string {
    return `${this.#parts.directory}/${fileName(offset, '.snapshot')}`;
  }

  /** The file counts already: it changes from the one whole content to the other. */
  async #replace(path: string, bytes: Buffer): Promise<void> {
    const { disk, files } = this.#parts;
    await this.#write(`${path}.new`, bytes);
    await files.use(`${path}.new`, (file) => file.sync());
    this.#unsynced.delete(`${path}.new`);
    await files.forget(`${path}.new`);
    await disk.rename(`${path}.new`, path);
  }

  async #write(path: string, bytes: Buffer): Promise<void> {
    this.#parts.names.noteNewFile();
    await this.#parts.files.use(
      path,
      async (file) => {
        await file.write(0, [bytes]);
        if (file.size > bytes.length) await file.truncate(bytes.length);
      },
      { create: true },
    );
    this.#unsynced.add(path);
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
