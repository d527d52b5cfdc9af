/**
 * PartitionLog: one partition's files on one disk: segments in offset order, the last one being written.
 *
 *   ├── segment ──┼── segment ──┼── active segment ──►
 *   ^ logStartOffset                                 ^ logEndOffset (of what is written; not all of it is synced)
 *
 * Invariants
 *   L1  segments are in offset order; within one, offsets are dense (until compaction), so a gap begins a new segment
 *   L2  read() serves what write() resolved for, and nothing past it
 *   L3  files and bytes that the state does not name are removed before the first write, and never read
 *   L4  after a write or sync failed nothing more is written or synced (fail-stop); reads go on
 *
 * Knows nothing of journal, leaders, groups. Verbs that change files run one after the other; reads run at any time.
 * Nothing is opened or loaded before it is used: an idle partition costs a few hundred bytes.
 */
import { assert, type EventSink, murmur2 } from '../base/index.ts';
import type { Clock, Disk, Environment } from '../env/index.ts';
import { KafkaError } from '../protocol/index.ts';
import type { FileCache } from './file-cache.ts';
import type { EpochEntry, LogOptions, LogState, SegmentState, WritableBatch } from './log-state.ts';
import { rebuildAborted, rebuildProducers } from './producer-rebuild.ts';
import { Segment, type SegmentHome } from './segment.ts';
import {
  cleanedFolder,
  isCleanedFolder,
  PARTITIONS_DIRECTORY,
  parseFileName,
  partitionDirectory,
  segmentPath,
  type Suffix,
} from './segment-format.ts';
import { type KnownPosition, readBatches } from './segment-reader.ts';
import { SideFiles } from './side-files.ts';
import { storageError } from './storage-error.ts';
import type { TimestampOffset } from './time-index.ts';
import { firstReaching, largestTimestamp } from './timestamp-search.ts';
import { type AbortedTransaction, overlapping } from './transaction-index.ts';

const RELATIVE_OFFSET_MAX = 2 ** 31 - 1;
const POSITION_MAX = 2 ** 31 - 1;
/** Ends of reads that are remembered: consumers mostly go on where they stopped. */
const REMEMBERED_MAX = 16;
const EMPTY = Buffer.alloc(0);
const SEGMENT_SUFFIXES: readonly Suffix[] = ['.log', '.index', '.timeindex', '.txnindex'];

/** Segments that are no part of the log any more. Readers that hold them may finish, or get OFFSET_OUT_OF_RANGE. */
export interface Detached {
  readonly count: number;
  /** Removes their files, one at a time. */
  readonly unlink: () => Promise<void>;
}

export class PartitionLog {
  readonly topicId: string;
  readonly partition: number;
  readonly #disk: Disk;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #home: SegmentHome;
  #segments: Segment[];
  #logStartOffset: number;
  /** Exclusive: nothing at or above it is in a segment. */
  #writtenEnd: number;
  #epochs: readonly EpochEntry[];
  #cleanedTo: number;
  readonly #side: SideFiles;
  /** Replaced by cleaned ones, and perhaps named by the manifest on disk. */
  #retired: Segment[] = [];
  /** How often segments were replaced: what was read before a change fits nothing that is asked after it. */
  replacements = 0;
  #lastGeneration: number;
  /** Rejects never: the end of what changes files now. */
  #turn: Promise<unknown> = Promise.resolve();
  #failed: KafkaError | undefined;
  #isRemoved = false;
  #isTidy = false;
  #newFiles: 'none' | 'files' | 'directory' = 'none';
  #remembered: { readonly segment: Segment; readonly known: KnownPosition }[] = [];

