/**
 * PartitionLog: one partition's files on one disk: segments in offset order, the last one being written.
 *
 *   +-- segment --+-- segment --+-- active segment -->
 *   ^ logStartOffset                                 ^ logEndOffset (of what is written; not all of it is synced)
 *
 * The door to what serves it: SegmentList (which there are), LogWriter, LogReader, SideFiles, and Turns (who comes next).
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
import type { EventSink } from '../base/index.ts';
import type { Clock, Disk, Environment } from '../env/index.ts';
import type { FileCache } from './file-cache.ts';
import { LogReader } from './log-reader.ts';
import type { EpochEntry, LogOptions, LogState, SegmentState, WritableBatch } from './log-state.ts';
import { joined, type Plan } from './course.ts';
import { LogWriter, type Written } from './log-writer.ts';
import { removeLeftovers } from './orphans.ts';
import { decodeDedupeSnapshot } from './dedupe-snapshot.ts';
import { isProducerSnapshot } from './producer-snapshot.ts';
import { rebuildProducers } from './producer-rebuild.ts';
import { Segment, type SegmentHome } from './segment.ts';
import { partitionDirectory, segmentPath } from './segment-format.ts';
import { type Detached, SegmentList } from './segment-list.ts';
import { type SideFileKind, SideFiles } from './side-files.ts';
import type { TimestampOffset } from './time-index.ts';
import type { AbortedTransaction } from './transaction-index.ts';
import { Turns } from './turns.ts';

/** What a checkpoint keeps of a partition besides its segments. */
export interface SideSnapshot {
  /** Everything below is in it. */
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * Whoever reads segments of this partition will read on: what is written in the minute after stays in the system's page cache.
 * Everybody else reads from memory, and what nobody reads pushes nothing out.
 */
const READ_LATELY_MS = 60_000;

const PRODUCERS: SideFileKind = {
  suffix: '.snapshot',
  isWhole: isProducerSnapshot,
  damaged: 'A producer snapshot is damaged. What the segments tell of producers is used instead.',
};
const IDS: SideFileKind = {
  suffix: '.dedupe',
  isWhole: (bytes) => decodeDedupeSnapshot(bytes) !== undefined,
  damaged:
    'A dedupe snapshot is damaged. Ids from before the last checkpoint are not known any more: what comes again with one of them is appended again.',
};

interface Planned {
  readonly plan: Plan;
  readonly batches: readonly WritableBatch[];
  written: Written;
}

export class PartitionLog {
  readonly topicId: string;
  readonly partition: number;
  readonly #disk: Disk;
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #home: SegmentHome;
  readonly #segments: SegmentList;
  readonly #writer: LogWriter;
  readonly #reader: LogReader;
  readonly #side: SideFiles;
  readonly #ids: SideFiles;
  readonly #turns: Turns;
  #logStartOffset: number;
  readonly #epochs: readonly EpochEntry[];
  #cleanedTo: number;
  /** Plans of which nothing is written yet. */
  readonly #planned: Planned[] = [];
  #isPreparing = false;
  /** Writes that wait for their turn to be planned. */
  #unplanned = 0;
  #isTidy = false;
  /** When a reader last came to the segments, by the monotonic clock. */
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(
    env: Pick<Environment, 'disk' | 'clock' | 'buffers'>,
    events: EventSink,
    files: FileCache,
    state: LogState,
    options: LogOptions,
  ) {
    this.topicId = state.topicId;
    this.partition = state.partition;
    this.#disk = env.disk;
    this.#clock = env.clock;
    const directory = partitionDirectory(state.topicId, state.partition);
    this.#home = { directory, files, events, options };
    this.#logStartOffset = state.logStartOffset;
    this.#epochs = state.epochs;
    this.#cleanedTo = state.cleanedTo ?? 0;
    this.#segments = new SegmentList(this.#home, env.disk, state);
    this.#writer = new LogWriter(this.#home, env.disk, this.#segments);
    this.#reader = new LogReader(this.#segments, env.buffers);
    const parts = { disk: env.disk, files, events, directory, names: this.#writer };
    this.#side = new SideFiles(parts, PRODUCERS, state.producerSnapshotOffset);
    this.#ids = new SideFiles(parts, IDS, state.dedupeSnapshotOffset);
    this.#turns = new Turns(directory);
  }

  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** Exclusive; of what is written. */
  get logEndOffset(): number {
    return Math.max(this.#logStartOffset, this.#writer.writtenEnd);
  }

  get bytes(): number {
    return this.#segments.all.reduce((sum, segment) => sum + segment.counted.bytes, 0);
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
      ...(this.#ids.snapshotOffset === undefined ? {} : { dedupeSnapshotOffset: this.#ids.snapshotOffset }),
      ...(this.#cleanedTo > 0 ? { cleanedTo: this.#cleanedTo } : {}),
      epochs: this.#epochs,
    };
  }

  /** Those that hold anything. */
  segments(): SegmentState[] {
    return this.#segments.states();
  }

  /** Writes whole, stamped, durable batches behind the last one, in offset order. Not synced before `sync`. */
  async write(batches: readonly WritableBatch[], now: number): Promise<void> {
    if (batches.length === 0) return;
    if (this.#isCourseCertain) return this.count(await this.follow(this.plan(batches, now)!, batches));
    this.#unplanned++;
    let written: Written = [];
    await this.#turns.write(async () => {
      await this.#tidy();
      await this.#writer.prepare();
      const plan = this.#writer.course.plan(batches, now);
      this.#writer.course.follow(plan);
      this.#unplanned--;
      written = await this.#write(plan, batches);
    });
    this.count(written);
  }

  /** Nobody waits with a plan that is not made yet, and none is made of a segment that was not looked at. */
  get #isCourseCertain(): boolean {
    return this.#unplanned === 0 && this.#writer.isPrepared;
  }

  /** Where these batches would go; undefined: that is not known yet. Nothing changes. */
  plan(batches: readonly WritableBatch[], now: number): Plan | undefined {
    if (this.#isCourseCertain) return this.#writer.course.plan(batches, now);
    if (!this.#isPreparing) void this.#prepare();
    return undefined;
  }

  /** So that it is known the next time. */
  async #prepare(): Promise<void> {
    this.#isPreparing = true;
    const work = async () => {
      await this.#tidy();
      await this.#writer.prepare();
    };
    await this.#turns.write(work).catch(() => {
      // whoever writes next hears of it
    });
  }

