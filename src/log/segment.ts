/**
 * Segment: one contiguous run of record batches in one file, with its sparse indexes.
 *
 * Invariants
 *   S1  baseOffset <= every offset in the file < the next segment's baseOffset
 *   S2  `state` names only bytes whose write resolved; a reader never sees a byte past them
 *   S3  an index entry points at the first byte of a batch
 *   S4  bytes that `state` does not name are cut before the first write, and never read
 *   S5  at most UNSYNCED_BYTES_MAX of the file wait for a sync, so that no sync is long
 *   S6  `counted` names only bytes that are durable in the journal, or by an entry in it: the most that a manifest may name
 *
 * One writer (PartitionLog, one call at a time), any number of readers. Nothing is opened or loaded before it is needed.
 * Format: docs/formats/segment.md.
 */
import type { EventSink } from '../base/index.ts';
import type { File, WriteOptions } from '../env/index.ts';
import { KafkaError } from '../protocol/index.ts';
import type { FileCache } from './file-cache.ts';
import { extendIndex, type IndexPlace, loadIndex, saveIndex } from './index-files.ts';
import { type LogOptions, lengthOf, type SegmentState, type WritableBatch } from './log-state.ts';
import { segmentPath } from './segment-format.ts';
import type { SegmentIndex } from './segment-index.ts';
import { isAbsent, storageError } from './storage-error.ts';
import { grow, unwritten } from './segment-growth.ts';
import { abortedCrc, type AbortedTransaction, appendAborted, readAborted } from './transaction-index.ts';

const UNSYNCED_BYTES_MAX = 4 * 1024 * 1024;
const NOTHING_SYNCED = Promise.resolve();
/** Parts of one write. */
const PARTS_MAX = 1_000;
/** Index entries that may wait in memory for their file. */
const UNSAVED_ENTRIES_MAX = 64;

/** What the segments of one partition share. */
export interface SegmentHome {
  readonly directory: string;
  readonly files: FileCache;
  readonly events: EventSink;
  options: LogOptions;
  /** Damage that was told already: file and position. */
  reported?: Set<string>;
}

/** Damage is told once for each place, and for so many places of a partition. */
const REPORTED_MAX = 100;

export class Segment {
  readonly home: SegmentHome;
  #state: SegmentState;
  /** Newer bytes do not count yet (S6); undefined: all do. */
  #counted: SegmentState | undefined;
  /** The index while this process writes the segment. */
  #active: SegmentIndex | undefined;
  #loading: Promise<SegmentIndex> | undefined;
  #isIndexTrusted = true;
  #isPrepared = false;
  #isSealed: boolean;
  #isIndexDirty = false;
  #unsyncedBytes = 0;
  #synced: Promise<void> = NOTHING_SYNCED;
  #isDirty = false;
  #isAbortedDirty = false;
  /** What an index of aborted transactions that cannot be trusted should have held. Until the next sync mends the file. */
  #rebuilt: AbortedTransaction[] | undefined;
  #rebuilding: Promise<readonly AbortedTransaction[]> | undefined;
  /** What came behind the last batch while they are found again. */
  #sinceRebuild: AbortedTransaction[] | undefined;
  /** True once its files are being unlinked. */
  removed = false;

  constructor(home: SegmentHome, state: SegmentState, isSealed: boolean) {
    this.home = home;
    this.#state = state;
    this.#isSealed = isSealed;
  }

  /** With a generation: one that is made of cleaned batches, between which offsets may be missing. */
  static begin(home: SegmentHome, baseOffset: number, createdAt: number, generation?: number): Segment {
    return new Segment(
      home,
      {
        ...unwritten(baseOffset, createdAt),
        indexed: { offsetEntries: 0, timeEntries: 0 },
        ...(generation === undefined ? {} : { generation, sparse: true }),
      },
      false,
    );
  }

  get state(): SegmentState {
    return this.#state;
  }

  /** What a manifest may say of it (S6). */
  get counted(): SegmentState {
    return this.#counted ?? this.#state;
  }

  /** From now on all that it held at `state` counts (S6). */
  count(state: SegmentState): void {
    if (state.bytes < this.counted.bytes) return;
    this.#counted = state.bytes === this.#state.bytes ? undefined : state;
  }

  get isDirty(): boolean {
    return this.#isDirty || this.#isIndexDirty || this.#isAbortedDirty || this.#rebuilt !== undefined;
  }

  get #path(): string {
    return segmentPath(this.home.directory, this.#state);
  }

  get logPath(): string {
    return `${this.#path}.log`;
  }

  get #place(): IndexPlace {
    const { files, events, options } = this.home;
    return { files, events, options, path: this.#path };
  }

  /** Lends the log file to a reader. */
  async withFile<T>(work: (file: File) => Promise<T>): Promise<T> {
    try {
      return await this.home.files.use(this.logPath, work);
    } catch (error) {
      throw this.#readError(error);
    }
  }

