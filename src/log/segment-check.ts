/**
 * SegmentCheck: every byte of a segment is looked at: its batches whole and checked, and between them the damage.
 *
 *   | batch | batch | ## damage ## | batch |      together they cover the bytes that the manifest names
 *
 * Unlike a walk by heads, a batch whose CRC is wrong is damage, and its length is not believed: the search for the next
 * batch begins at the byte behind its first.
 */
import type { File } from '../env/index.ts';
import { findBatch, fits, Window } from './batch-walk.ts';
import type { SegmentState } from './log-state.ts';
import { type BatchHeader, HEADER_BYTES, isCrcRight } from './segment-format.ts';

/** Read at a time: so that a disk is read as fast as it can be. */
const WINDOW_BYTES = 1024 * 1024;

export interface CheckedBatch {
  readonly kind: 'batch';
  readonly batch: BatchHeader;
  /** Valid until the next step. */
  readonly bytes: Buffer;
}

export interface SegmentDamage {
  readonly kind: 'damage';
  readonly from: number;
  /** Exclusive; equal to `from` where only offsets are missing. */
  readonly to: number;
  readonly firstOffset: number;
  /** Inclusive. */
  readonly lastOffset: number;
  readonly what: string;
}

/** A segment of which only the file is known: every batch in it counts. */
export function wholeFile(baseOffset: number, bytes: number): SegmentState {
  const lastOffset = Number.MAX_SAFE_INTEGER;
  return { baseOffset, bytes, lastOffset, maxTimestamp: -1, maxTimestampOffset: baseOffset, sparse: true };
}

/** From `start` on: a batch begins at its position, with its offset. */
export async function* checkedBatches(
  file: File,
  segment: SegmentState,
  start = { position: 0, offset: segment.baseOffset },
): AsyncGenerator<CheckedBatch | SegmentDamage> {
  const window = new Window(file, segment.bytes, WINDOW_BYTES);
  let next = start.offset;
  let isResumed = false;
  let open: { from: number; firstOffset: number; what: string } | undefined;
  for (let at = start.position; at < segment.bytes; ) {
    const head = await window.headerAt(at);
    const bytes =
      head === undefined || !fits(head, segment, undefined) ? undefined : await window.view(at, head.bytes);
    const isRight = head !== undefined && bytes?.length === head.bytes && isCrcRight(bytes, 0, head.bytes);
    if (isRight && (isResumed || fits(head, segment, next))) {
      if (open !== undefined) yield { kind: 'damage', ...open, to: at, lastOffset: head.baseOffset - 1 };
      open = undefined;
      isResumed = false;
      yield { kind: 'batch', batch: head, bytes };
      next = head.lastOffset + 1;
      at += head.bytes;
      continue;
    }
    open ??= {
      from: at,
      firstOffset: next,
      what: describe(at, head, bytes !== undefined, isRight, next, file),
    };
    const found = await findBatch(window, segment, isRight ? at : at + 1);
    if (found === undefined) break;
    isResumed = true;
    at = found.position;
  }
  if (open !== undefined)
    yield { kind: 'damage', ...open, to: segment.bytes, lastOffset: segment.lastOffset };
}

function describe(
  at: number,
  head: BatchHeader | undefined,
  isInside: boolean,
  isRight: boolean,
  expected: number,
  file: File,
): string {
  if (at + HEADER_BYTES > file.size) return `the file ends at byte ${file.size}`;
  if (isRight) return `a batch at offset ${head!.baseOffset} where ${expected} was due`;
  if (head === undefined || !isInside) return 'no batch begins here';
  if (at + head.bytes > file.size) return `the file ends at byte ${file.size}, within a batch`;
  return `the CRC-32C of the batch at offset ${head.baseOffset} is wrong`;
}