  /** Writes batches as planned in this turn. What was written counts once the caller says so. */
  follow(plan: Plan, batches: readonly WritableBatch[]): Promise<Written> {
    this.#writer.course.follow(plan);
    const planned: Planned = { plan, batches, written: [] };
    this.#planned.push(planned);
    return this.#turns.write(() => this.#writePlanned()).then(() => planned.written);
  }

  /** The first of those who wait writes for all of them. */
  async #writePlanned(): Promise<void> {
    const all = this.#planned.splice(0);
    if (all.length === 0) return;
    await this.#tidy();
    const whole = joined(all.map(({ plan }) => plan));
    const states = await this.#write(
      whole,
      all.flatMap(({ batches }) => batches),
    );
    for (const one of all)
      one.written = one.plan.runs.map(({ state }) => {
        const { segment, before } = states.find(
          ({ state: { baseOffset } }) => baseOffset === state.baseOffset,
        )!;
        return { segment, state: { ...state, indexed: before.indexed } };
      });
  }

  #write(plan: Plan, batches: readonly WritableBatch[]) {
    const uncached = this.#clock.monotonic() - this.#readAt >= READ_LATELY_MS;
    return this.#writer.write(plan, batches, { uncached });
  }

  /** It is durable: a manifest may name it. */
  count(written: Written): void {
    for (const { segment, state } of written) segment.count(state);
  }

  /** A frame with a list of segments that ends with this one is durable: `told` of a plan begins there. */
  listed(baseOffset: number): void {
    this.#writer.course.listed(baseOffset);
  }

  /** A manifest that ends with this segment is durable. */
  saved(baseOffset: number): void {
    this.#writer.course.saved(baseOffset);
  }

  /** Makes every write that resolved before the call durable, beside writes that are under way. */
  syncWritten(): Promise<void> {
    return this.#writer.syncAlone(async () => {
      if (this.#turns.isOver) return;
      try {
        await this.#writer.syncSegments();
        await this.#writer.syncNames();
      } catch (error) {
        throw this.#turns.fail(error);
      }
    });
  }

  /** True when the next batch begins a new segment because of the active one's age. */
  isRollDue(now: number): boolean {
    return this.#writer.isRollDue(now);
  }

  /** Removes what a crash left behind, before the first write does. */
  tidy(): Promise<void> {
    return this.#turns.write(() => this.#tidy());
  }

  /** Once, before the first write (L3). */
  async #tidy(): Promise<void> {
    if (this.#isTidy) return;
    const { directory, files } = this.#home;
    const segments = new Set(this.#segments.all.map(({ state }) => segmentPath(directory, state)));
    await removeLeftovers(files, directory, {
      segments,
      snapshotOffset: this.#side.snapshotOffset,
      dedupeOffset: this.#ids.snapshotOffset,
    });
    this.#isTidy = true;
  }

  /**
   * Whole batches from the one that holds `offset`, up to `maxBytes` (at least one), all ending below `endOffset`. They lie in memory of the
   * environment's pool: the caller is its holder.
   */
  read(offset: number, maxBytes: number, endOffset: number): Promise<Buffer> {
    this.#readAt = this.#clock.monotonic();
    return this.#reader.read(offset, maxBytes, () => this.#upTo(endOffset));
  }

  #upTo(endOffset: number) {
    return { logStartOffset: this.#logStartOffset, endOffset };
  }

  /** True when any segment holds the marker of an abort. */
  get hasAborted(): boolean {
    return this.#reader.hasAborted;
  }

  /** The aborted transactions that overlap [from, end), as far as their markers lie in segments; in marker order. */
  abortedBetween(from: number, end: number): Promise<AbortedTransaction[]> {
    return this.#reader.abortedBetween(from, end);
  }

  /** The first record at or above the log start whose timestamp is at or after `timestamp`, exactly (O6). */
  findByTimestamp(timestamp: number, endOffset: number): Promise<TimestampOffset | undefined> {
    return this.#reader.findByTimestamp(timestamp, () => this.#upTo(endOffset));
  }

  /** The largest timestamp of any batch between log start and `endOffset`; undefined when no record has one. */
  maxTimestamp(endOffset = Number.POSITIVE_INFINITY): Promise<number | undefined> {
    return this.#reader.maxTimestamp(() => this.#upTo(endOffset));
  }

  /** See SideFiles. */
  writeSnapshot(offset: number, bytes: Buffer): Promise<void> {
    return this.#turns.write(async () => {
      await this.#tidy();
      await this.#side.writeSnapshot(offset, [bytes]);
    });
  }

  /** The ids as they were at `offset`. See SideFiles. */
  writeDedupeSnapshot(offset: number, parts: readonly Buffer[]): Promise<void> {
    return this.#turns.write(async () => {
      await this.#tidy();
      await this.#ids.writeSnapshot(offset, parts);
    });
  }

  /** There are no ids any more. */
  dropDedupeSnapshot(): void {
    this.#ids.dropSnapshot();
  }

  /** The ids that the state names; undefined when it names none, or they are damaged, which is told. */
  async readDedupeSnapshot(): Promise<SideSnapshot | undefined> {
    const offset = this.#ids.snapshotOffset;
    if (offset === undefined) return undefined;
    const bytes = await this.#ids.readSnapshot();
    return bytes === undefined ? undefined : { offset, bytes };
  }

  /**
   * The snapshot that the state names; undefined when it names none. When it is damaged, what the segments still tell of
   * the producers, and a warning.
   */
  async readSnapshot(): Promise<Buffer | undefined> {
    if (this.#side.snapshotOffset === undefined) return undefined;
    return (await this.#side.readSnapshot()) ?? rebuildProducers(this.#segments.all, this.#clock.now());
  }

  /** Makes every write that resolved before the call durable: bytes and names. */
  sync(): Promise<void> {
    return this.#turns.write(() =>
      this.#writer.syncAlone(async () => {
        await this.#writer.syncSegments();
        await this.#side.sync();
        await this.#ids.sync();
        await this.#writer.syncNames();
      }),
    );
  }

  /** Raises the log start. Must be durable elsewhere before `detachBelow`. */
  setLogStart(offset: number): void {
    this.#logStartOffset = Math.max(this.#logStartOffset, offset);
  }

  /** Lets go of segments that end below `offset`: once no manifest names them, their files may be unlinked. */
  detachBelow(offset: number): Promise<Detached> {
    return this.#turns.follow(async () => this.#writer.detachBelow(offset));
  }

  /** Segments that are no part of the log (any more), on their way out. */
  detached(segments: readonly Segment[]): Detached {
    return this.#segments.detached(segments);
  }

  /** Exclusive: everything below was cleaned once. */
  get cleanedTo(): number {
    return this.#cleanedTo;
  }

  /** A pass over everything below `offset` is complete. */
  setCleaned(offset: number): void {
    this.#cleanedTo = Math.max(this.#cleanedTo, offset);
  }

  /** All but the newest: they are not written any more. */
  get sealed(): readonly Segment[] {
    return this.#segments.sealed;
  }

  /** A segment in a folder of its own generation, of no log yet. Cleaned batches go there; others use the log meanwhile. */
  beginCleaned(generation: number, baseOffset: number, createdAt: number): Segment {
    return Segment.begin(this.#home, baseOffset, createdAt, generation);
  }

  /** Names a folder that no segment of this log ever had. */
  nextGeneration(): number {
    return this.#segments.nextGeneration();
  }

  /** Cleaned segments, synced, take the place of the ones they were made from. False: those are not here any more. */
  replace(old: readonly Segment[], cleaned: readonly Segment[]): Promise<boolean> {
    return this.#turns.follow(async () => !this.#turns.isOver && this.#segments.replace(old, cleaned));
  }

  /** How often segments were replaced: what was read before a change fits nothing that is asked after it. */
  get replacements(): number {
    return this.#segments.replacements;
  }

  /** Segments that `state` named last, and does not name from now on. */
  takeRetired(): Detached {
    return this.#segments.takeRetired();
  }

  /** Closes files and gives memory back. The log may be used again. */
  close(): Promise<void> {
    return this.#turns.follow(async () => {
      this.#reader.forgetAll();
      for (const segment of this.#segments.all) await segment.close();
    });
  }

  /** Removes the whole partition, one file at a time: others use the disk too. Nothing is written any more. */
  remove(): Promise<void> {
    this.#turns.end();
    return this.#turns.follow(async () => {
      await this.#segments.detachAll().unlink();
      for (const name of await this.#disk.list(this.directory))
        await this.#home.files.remove(`${this.directory}/${name}`);
      await this.#home.files.remove(this.directory);
    });
  }
}
