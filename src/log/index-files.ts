/**
 * IndexFiles: a segment's indexes from their files, and into them. What the files lack is made up from the log.
 *
 *   nothing known, or not plausible    built anew from the first batch
 *   shorter than the log               continued from the batch of the last entry
 *
 * Index files are never trusted beyond the entries that the manifest counts, and never synced before a segment is rolled:
 * whatever a crash does to them costs time, not truth.
 */
import type { EventSink } from '../base/index.ts';
import { walk } from './batch-walk.ts';
import type { FileCache } from './file-cache.ts';
import type { IndexedCounts, LogOptions, SegmentState } from './log-state.ts';
import { OFFSET_ENTRY_BYTES } from './offset-index.ts';
import { HEADER_BYTES, headerAt } from './segment-format.ts';
import { indexFromFiles, SegmentIndex } from './segment-index.ts';
import { isAbsent } from './storage-error.ts';
import { TIME_ENTRY_BYTES } from './time-index.ts';

export interface IndexPlace {
  readonly files: FileCache;
  readonly events: EventSink;
  readonly options: LogOptions;
  /** Path without suffix. */
  readonly path: string;
}

/** The index of all that the segment holds. `counts` undefined: the files are not to be trusted at all. */
export async function loadIndex(
  place: IndexPlace,
  segment: SegmentState,
  counts: IndexedCounts | undefined,
  isSealed: boolean,
): Promise<SegmentIndex> {
  const known = counts === undefined ? undefined : await indexOf(place, segment, counts, isSealed);
  const index = known ?? new SegmentIndex(segment.baseOffset);
  const isSmall = segment.bytes <= place.options.indexIntervalBytes;
  if (known === undefined && !isSmall)
    place.events(
      counts === undefined ? 'debug' : 'warn',
      'The index of a segment is built anew from its log.',
      {
        file: `${place.path}.log`,
        bytes: segment.bytes,
      },
    );
  if (index.end < segment.bytes) await extendIndex(place, segment, index);
  if (isSealed) index.seal();
  if (isSealed && index.unsavedEntries > 0) await saveIndex(place, index);
  return index;
}

/** Continues an index up to the end of the segment. Damage is left out: whoever reads there finds it again. */
export async function extendIndex(
  place: IndexPlace,
  segment: SegmentState,
  index: SegmentIndex,
): Promise<void> {
  await place.files.use(`${place.path}.log`, async (file) => {
    for await (const met of walk(file, segment, index.end)) {
      if (met.kind === 'batch') index.add(met.batch, place.options);
    }
  });
  index.skipTo(segment.bytes);
}

/** Writes the entries that the files do not have yet. */
export async function saveIndex(place: IndexPlace, index: SegmentIndex): Promise<void> {
  const { saved, counts } = index;
  await append(
    place,
    '.index',
    saved.offsetEntries * OFFSET_ENTRY_BYTES,
    index.offsets.bytesFrom(saved.offsetEntries),
  );
  await append(
    place,
    '.timeindex',
    saved.timeEntries * TIME_ENTRY_BYTES,
    index.times.bytesFrom(saved.timeEntries),
  );
  index.saved = counts;
}

/** What lies behind `position` is of an earlier life, and goes. */
async function append(place: IndexPlace, suffix: string, position: number, bytes: Buffer): Promise<void> {
  await place.files.use(
    place.path + suffix,
    async (file) => {
      if (bytes.length > 0) await file.write(position, [bytes]);
      if (file.size > position + bytes.length) await file.truncate(position + bytes.length);
    },
    { create: true },
  );
}

async function indexOf(place: IndexPlace, segment: SegmentState, counts: IndexedCounts, isSealed: boolean) {
  if (counts.offsetEntries === 0 && counts.timeEntries === 0) return new SegmentIndex(segment.baseOffset);
  const offsets = await readWhole(place, '.index');
  const times = await readWhole(place, '.timeindex');
  const index = indexFromFiles(segment, counts, { offsets, times });
  if (index === undefined) return undefined;
  if (isSealed && index.times.last?.timestamp !== segment.maxTimestamp && segment.maxTimestamp >= 0)
    return undefined;
  const { last } = index.offsets;
  if (last === undefined) return isSealed ? index.complete(segment) : new SegmentIndex(segment.baseOffset);
  const head = await place.files.use(`${place.path}.log`, (file) => file.read(last.position, HEADER_BYTES));
  const batch = headerAt(head, 0, last.position);
  if (batch?.lastOffset !== last.offset) return undefined;
  return isSealed ? index.complete(segment) : index.resumeAt(batch);
}

async function readWhole(place: IndexPlace, suffix: string): Promise<Buffer> {
  try {
    return await place.files.use(place.path + suffix, (file) => file.read(0, file.size));
  } catch (error) {
    if (isAbsent(error)) return Buffer.alloc(0);
    throw error;
  }
}
