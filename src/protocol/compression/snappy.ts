/**
 * Snappy: raw, as librdkafka writes it, and in the framing of the Java library, as everybody else does.
 *
 *   Java framing   82 'SNAPPY' 00 · version int32 · oldest compatible version int32 · (length int32 · raw block)*
 *   raw block      uncompressed length uvarint · ...
 */
import { createRequire } from 'node:module';
import type * as Snappy from 'snappy';
import { KafkaError } from '../errors.ts';
import { tooLarge } from './too-large.ts';

const require = createRequire(import.meta.url);
let loaded: typeof Snappy | undefined;
const snappy = () => (loaded ??= require('snappy') as typeof Snappy);

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEADER_BYTES = 16;
const VERSION = 1;
/** The Java library's block size. */
const BLOCK_BYTES = 32 * 1024;
/** Without this the module hands out memory that is only freed on a later turn: a loop would grow without bound. */
const COPY = { copyOutputData: true } as const;

export function snappyCompress(bytes: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeInt32BE(VERSION, 8);
  header.writeInt32BE(VERSION, 12);
  const parts: Buffer[] = [header];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = snappy().compressSync(bytes.subarray(at, at + BLOCK_BYTES), COPY) as Buffer;
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

export function snappyDecompress(bytes: Buffer, limitBytes: number): Buffer {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    return block(bytes, limitBytes);
  const parts: Buffer[] = [];
  let left = limitBytes;
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    if (bytes.length - at < 4) throw corrupt('a block length is cut off');
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0 || length > bytes.length - at)
      throw corrupt(`a block of ${length} bytes where ${bytes.length - at} are left`);
    const part = block(bytes.subarray(at, at + length), left);
    left -= part.length;
    parts.push(part);
    at += length;
  }
  return Buffer.concat(parts);
}

/** The announced length is checked before anything is allocated by it. */
function block(bytes: Buffer, limitBytes: number): Buffer {
  let length = 0;
  for (let at = 0, shift = 0; ; at++, shift += 7) {
    if (at >= bytes.length || at > 4) throw corrupt('a block without a length');
    length += (bytes[at]! & 0x7f) * 2 ** shift;
    if (bytes[at]! < 0x80) break;
  }
  // The best that snappy can do is about 21 : 1; whoever announces more has not compressed anything.
  if (length > bytes.length * 64) throw corrupt(`${length} bytes cannot come out of ${bytes.length}`);
  if (length > limitBytes) throw tooLarge(limitBytes);
  return snappy().uncompressSync(bytes, { ...COPY, asBuffer: true }) as Buffer;
}

function corrupt(detail: string): KafkaError {
  return new KafkaError('CORRUPT_MESSAGE', `snappy: ${detail}`);
}