  constructor(
    env: Pick<Environment, 'disk' | 'clock'>,
    events: EventSink,
    files: FileCache,
    state: LogState,
    options: LogOptions,
  ) {
    this.topicId = state.topicId;
    this.partition = state.partition;
    this.#disk = env.disk;
    this.#clock = env.clock;
    this.#home = { directory: partitionDirectory(state.topicId, state.partition), files, events, options };
    this.#logStartOffset = state.logStartOffset;
    this.#epochs = state.epochs;
    this.#cleanedTo = state.cleanedTo ?? 0;
    this.#lastGeneration = Math.max(0, ...state.segments.map(({ generation }) => generation ?? 0));
    const { directory } = this.#home;
    const onNewFile = () => this.#noteNewFile();
    const parts = { disk: env.disk, files, events, directory, onNewFile };
    this.#side = new SideFiles(parts, state.producerSnapshotOffset);
    const counting = state.segments.filter((segment) => segment.lastOffset >= state.logStartOffset);
    this.#segments = counting.map(
      (segment, at) => new Segment(this.#home, segment, at < counting.length - 1),
    );
    this.#writtenEnd = (counting.at(-1)?.lastOffset ?? -1) + 1;
  }

  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** Exclusive; of what is written. */
  get logEndOffset(): number {
    return Math.max(this.#logStartOffset, this.#writtenEnd);
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.state.bytes, 0);
  }

  get directory(): string {
    return this.#home.directory;
  }

  setOptions(options: LogOptions): void {
    this.#home.options = options;
  }

