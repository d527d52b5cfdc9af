/**
 * DedupeSnapshot: the ids of one partition as a file (`.dedupe`), beside the snapshot of its producers.
 *
 *   "GDUP" · version u16 = 1 · 0 u16 · crc u32 (CRC-32C of all that follows) · last time f64 · windows u32
 *   window: producer id f64 (-1: the ids that count, always the first; else those an open transaction holds)
 *           · first position f64 · count u32 · count × entry
 *   entry:  digest 4 × u32 · offset low u32 · time low u32 · (offset high u16 + time high u16 × 65536) u32
 *
 * Little endian, as the entries lie in memory: writing one copies nothing.
 */
import { crc32c } from '../base/index.ts';
import { ID_ENTRY_BYTES, ID_ENTRY_WORDS } from './id-window.ts';

const MAGIC = 0x50554447;
const VERSION = 1;
const HEAD_BYTES = 24;
const CRC_AT = 8;
const CRC_FROM = 12;
const WINDOW_BYTES = 20;
const COUNTING = -1;

interface Captured {
  readonly first: number;
  readonly count: number;
  readonly parts: readonly Uint32Array[];
}

export interface DedupeSnapshot {
  readonly lastTime: number;
  readonly counting: Captured;
  readonly held: readonly (Captured & { readonly producerId: number })[];
}

/** The file, in parts. */
export function encodeDedupeSnapshot({ lastTime, counting, held }: DedupeSnapshot): Buffer[] {
  const windows = [{ producerId: COUNTING, ...counting }, ...held];
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt16LE(VERSION, 4);
  head.writeDoubleLE(lastTime, CRC_FROM);
  head.writeUInt32LE(windows.length, 20);
  const parts = [head, ...windows.flatMap(windowParts)];
  let crc = crc32c(head.subarray(CRC_FROM));
  for (const part of parts.slice(1)) crc = crc32c(part, crc);
  head.writeUInt32LE(crc, CRC_AT);
  return parts;
}

function windowParts({ producerId, first, count, parts }: Captured & { producerId: number }): Buffer[] {
  const head = Buffer.alloc(WINDOW_BYTES);
  head.writeDoubleLE(producerId, 0);
  head.writeDoubleLE(first, 8);
  head.writeUInt32LE(count, 16);
  return [
    head,
    ...parts.map((part) => Buffer.from(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength)),
  ];
}

/** Undefined when the bytes are no whole snapshot of a version that we know. */
export function decodeDedupeSnapshot(bytes: Buffer): DedupeSnapshot | undefined {
  if (bytes.length < HEAD_BYTES || bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt16LE(4) !== VERSION)
    return undefined;
  if (crc32c(bytes.subarray(CRC_FROM)) !== bytes.readUInt32LE(CRC_AT)) return undefined;
  const windows: (Captured & { producerId: number })[] = [];
  let at = HEAD_BYTES;
  for (let n = bytes.readUInt32LE(20); n > 0; n--) {
    if (at + WINDOW_BYTES > bytes.length) return undefined;
    const count = bytes.readUInt32LE(at + 16);
    const [producerId, first] = [bytes.readDoubleLE(at), bytes.readDoubleLE(at + 8)];
    at += WINDOW_BYTES;
    if (at + count * ID_ENTRY_BYTES > bytes.length) return undefined;
    windows.push({ producerId, first, count, parts: [wordsOf(bytes, at, count)] });
    at += count * ID_ENTRY_BYTES;
  }
  const [counting, ...held] = windows;
  if (counting === undefined || at !== bytes.length) return undefined;
  return { lastTime: bytes.readDoubleLE(CRC_FROM), counting, held };
}

/** A copy, because the bytes may lie at any address. */
function wordsOf(bytes: Buffer, at: number, count: number): Uint32Array {
  const words = new Uint32Array(count * ID_ENTRY_WORDS);
  bytes.copy(Buffer.from(words.buffer), 0, at, at + words.byteLength);
  return words;
}
