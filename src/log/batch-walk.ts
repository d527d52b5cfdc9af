/**
 * BatchWalk: from batch to batch through a segment by their heads, and over damage to the next batch that can be trusted.
 *
 *   | batch | batch | ## damage ## | batch | ...        each head says where the next one begins
 *
 * Where a head makes no sense or does not continue the offsets, bytes are searched for a batch whose CRC is right and whose
 * offsets lead over to the batch after it. What lies between is reported as damage, never skipped in silence.
 */
import type { File } from '../env/index.ts';
import type { SegmentState } from './log-state.ts';
import { type BatchHeader, HEADER_BYTES, headerAt, isCrcRight } from './segment-format.ts';

const WINDOW_BYTES = 64 * 1024;
/** Kafka's own bound for a batch is the int32 in its head; nothing above this is ever written (`max.message.bytes`). */
const BATCH_BYTES_MAX = 256 * 1024 * 1024;

/** Bytes of a segment that are no batches. */
export interface Damage {
  readonly kind: 'damage';
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export type Met = { readonly kind: 'batch'; readonly batch: BatchHeader } | Damage;

/** A file seen through one buffer, up to the bytes that count. */
export class Window {
  readonly #file: File;
  readonly end: number;
  readonly #windowBytes: number;
  #from = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: File, end: number, windowBytes = WINDOW_BYTES) {
    this.#file = file;
    this.end = end;
    this.#windowBytes = windowBytes;
  }

  /** The bytes from `position` on: `length` of them, fewer only at the end. Valid until the next call. */
  async view(position: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.end - position);
    const at = position - this.#from;
    if (at < 0 || at + wanted > this.#bytes.length) {
      this.#bytes = await this.#file.read(
        position,
        Math.min(Math.max(wanted, this.#windowBytes), this.end - position),
      );
      this.#from = position;
    }
    const start = position - this.#from;
    return this.#bytes.subarray(start, start + wanted);
  }

  async headerAt(position: number): Promise<BatchHeader | undefined> {
    if (position + HEADER_BYTES > this.end) return undefined;
    return headerAt(await this.view(position, HEADER_BYTES), 0, position);
  }
}

/** True when a head can be one of this segment; `expected`: the offset at which it must begin, when that is known. */
export function fits(batch: BatchHeader, segment: SegmentState, expected: number | undefined): boolean {
  if (batch.position + batch.bytes > segment.bytes || batch.bytes > BATCH_BYTES_MAX) return false;
  if (batch.baseOffset < segment.baseOffset || batch.lastOffset > segment.lastOffset) return false;
  if (expected === undefined) return true;
  return segment.sparse === true ? batch.baseOffset >= expected : batch.baseOffset === expected;
}

/** Every batch from the one at `position` on. `expected`: the base offset of that one, when known. */
export async function* walk(
  file: File,
  segment: SegmentState,
  position: number,
  expected?: number,
): AsyncGenerator<Met, void, void> {
  const window = new Window(file, segment.bytes);
  let next = expected;
  let before: BatchHeader | undefined;
  let at = position;
  while (at < segment.bytes) {
    const head = await window.headerAt(at);
    if (head !== undefined && fits(head, segment, next)) {
      yield { kind: 'batch', batch: head };
      at += head.bytes;
      next = head.lastOffset + 1;
      before = head;
      continue;
    }
    const found = await findBatch(window, segment, at);
    // A batch that can be trusted where it was expected: then the one before it lies about its last offset.
    const from = found?.position === at ? (before?.position ?? at) : at;
    yield { kind: 'damage', from, to: found?.position ?? segment.bytes };
    if (found === undefined) return;
    at = found.position;
    next = found.baseOffset;
    before = undefined;
  }
}

/** The first batch at or after `from` that can be trusted without knowing what lies before it. */
export async function findBatch(
  window: Window,
  segment: SegmentState,
  from: number,
): Promise<BatchHeader | undefined> {
  for (let at = from; at + HEADER_BYTES <= segment.bytes; ) {
    const bytes = await window.view(at, WINDOW_BYTES);
    for (let index = 0; index + HEADER_BYTES <= bytes.length; index++) {
      const head = headerAt(bytes, index, at + index);
      if (head !== undefined && fits(head, segment, undefined) && (await isTrusted(window, segment, head)))
        return head;
    }
    if (bytes.length < HEADER_BYTES) return undefined; // the file is shorter than the manifest says
    at += bytes.length - HEADER_BYTES + 1;
  }
  return undefined;
}

async function isTrusted(window: Window, segment: SegmentState, head: BatchHeader): Promise<boolean> {
  const bytes = await window.view(head.position, head.bytes);
  if (bytes.length < head.bytes || !isCrcRight(bytes, 0, head.bytes)) return false;
  // The base offset is not covered by the CRC: the batch after it must confirm it.
  const end = head.position + head.bytes;
  if (end === segment.bytes) return head.lastOffset === segment.lastOffset;
  const after = await window.headerAt(end);
  return after === undefined || !fits(after, segment, undefined) || fits(after, segment, head.lastOffset + 1);
}
