/**
 * CopiedLog: one partition on its way from a data folder to another place, file by file.
 *
 * What lies there from an earlier copy is kept when the manifests say that it is the same, and gone on with when the
 * segment only grew. A file that must be replaced is written beside it (`.new`) and takes its place in `finish`.
 */
import type { Disk, File } from '../env/index.ts';
import {
  ABORTED_ENTRY_BYTES,
  checkedBatches,
  fileName,
  isAbsent,
  isCleanedFolder,
  type LogState,
  OFFSET_ENTRY_BYTES,
  partitionDirectory,
  segmentFile,
  type SegmentState,
  TIME_ENTRY_BYTES,
} from '../log/index.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;
const NEW = '.new';

/** What could not be copied whole, because it is damaged where it came from. */
export interface CopyDamage {
  readonly file: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly what: string;
  readonly topicId: string;
  readonly partition: number;
  readonly firstOffset: number;
  /** Inclusive. */
  readonly lastOffset: number;
}

export interface CopyParts {
  readonly source: Disk;
  readonly target: Disk;
  readonly onBytes: (bytes: number) => void;
  readonly onDamage: (damage: CopyDamage) => void;
}

export class CopiedLog {
  readonly #parts: CopyParts;
  /** What the source's manifest says. */
  readonly #log: LogState;
  readonly #before: LogState | undefined;
  readonly #directory: string;
  readonly #renames: string[] = [];
  #isTouched = false;
  copiedBytes = 0;

  constructor(parts: CopyParts, log: LogState, before: LogState | undefined) {
    this.#parts = parts;
    this.#log = log;
    this.#before = before;
    this.#directory = partitionDirectory(log.topicId, log.partition);
  }

