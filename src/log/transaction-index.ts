/**
 * TransactionIndex: the aborted transactions whose markers lie in one segment, in Kafka's own format (`.txnindex`).
 *
 *   entry: version int16 (0) | producer id int64 | first offset int64 | last offset int64 (of the marker)
 *          | last stable offset int64 (as it was once the marker counted)
 *
 * Invariants
 *   A1  entries are in the order of their markers: last offsets rise strictly
 *   A2  nobody who aborts later overlaps offsets below an entry's last stable offset: so a search may end there
 *
 * Unlike the other indexes this one is no hint: it cannot be made up from its own segment alone. It is synced with the
 * segment; the manifest counts its entries and has their CRC, for the file is Kafka's and has no place for one. Why, and
 * what is done when they differ: docs/decisions/0009.
 */
import { crc32c } from '../base/index.ts';
import { isAbsent } from './storage-error.ts';
import type { FileCache } from './file-cache.ts';
import { readInt64, writeInt64 } from './segment-format.ts';

const VERSION = 0;
export const ABORTED_ENTRY_BYTES = 34;
const PRODUCER_ID_AT = 2;
const FIRST_OFFSET_AT = 10;
const LAST_OFFSET_AT = 18;
const LAST_STABLE_OFFSET_AT = 26;

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Offset of the marker. */
  readonly lastOffset: number;
  /** Once the marker counted: the first offset of the oldest transaction still open then, or the offset after the marker. */
  readonly lastStableOffset: number;
}

/** Writes entries behind the first `count`; what else lies there is of an earlier life, and goes. */
export async function appendAborted(
  files: FileCache,
  path: string,
  count: number,
  entries: readonly AbortedTransaction[],
): Promise<void> {
  const bytes = encodeAborted(entries);
  const position = count * ABORTED_ENTRY_BYTES;
  await files.use(
    path,
    async (file) => {
      await file.write(position, [bytes]);
      if (file.size > position + bytes.length) await file.truncate(position + bytes.length);
    },
    { create: true },
  );
}

/** The first `count` entries; undefined when the file does not hold just those that `crc` was made of. */
export async function readAborted(
  files: FileCache,
  path: string,
  count: number,
  crc: number,
): Promise<AbortedTransaction[] | undefined> {
  try {
    const bytes = await files.use(path, (file) => file.read(0, count * ABORTED_ENTRY_BYTES));
    return bytes.length < count * ABORTED_ENTRY_BYTES || crc32c(bytes) !== crc
      ? undefined
      : decodeAborted(bytes);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The CRC of entries, going on from that of the entries before them. */
export function abortedCrc(entries: readonly AbortedTransaction[], before = 0): number {
  return crc32c(encodeAborted(entries), before);
}

export function encodeAborted(entries: readonly AbortedTransaction[]): Buffer {
  const bytes = Buffer.alloc(entries.length * ABORTED_ENTRY_BYTES);
  for (const [n, entry] of entries.entries()) {
    const at = n * ABORTED_ENTRY_BYTES;
    bytes.writeInt16BE(VERSION, at);
    writeInt64(bytes, entry.producerId, at + PRODUCER_ID_AT);
    writeInt64(bytes, entry.firstOffset, at + FIRST_OFFSET_AT);
    writeInt64(bytes, entry.lastOffset, at + LAST_OFFSET_AT);
    writeInt64(bytes, entry.lastStableOffset, at + LAST_STABLE_OFFSET_AT);
  }
  return bytes;
}

/** Undefined when the bytes cannot be entries (A1). */
export function decodeAborted(bytes: Buffer): AbortedTransaction[] | undefined {
  const entries: AbortedTransaction[] = [];
  let before = -1;
  for (let at = 0; at + ABORTED_ENTRY_BYTES <= bytes.length; at += ABORTED_ENTRY_BYTES) {
    const entry = {
      producerId: readInt64(bytes, at + PRODUCER_ID_AT),
      firstOffset: readInt64(bytes, at + FIRST_OFFSET_AT),
      lastOffset: readInt64(bytes, at + LAST_OFFSET_AT),
      lastStableOffset: readInt64(bytes, at + LAST_STABLE_OFFSET_AT),
    };
    const { firstOffset, lastOffset } = entry;
    if (bytes.readInt16BE(at) !== VERSION || firstOffset > lastOffset || lastOffset <= before)
      return undefined;
    before = lastOffset;
    entries.push(entry);
  }
  return entries;
}

/** Those of `entries` that overlap [from, end). `isComplete`: no later entry can (A2). */
export function overlapping(
  entries: readonly AbortedTransaction[],
  from: number,
  end: number,
): { readonly aborted: AbortedTransaction[]; readonly isComplete: boolean } {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.lastOffset < from) low = middle + 1;
    else high = middle;
  }
  const aborted: AbortedTransaction[] = [];
  for (let at = low; at < entries.length; at++) {
    const entry = entries[at]!;
    if (entry.firstOffset < end) aborted.push(entry);
    if (entry.lastStableOffset >= end) return { aborted, isComplete: true };
  }
  return { aborted, isComplete: false };
}