  /** What is on disk, for the manifest: only bytes whose write resolved. Vouched for after the next `sync`. */
  state(): LogState {
    return {
      topicId: this.topicId,
      partition: this.partition,
      logStartOffset: this.#logStartOffset,
      segments: this.segments(),
      producerSnapshotOffset: this.#side.snapshotOffset,
      ...(this.#cleanedTo > 0 ? { cleanedTo: this.#cleanedTo } : {}),
      epochs: this.#epochs,
    };
  }

  /** Those that hold anything. */
  segments(): SegmentState[] {
    return this.#segments.map((segment) => segment.state).filter((segment) => segment.bytes > 0);
  }

  /** Writes whole, stamped batches behind the last one, in offset order. Not durable before `sync`. */
  write(batches: readonly WritableBatch[], now: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#tidy();
      for (let from = 0; from < batches.length; ) {
        const segment = await this.#segmentFor(batches[from]!, now);
        const to = this.#runEnd(segment, batches, from, now);
        const run = batches.slice(from, to);
        await segment.append(run);
        if (run.some((batch) => batch.aborted !== undefined)) this.#noteNewFile();
        this.#writtenEnd = batches[to - 1]!.lastOffset + 1;
        from = to;
      }
    });
  }

  /** The active segment, or a new one when this batch must not go there. */
  async #segmentFor(batch: WritableBatch, now: number): Promise<Segment> {
    assert(batch.baseOffset >= this.#writtenEnd, 'L1'); // L1
    const active = this.#segments.at(-1);
    // Nothing is written behind bytes that are missing: a damaged segment stays as it is, and a new one begins.
    const isWhole = active === undefined || (await active.prepare());
    if (
      active !== undefined &&
      isWhole &&
      !this.#mustRoll(active, active.state.bytes, active.state.lastOffset + 1, batch, now)
    )
      return active;
    if (active !== undefined && isWhole && active.state.bytes > 0) await active.seal();
    const segment = Segment.begin(this.#home, batch.baseOffset, now);
    if (active?.state.bytes === 0) this.#segments.pop();
    this.#noteNewFile();
    this.#segments.push(segment);
    return segment;
  }

  /** End of the run of batches that goes to this segment; at least one. */
  #runEnd(segment: Segment, batches: readonly WritableBatch[], from: number, now: number): number {
    let bytes = segment.state.bytes + batches[from]!.bytes.length;
    let to = from + 1;
    while (to < batches.length) {
      const batch = batches[to]!;
      if (this.#mustRoll(segment, bytes, batches[to - 1]!.lastOffset + 1, batch, now)) break;
      bytes += batch.bytes.length;
      to++;
    }
    return to;
  }

  #mustRoll(segment: Segment, bytes: number, endOffset: number, batch: WritableBatch, now: number): boolean {
    const { options } = this.#home;
    const { baseOffset, createdAt = now } = segment.state;
    if (bytes === 0) return batch.baseOffset !== baseOffset;
    return (
      bytes + batch.bytes.length > Math.min(options.segmentBytes, POSITION_MAX) ||
      now - createdAt >= this.#lifetimeOf(baseOffset) ||
      batch.lastOffset - baseOffset > RELATIVE_OFFSET_MAX ||
      batch.baseOffset !== endOffset // L1
    );
  }

  /**
   * `segment.ms`, up to `segment.jitter.ms` less: how much less is the segment's own, so that the segments of many partitions
   * are not rolled at the same moment, and the same segment is always rolled at the same one.
   */
  #lifetimeOf(baseOffset: number): number {
    const { segmentMs, segmentJitterMs } = this.#home.options;
    if (segmentJitterMs === 0) return segmentMs;
    const chance = (murmur2(Buffer.from(`${this.directory}/${baseOffset}`)) >>> 0) / 2 ** 32;
    return segmentMs - Math.floor(chance * Math.min(segmentJitterMs, segmentMs));
  }

  /** True when the next batch begins a new segment because of the active one's age. */
  isRollDue(now: number): boolean {
    const active = this.#segments.at(-1)?.state;
    if (active === undefined || active.bytes === 0) return false;
    return now - (active.createdAt ?? now) >= this.#lifetimeOf(active.baseOffset);
  }

  /** Removes what a crash left behind, before the first write does. */
  tidy(): Promise<void> {
    return this.#inTurn(() => this.#tidy());
  }

  /** Removes what an earlier life left and the manifest does not name (L3). Once, before the first write. */
  async #tidy(): Promise<void> {
    if (this.#isTidy) return;
    const { directory, files } = this.#home;
    const known = new Set(this.#segments.map(({ state }) => segmentPath(directory, state)));
    for (const name of await this.#disk.list(directory)) {
      const folder = isCleanedFolder(name) ? `${directory}/${name}` : undefined;
      for (const file of folder === undefined ? [name] : await this.#disk.list(folder)) {
        const parsed = parseFileName(file);
        const path = `${folder ?? directory}/${file}`;
        if (parsed === undefined) continue;
        const counts =
          parsed.suffix === '.snapshot'
            ? parsed.offset === this.#side.snapshotOffset
            : known.has(path.slice(0, -parsed.suffix.length));
        if (!counts) await files.remove(path);
      }
      if (folder !== undefined && (await this.#disk.list(folder)).length === 0) await files.remove(folder);
    }
    this.#isTidy = true;
  }

  /** Whole batches from the one that holds `offset`, up to `maxBytes` (at least one), all ending below `endOffset`. */
  read(offset: number, maxBytes: number, endOffset: number): Promise<Buffer> {
    return this.#steady(() => this.#read(offset, maxBytes, endOffset));
  }

  /** Work that holds segments while it waits: begins anew when they were replaced and their files are gone. */
  async #steady<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const replacements = this.replacements;
      try {
        return await work();
      } catch (error) {
        if (this.replacements === replacements) throw error;
      }
    }
  }

  async #read(offset: number, maxBytes: number, endOffset: number): Promise<Buffer> {
    if (offset < this.#logStartOffset)
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${offset} is below the log start ${this.#logStartOffset}`,
      );
    const segment = this.#segments[this.#indexOf(offset)];
    if (segment === undefined || segment.state.bytes === 0 || offset >= endOffset) return EMPTY;
    const place = this.#remembered.findIndex((end) => end.segment === segment && end.known.offset === offset);
    const known = place < 0 ? undefined : this.#remembered.splice(place, 1)[0]!.known;
    const from = Math.max(offset, segment.state.baseOffset);
    const read = await readBatches(segment, from, { maxBytes, endOffset }, known);
    if (read.next !== undefined) this.#remember(segment, read.next);
    return read.bytes;
  }

  /** True when any segment holds the marker of an abort. */
  get hasAborted(): boolean {
    return this.#segments.some(({ state }) => (state.aborted ?? 0) > 0);
  }

  /** The aborted transactions that overlap [from, end), as far as their markers lie in segments; in marker order. */
  abortedBetween(from: number, end: number): Promise<AbortedTransaction[]> {
    return this.#steady(() => this.#abortedBetween(from, end));
  }

  async #abortedBetween(from: number, end: number): Promise<AbortedTransaction[]> {
    const found: AbortedTransaction[] = [];
    const segments = [...this.#segments];
    for (let at = this.#indexOf(from); at < segments.length; at++) {
      const entries = await segments[at]!.aborted(() => rebuildAborted(segments.slice(0, at + 1)));
      const { aborted, isComplete } = overlapping(entries, from, end);
      found.push(...aborted);
      if (isComplete) break;
    }
    return found;
  }

  #remember(segment: Segment, known: KnownPosition): void {
    if (this.#remembered.length >= REMEMBERED_MAX) this.#remembered.shift();
    this.#remembered.push({ segment, known });
  }

  /** Index of the segment that holds `offset`, or of the first one after it. */
  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#segments[middle]!.state.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first record at or above the log start whose timestamp is at or after `timestamp`, exactly (O6). */
  findByTimestamp(timestamp: number, endOffset: number): Promise<TimestampOffset | undefined> {
    return this.#steady(() =>
      firstReaching([...this.#segments], timestamp, { logStartOffset: this.#logStartOffset, endOffset }),
    );
  }

  /** The largest timestamp of any batch between log start and `endOffset`; undefined when no record has one. */
  maxTimestamp(endOffset = Number.POSITIVE_INFINITY): Promise<number | undefined> {
    return this.#steady(() =>
      largestTimestamp([...this.#segments], { logStartOffset: this.#logStartOffset, endOffset }),
    );
  }

  /** See SideFiles. */
  writeSnapshot(offset: number, bytes: Buffer): Promise<void> {
    return this.#inTurn(async () => {
      await this.#tidy();
      await this.#side.writeSnapshot(offset, bytes);
    });
  }

  /**
   * The snapshot that the state names; undefined when it names none. When it is damaged, what the segments still tell of
   * the producers, and a warning.
   */
  async readSnapshot(): Promise<Buffer | undefined> {
    if (this.#side.snapshotOffset === undefined) return undefined;
    return (await this.#side.readSnapshot()) ?? rebuildProducers(this.#segments, this.#clock.now());
  }

  /** Kafka's `leader-epoch-checkpoint`, for its tools: Gregor itself reads the epochs from the manifest. */
  writeEpochs(epochs: readonly EpochEntry[]): Promise<void> {
    this.#epochs = epochs;
    return this.#inTurn(() => this.#side.writeEpochs(epochs));
  }

  #noteNewFile(): void {
    if (this.#newFiles === 'none') this.#newFiles = this.#segments.length === 0 ? 'directory' : 'files';
  }

  /** Makes every write that resolved before the call durable: bytes and names. */
  sync(): Promise<void> {
    return this.#inTurn(async () => {
      for (const segment of this.#segments) if (segment.isDirty) await segment.sync();
      await this.#side.sync();
      if (this.#newFiles === 'none') return;
      await this.#disk.syncDirectory(this.directory);
      if (this.#newFiles === 'directory') {
        await this.#disk.syncDirectory(PARTITIONS_DIRECTORY);
        await this.#disk.syncDirectory('');
      }
      this.#newFiles = 'none';
    });
  }

  /** Raises the log start. Must be durable elsewhere before `detachBelow`. */
  setLogStart(offset: number): void {
    this.#logStartOffset = Math.max(this.#logStartOffset, offset);
  }

  /** Lets go of segments that end below `offset`: once no manifest names them, their files may be unlinked. */
  detachBelow(offset: number): Promise<Detached> {
    return this.#afterTurn(async () => {
      const kept = this.#segments.findIndex((segment) => segment.state.lastOffset >= offset);
      const going = this.#segments.slice(0, kept < 0 ? undefined : kept);
      this.#segments = this.#segments.slice(going.length);
      return this.detached(going);
    });
  }

  /** Segments that are no part of the log (any more), on their way out. */
  detached(segments: readonly Segment[]): Detached {
    this.#remembered = this.#remembered.filter((end) => !segments.includes(end.segment));
    for (const segment of segments) segment.removed = true;
    const unlink = async () => {
      for (const segment of segments) await this.#unlink(segment);
    };
    return { count: segments.length, unlink };
  }

  async #unlink(segment: Segment): Promise<void> {
    await segment.close();
    const { directory, files } = this.#home;
    const { generation } = segment.state;
    for (const suffix of SEGMENT_SUFFIXES) await files.remove(segmentPath(directory, segment.state) + suffix);
    if (generation === undefined || generation === this.#lastGeneration) return; // a pass may be writing there
    const folder = cleanedFolder(directory, generation);
    if ((await this.#disk.list(folder)).length === 0) await files.remove(folder);
  }

  /** Exclusive: everything below was cleaned once. */
  get cleanedTo(): number {
    return this.#cleanedTo;
  }

  /** All but the newest: they are not written any more. */
  get sealed(): readonly Segment[] {
    return this.#segments.slice(0, -1);
  }

  /** A segment in a folder of its own generation, of no log yet. Cleaned batches go there; others use the log meanwhile. */
  beginCleaned(generation: number, baseOffset: number, createdAt: number): Segment {
    return Segment.begin(this.#home, baseOffset, createdAt, generation);
  }

  /** Names a folder that no segment of this log ever had. */
  nextGeneration(): number {
    return ++this.#lastGeneration;
  }

  /** Cleaned segments, synced, take the place of the ones they were made from. False: those are not here any more. */
  replace(old: readonly Segment[], cleaned: readonly Segment[]): Promise<boolean> {
    return this.#afterTurn(async () => {
      const at = this.#segments.indexOf(old[0]!);
      const isHere = at >= 0 && old.every((segment, n) => this.#segments[at + n] === segment);
      if (this.#isRemoved || !isHere || at + old.length >= this.#segments.length) return false;
      this.#segments = this.#segments.toSpliced(at, old.length, ...cleaned);
      this.replacements++;
      this.#retired.push(...old);
      this.#remembered = this.#remembered.filter((end) => !old.includes(end.segment));
      return true;
    });
  }

  /** A pass over everything below `offset` is complete. */
  setCleaned(offset: number): void {
    this.#cleanedTo = Math.max(this.#cleanedTo, offset);
  }

  /** Segments that `state` named last, and does not name from now on. */
  takeRetired(): Detached {
    return this.detached(this.#retired.splice(0));
  }

  /** Closes files and gives memory back. The log may be used again. */
  close(): Promise<void> {
    return this.#afterTurn(async () => {
      this.#remembered = [];
      for (const segment of this.#segments) await segment.close();
    });
  }

  /** Removes the whole partition, one file at a time: others use the disk too. Nothing is written any more. */
  remove(): Promise<void> {
    this.#isRemoved = true;
    return this.#afterTurn(async () => {
      const { unlink } = this.detached([...this.#retired, ...this.#segments]);
      this.#segments = [];
      await unlink();
      for (const name of await this.#disk.list(this.directory))
        await this.#home.files.remove(`${this.directory}/${name}`);
      await this.#home.files.remove(this.directory);
    });
  }

  /** Runs `work` after everything that was asked before; its failure is final (L4). */
  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#afterTurn(async () => {
      if (this.#isRemoved) return;
      if (this.#failed !== undefined) throw this.#failed;
      try {
        await work();
      } catch (error) {
        this.#failed = storageError(`writing ${this.directory} failed`, error);
        throw this.#failed;
      }
    });
  }

  #afterTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {
      // Whoever asked for it hears of the error; those who wait only need to know that it is over.
    });
    return done;
  }
}