  /** What the target's manifest will say: without the index of the newest segment, which is still being written. */
  get state(): LogState {
    const counting = countingSegments(this.#log);
    const segments = counting.map((segment, at) =>
      at < counting.length - 1 ? segment : withoutIndex(segment),
    );
    return { ...this.#log, segments };
  }

  /** Bytes of segments that must be copied. */
  get dueBytes(): number {
    return countingSegments(this.#log).reduce((sum, segment) => sum + segment.bytes - this.#kept(segment), 0);
  }

  /** Every byte is durable in the target when it resolves; files that replace others wait for `finish`. */
  async copy(): Promise<void> {
    const { segments } = this.state;
    for (const segment of segments) await this.#copySegment(segment);
    for (const name of sideFiles(this.#log))
      if (!(await this.#isThere(name))) await this.#copyWhole(name, undefined);
    if (this.#isTouched) await this.#syncNames();
  }

  /** The folder, and those of cleanings in it. */
  async #syncNames(): Promise<void> {
    const { target } = this.#parts;
    for (const name of await target.list(this.#directory))
      if (isCleanedFolder(name)) await target.syncDirectory(`${this.#directory}/${name}`);
    await target.syncDirectory(this.#directory);
  }

  async finish(): Promise<void> {
    const { target } = this.#parts;
    for (const name of this.#renames)
      await target.rename(`${this.#directory}/${name}${NEW}`, `${this.#directory}/${name}`);
    if (this.#renames.length > 0) await this.#syncNames();
  }

  /** Removes what the new manifest does not name. */
  async tidy(): Promise<void> {
    const { segments } = this.state;
    const names = new Set(
      segments.flatMap((segment) =>
        (['.log', '.index', '.timeindex', '.txnindex'] as const).map((suffix) =>
          segmentFile(segment, suffix),
        ),
      ),
    );
    for (const name of sideFiles(this.#log)) names.add(name);
    const { target } = this.#parts;
    for (const name of await target.list(this.#directory)) {
      const inside = isCleanedFolder(name) ? await target.list(`${this.#directory}/${name}`) : undefined;
      const files = inside?.map((file) => `${name}/${file}`) ?? [name];
      const going = files.filter((file) => !names.has(file));
      const isEmpty = going.length === files.length;
      for (const file of isEmpty ? [name] : going) await target.remove(`${this.#directory}/${file}`);
    }
  }

  /** Bytes at the head of the segment's log that an earlier copy has already. */
  #kept(segment: SegmentState): number {
    const before = this.#earlier(segment);
    if (before === undefined) return 0;
    if (isSame(before, segment)) return segment.bytes;
    // A segment that compaction wrote anew does not begin like the old one.
    const isGrown =
      segment.sparse !== true && before.sparse !== true && before.createdAt === segment.createdAt;
    return isGrown && before.bytes <= segment.bytes ? before.bytes : 0;
  }

  /** The same file in the earlier copy. */
  #earlier({ baseOffset, generation }: SegmentState): SegmentState | undefined {
    return this.#before?.segments.find(
      (segment) => segment.baseOffset === baseOffset && segment.generation === generation,
    );
  }

  async #copySegment(segment: SegmentState): Promise<void> {
    const name = segmentFile(segment, '.log');
    let kept = this.#kept(segment);
    if (kept > 0 && (await this.#sizeOf(name)) < kept) kept = 0; // an earlier copy that lost it
    if (kept < segment.bytes) await this.#copyLog(name, segment, kept);
    for (const [suffix, bytes] of indexSizes(segment)) {
      const index = segmentFile(segment, suffix);
      if (kept < segment.bytes || (await this.#sizeOf(index)) !== bytes) await this.#copyWhole(index, bytes);
    }
  }

  async #copyLog(name: string, segment: SegmentState, kept: number): Promise<void> {
    const before = this.#earlier(segment);
    const path = `${this.#directory}/${name}${kept > 0 ? '' : NEW}`;
    await this.#withFiles(name, path, async (from, to) => {
      if (to.size > kept) await to.truncate(kept);
      for (let at = kept; at < segment.bytes; ) {
        const bytes = await from.read(at, Math.min(CHUNK_BYTES, segment.bytes - at));
        if (bytes.length === 0) break; // the source is shorter than its manifest says: told by the check
        await to.write(at, [bytes]);
        at += bytes.length;
        this.copiedBytes += bytes.length;
        this.#parts.onBytes(bytes.length);
      }
      await to.sync();
      const offset = kept > 0 ? before!.lastOffset + 1 : segment.baseOffset;
      for await (const met of checkedBatches(to, segment, { position: kept, offset }))
        if (met.kind === 'damage') this.#damaged(name, met);
    });
    if (kept === 0) this.#renames.push(name);
  }

  #damaged(name: string, damage: Omit<CopyDamage, 'file' | 'topicId' | 'partition'>): void {
    const { topicId, partition } = this.#log;
    const { from, to, what, firstOffset, lastOffset } = damage;
    const file = `${this.#directory}/${name}`;
    this.#parts.onDamage({ file, from, to, what, topicId, partition, firstOffset, lastOffset });
  }

  /** A small file, or its first `bytes`. What is missing in the source stays missing: it can be made anew there too. */
  async #copyWhole(name: string, bytes: number | undefined): Promise<void> {
    try {
      await this.#withFiles(name, `${this.#directory}/${name}${NEW}`, async (from, to) => {
        await to.truncate(0);
        await to.write(0, [await from.read(0, bytes ?? from.size)]);
        await to.sync();
      });
      this.#renames.push(name);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }

  async #withFiles(name: string, to: string, work: (from: File, to: File) => Promise<void>): Promise<void> {
    const { source, target } = this.#parts;
    const from = await source.open(`${this.#directory}/${name}`);
    try {
      const made = await target.open(to, { create: true });
      this.#isTouched = true;
      await work(from, made).finally(() => made.close());
    } finally {
      await from.close();
    }
  }

  async #isThere(name: string): Promise<boolean> {
    return (
      (await this.#sizeOf(name)) >= 0 && this.#before !== undefined && sideFiles(this.#before).includes(name)
    );
  }

  /** -1: there is no such file in the target. */
  async #sizeOf(name: string): Promise<number> {
    try {
      const file = await this.#parts.target.open(`${this.#directory}/${name}`);
      await file.close();
      return file.size;
    } catch (error) {
      if (isAbsent(error)) return -1;
      throw error;
    }
  }
}

function countingSegments(log: LogState): readonly SegmentState[] {
  return log.segments.filter(({ lastOffset }) => lastOffset >= log.logStartOffset);
}

function withoutIndex({ indexed: _, ...segment }: SegmentState): SegmentState {
  return segment;
}

/** Bytes of the segment's index files that count. */
function indexSizes({
  indexed,
  aborted = 0,
}: SegmentState): ['.index' | '.timeindex' | '.txnindex', number][] {
  const sizes: ['.index' | '.timeindex' | '.txnindex', number][] = [];
  if (aborted > 0) sizes.push(['.txnindex', aborted * ABORTED_ENTRY_BYTES]);
  if (indexed === undefined) return sizes;
  sizes.push(['.index', indexed.offsetEntries * OFFSET_ENTRY_BYTES]);
  sizes.push(['.timeindex', indexed.timeEntries * TIME_ENTRY_BYTES]);
  return sizes;
}

function isSame(one: SegmentState, other: SegmentState): boolean {
  return JSON.stringify(withoutIndex(one)) === JSON.stringify(withoutIndex(other));
}

/** The snapshots that a manifest names. */
function sideFiles(log: LogState): string[] {
  const { producerSnapshotOffset: producers, dedupeSnapshotOffset: ids } = log;
  return [
    ...(producers === undefined ? [] : [fileName(producers, '.snapshot')]),
    ...(ids === undefined ? [] : [fileName(ids, '.dedupe')]),
  ];
}