  #readError(error: unknown): unknown {
    if (this.removed)
      return new KafkaError('OFFSET_OUT_OF_RANGE', 'the segment was removed', { cause: error });
    if (isAbsent(error)) return this.corrupt(0, this.#state.bytes, 'the file is missing');
    return storageError(`reading ${this.logPath} failed`, error);
  }

  /** Damage that a reader met: told to the operator, and the answer for who asked. */
  corrupt(from: number, to: number, what: string): KafkaError {
    const detail = `${this.logPath}, bytes ${from}-${to}: ${what}`;
    this.#report(from, to, what);
    return new KafkaError('CORRUPT_MESSAGE', detail);
  }

  #report(from: number, to: number, what: string): void {
    const reported = (this.home.reported ??= new Set());
    const place = `${this.logPath} ${from}`;
    if (reported.has(place) || reported.size >= REPORTED_MAX) return;
    reported.add(place);
    this.home.events('error', 'Damage in a segment. Records in this range cannot be read; all others can.', {
      file: this.logPath,
      from,
      to,
      what,
    });
  }

  /** The index as far as it is known; it may end before the newest batches. */
  index(): Promise<SegmentIndex> {
    const { indexes } = this.home.files;
    const known = this.#active ?? indexes.find(this.#path);
    if (known !== undefined) return Promise.resolve(known);
    this.#loading ??= this.#load()
      .catch((error: unknown) => {
        throw this.#readError(error);
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }

  async #load(): Promise<SegmentIndex> {
    const counts = this.#isIndexTrusted ? this.#state.indexed : undefined;
    const index = await loadIndex(this.#place, this.#state, counts, this.#isSealed);
    this.#isIndexTrusted = true;
    this.#setIndexed(index);
    this.home.files.indexes.keep(this.#path, index);
    return index;
  }

  /** A reader found that an index entry lies (S3): the next use builds the index anew. */
  distrust(index: SegmentIndex): void {
    this.#isIndexTrusted = false;
    if (this.#active === index) this.#active = undefined;
    this.home.files.indexes.forget(this.#path);
  }

  /** Writes the batches behind the last one. They are readable when it resolves. */
  async append(batches: readonly WritableBatch[], options?: WriteOptions): Promise<void> {
    const index = await this.#indexToWrite();
    for (let from = 0; from < batches.length; ) {
      const to = chunkEnd(batches, from);
      const chunk = batches.slice(from, to);
      await this.#write(
        chunk.map((batch) => batch.bytes),
        options,
      );
      await this.#writeAborted(chunk);
      this.#grow(chunk, index);
      from = to;
    }
    if (index.unsavedEntries >= UNSAVED_ENTRIES_MAX) await this.#saveIndex(index);
  }

  async #indexToWrite(): Promise<SegmentIndex> {
    const index = await this.index();
    this.#active = index;
    if (index.end < this.#state.bytes) await extendIndex(this.#place, this.#state, index);
    return index;
  }

  async #write(parts: readonly Buffer[], options?: WriteOptions): Promise<void> {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    await this.home.files.use(
      this.logPath,
      async (file) => {
        if (this.#state.bytes === 0) await cutTo(file, 0); // S4
        await file.write(this.#state.bytes, parts, options);
        this.#isDirty = true; // now: a sync that began before this write ended did not see it
        this.#unsyncedBytes += bytes;
        if (this.#unsyncedBytes < UNSYNCED_BYTES_MAX) return;
        this.#unsyncedBytes = 0; // S5
        await this.#syncAlone(file);
      },
      { create: this.#state.bytes === 0 },
    );
  }

  /** Two syncs of one file could share one error, and the other would know nothing of what is lost: after one failed, all do (D5). */
  #syncAlone(file: File): Promise<void> {
    const synced = this.#synced.then(() => file.sync());
    synced.catch(() => {
      // whoever asked for it hears of it, and all who come later
    });
    this.#synced = synced;
    return synced;
  }

  async #writeAborted(batches: readonly WritableBatch[]): Promise<void> {
    const entries = batches.flatMap(({ aborted }) => aborted ?? []);
    if (entries.length === 0) return;
    await appendAborted(this.home.files, this.#abortedPath, this.#state.aborted ?? 0, entries);
    this.#isAbortedDirty = true;
  }

  get #abortedPath(): string {
    return `${this.#path}.txnindex`;
  }

  /** The transactions that its markers aborted. `rebuild` is asked when the index file cannot be trusted. */
  async aborted(rebuild: () => Promise<AbortedTransaction[]>): Promise<readonly AbortedTransaction[]> {
    const { aborted: count = 0, abortedCrc: crc } = this.#state;
    if (count === 0) return [];
    if (this.#rebuilt !== undefined) return this.#rebuilt;
    if (crc !== undefined) {
      const entries = await readAborted(this.home.files, this.#abortedPath, count, crc);
      if (entries !== undefined) return entries;
      if (this.removed) return [];
    }
    this.#rebuilding ??= this.#rebuildAborted(rebuild).finally(() => {
      this.#rebuilding = undefined;
      this.#sinceRebuild = undefined;
    });
    return this.#rebuilding;
  }

  async #rebuildAborted(
    rebuild: () => Promise<AbortedTransaction[]>,
  ): Promise<readonly AbortedTransaction[]> {
    const file = this.#abortedPath;
    if (this.#state.abortedCrc === undefined)
      this.home.events('info', 'An index of aborted transactions without a checksum is built anew.', {
        file,
      });
    else
      this.home.events(
        'warn',
        'The index of aborted transactions of a segment is damaged. It is built anew.',
        {
          file,
        },
      );
    const since: AbortedTransaction[] = [];
    this.#sinceRebuild = since;
    const built = await rebuild();
    const end = built.at(-1)?.lastOffset ?? -1;
    this.#rebuilt = [...built, ...since.filter(({ lastOffset }) => lastOffset > end)];
    return this.#rebuilt;
  }

  /** Puts what was found again into the file. A crash leaves one that the manifest does not fit: it is found again. */
  async #mendAborted(): Promise<void> {
    const entries = this.#rebuilt;
    if (entries === undefined) return;
    if (entries.length > 0) {
      await appendAborted(this.home.files, this.#abortedPath, 0, entries);
      this.#isAbortedDirty = true;
    }
    const { aborted: _count, abortedCrc: _crc, ...state } = this.#state;
    this.#state =
      entries.length === 0 ? state : { ...state, aborted: entries.length, abortedCrc: abortedCrc(entries) };
    this.#rebuilt = undefined;
  }

  /** Cuts what does not count. False: bytes that count are missing, so nothing may be written behind them. */
  async prepare(): Promise<boolean> {
    const { bytes } = this.#state;
    if (this.#isPrepared || bytes === 0) return true;
    try {
      this.#isPrepared = await this.home.files.use(this.logPath, (file) => cutTo(file, bytes));
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    if (!this.#isPrepared) this.#report(0, bytes, 'the file is missing or shorter than the manifest says');
    return this.#isPrepared;
  }

  #grow(batches: readonly WritableBatch[], index: SegmentIndex): void {
    this.#counted ??= this.#state; // now: what is being written does not count because what lies before it began to
    const state = { ...this.#state };
    for (const batch of batches) {
      const position = state.bytes;
      const { baseOffset, lastOffset, maxTimestamp, aborted } = batch;
      if (aborted !== undefined) (this.#rebuilt ?? this.#sinceRebuild)?.push(aborted);
      grow(state, batch);
      if (this.#active === index && index.end === position)
        index.add(
          { position, bytes: lengthOf(batch), baseOffset, lastOffset, maxTimestamp },
          this.home.options,
        );
    }
    this.#state = state;
  }

  async #saveIndex(index: SegmentIndex): Promise<void> {
    if (this.#active !== index) return;
    await saveIndex(this.#place, index);
    this.#setIndexed(index);
    this.#isIndexDirty ||= this.#isSealed;
  }

  #setIndexed(index: SegmentIndex): void {
    this.#state = { ...this.#state, indexed: index.saved };
  }

  /** The segment gets no more batches: its index is completed and may leave memory. */
  async seal(): Promise<void> {
    const index = await this.#indexToWrite();
    index.seal();
    this.#isSealed = true;
    await this.#saveIndex(index);
    this.#active = undefined;
    this.home.files.indexes.keep(this.#path, index);
  }

  /** Everything that was written before the call is durable when it resolves; names are the caller's. */
  async sync(): Promise<void> {
    if (this.#isDirty) {
      this.#isDirty = false;
      this.#unsyncedBytes = 0;
      await this.home.files.use(this.logPath, (file) => this.#syncAlone(file));
    }
    await this.#mendAborted();
    if (this.#isAbortedDirty) {
      this.#isAbortedDirty = false;
      await this.home.files.use(this.#abortedPath, (file) => file.sync());
    }
    if (!this.#isIndexDirty) return;
    this.#isIndexDirty = false;
    await this.home.files.use(`${this.#path}.index`, (file) => file.sync());
    await this.home.files.use(`${this.#path}.timeindex`, (file) => file.sync());
  }

  /** Writes what the index files lack, closes the files and gives the memory back. */
  async close(): Promise<void> {
    const { files } = this.home;
    const index = this.#active;
    if (index !== undefined && index.unsavedEntries > 0 && !this.removed) await this.#saveIndex(index);
    this.#active = undefined;
    files.indexes.forget(this.#path);
    for (const suffix of ['.log', '.index', '.timeindex', '.txnindex'])
      await files.forget(this.#path + suffix);
  }
}

/** True when the file has `bytes` bytes now. */
async function cutTo(file: File, bytes: number): Promise<boolean> {
  if (file.size > bytes) await file.truncate(bytes); // S4
  return file.size === bytes;
}

/** As many batches as one write takes; at least one. */
function chunkEnd(batches: readonly WritableBatch[], from: number): number {
  let bytes = lengthOf(batches[from]!);
  let end = from + 1;
  for (; end < batches.length && end - from < PARTS_MAX; end++) {
    bytes += lengthOf(batches[end]!);
    if (bytes > UNSYNCED_BYTES_MAX) break;
  }
  return end;
}
