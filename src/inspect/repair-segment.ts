/**
 * RepairSegment: a damaged segment becomes one segment for each run of whole batches in it.
 *
 *   | batches | ## damage ## | batches |   ->   | batches |   and   | batches |, the file as it was in the quarantine
 *
 * The first run keeps the file when it stands at its head; what lies behind is not named any more.
 */
import type { Disk } from '../env/index.ts';
import {
  ABORTED_ENTRY_BYTES,
  abortedCrc,
  type AbortedTransaction,
  checkedBatches,
  decodeAborted,
  encodeAborted,
  type LogState,
  partitionDirectory,
  rebuildAbortedOf,
  segmentPath,
  type SegmentState,
} from '../log/index.ts';
import { crc32c } from '../base/index.ts';
import { type Finding, offsetsText } from './finding.ts';
import { openIfThere, readIfThere } from './verify-segment.ts';

/** Bytes of an old file that become a new one; `path` is the old one where it stays. */
export interface RepairedSegment {
  readonly source: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly path: string;
  /** Its index of aborted transactions. */
  readonly aborted: Buffer | undefined;
}

export interface CutSegment {
  readonly steps: readonly string[];
  readonly states: readonly SegmentState[];
  readonly repaired: readonly RepairedSegment[];
  readonly aside: readonly string[];
  /** Set aside and then removed. */
  readonly gone: readonly string[];
}

/** Undefined: nothing in the segment's files is damaged. */
export async function cutSegment(
  disk: Disk,
  log: LogState,
  segment: SegmentState,
  damage: readonly Finding[],
  now: number,
): Promise<CutSegment | undefined> {
  const directory = partitionDirectory(log.topicId, log.partition);
  const base = segmentPath(directory, segment);
  const indexes = ['.index', '.timeindex'].map((suffix) => base + suffix);
  const isLogDamaged = damage.some(
    ({ file, to = 0, from = 0, what }) => file === `${base}.log` && !isEpoch(from, to, what),
  );
  if (!isLogDamaged) {
    const hit = indexes.filter((path) => damage.some(({ file }) => file === path));
    if (hit.length === 0) return undefined;
    const there = await existing(disk, hit);
    const { indexed: _, ...state } = segment;
    const steps = [`${hit.join(' and ')} set aside; the index is built anew from the log`];
    return { steps, states: [state], repaired: [], aside: there, gone: there };
  }
  const { runs, steps } = await runsOf(disk, base, segment);
  const aborted = await abortedOf(disk, log, segment);
  const states: SegmentState[] = [];
  const repaired: RepairedSegment[] = [];
  for (const run of runs) {
    const { generation } = segment;
    const path = `${segmentPath(directory, { baseOffset: run.baseOffset, generation })}.log`;
    const entries = aborted.filter(
      ({ lastOffset }) => lastOffset >= run.baseOffset && lastOffset <= run.lastOffset,
    );
    const { from, to, ...known } = run;
    const counts = entries.length === 0 ? {} : { aborted: entries.length, abortedCrc: abortedCrc(entries) };
    const cleaned = segment.sparse === true ? { sparse: true, generation } : {};
    states.push({ ...known, bytes: to - from, createdAt: now, ...counts, ...cleaned });
    const bytes = entries.length === 0 ? undefined : encodeAborted(entries);
    repaired.push({ source: `${base}.log`, from, to, path, aborted: bytes });
  }
  const aside = await existing(disk, [`${base}.log`, ...indexes, `${base}.txnindex`]);
  const isKept = repaired.some(({ path }) => path === `${base}.log`);
  const gone = aside.filter((path) => !(isKept && /\.(log|txnindex)$/.test(path)));
  return { steps, states, repaired, aside, gone };
}

/** A wrong leader epoch alone: the records are right, and taking them away would lose them. */
function isEpoch(from: number, to: number, what: string): boolean {
  return to - from === 4 && what.startsWith('leader epoch');
}

interface Run
  extends Pick<SegmentState, 'baseOffset' | 'lastOffset' | 'maxTimestamp' | 'maxTimestampOffset'> {
  readonly from: number;
  readonly to: number;
}

async function runsOf(
  disk: Disk,
  base: string,
  segment: SegmentState,
): Promise<{ runs: Run[]; steps: string[] }> {
  const steps: string[] = [];
  const runs: Run[] = [];
  const file = await openIfThere(disk, `${base}.log`);
  if (file === undefined) {
    const lost = offsetsText(segment.baseOffset, segment.lastOffset);
    return { runs, steps: [`${lost} are given up: ${base}.log is missing`] };
  }
  let isOpen = false;
  try {
    for await (const met of checkedBatches(file, segment)) {
      if (met.kind === 'damage') {
        isOpen = false;
        const lost = offsetsText(met.firstOffset, Math.max(met.firstOffset, met.lastOffset));
        steps.push(`${lost} set aside: ${base}.log, bytes ${met.from}–${met.to - 1} (${met.what})`);
        continue;
      }
      const { position, bytes, baseOffset, lastOffset, maxTimestamp } = met.batch;
      const run = isOpen
        ? runs.pop()!
        : { from: position, baseOffset, maxTimestamp: -1, maxTimestampOffset: baseOffset };
      const isLater = maxTimestamp > run.maxTimestamp;
      const latest = isLater ? { maxTimestamp, maxTimestampOffset: lastOffset } : {};
      runs.push({ ...run, to: position + bytes, lastOffset, ...latest });
      isOpen = true;
    }
  } finally {
    await file.close();
  }
  return { runs, steps };
}

/** What its index has of aborted transactions; when that cannot be trusted, what the segments tell. */
async function abortedOf(
  disk: Disk,
  log: LogState,
  segment: SegmentState,
): Promise<readonly AbortedTransaction[]> {
  const { aborted = 0, abortedCrc: crc } = segment;
  if (aborted === 0) return [];
  const directory = partitionDirectory(log.topicId, log.partition);
  const bytes = (await readIfThere(disk, `${segmentPath(directory, segment)}.txnindex`))?.subarray(
    0,
    aborted * ABORTED_ENTRY_BYTES,
  );
  const entries = bytes === undefined || crc32c(bytes) !== crc ? undefined : decodeAborted(bytes);
  if (entries !== undefined) return entries;
  const segments: SegmentState[] = [];
  for (const one of log.segments.slice(0, log.segments.indexOf(segment) + 1))
    if ((await existing(disk, [`${segmentPath(directory, one)}.log`])).length > 0) segments.push(one);
  return rebuildAbortedOf(disk, log, segments);
}

async function existing(disk: Disk, paths: readonly string[]): Promise<string[]> {
  const there: string[] = [];
  for (const path of paths) {
    const file = await openIfThere(disk, path);
    if (file === undefined) continue;
    await file.close();
    there.push(path);
  }
  return there;
}
