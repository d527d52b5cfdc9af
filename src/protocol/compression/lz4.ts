/**
 * LZ4 frames (the interoperable framing, as Kafka's clients write it).
 *
 *   magic 04 22 4d 18 · FLG · BD · [content size 8] · [dictionary id 4] · HC · (block size uint32 LE · block · [checksum 4])* · 0
 *
 * The library has no output limit, so the frame is walked first: as many blocks times the largest block that the
 * descriptor allows is the most that can come out.
 */
import { createRequire } from 'node:module';
import type * as WasmUtils from '@platformatic/wasm-utils';
import { KafkaError } from '../errors.ts';
import { tooLarge } from './too-large.ts';

const require = createRequire(import.meta.url);
let loaded: typeof WasmUtils | undefined;
const wasm = () => (loaded ??= require('@platformatic/wasm-utils') as typeof WasmUtils);

const MAGIC = 0x184d2204;
const DESCRIPTOR_BYTES = 7;
const CONTENT_SIZE_FLAG = 0x08;
const DICTIONARY_FLAG = 0x01;
const BLOCK_CHECKSUM_FLAG = 0x10;
const CONTENT_CHECKSUM_FLAG = 0x04;
const BLOCK_SIZE_MASK = 0x7fffffff;
/** By the descriptor's code 4-7. */
const BLOCK_BYTES_MAX: Record<number, number> = { 4: 64 << 10, 5: 256 << 10, 6: 1 << 20, 7: 4 << 20 };
/** LZ4 turns one byte into at most 255. */
const RATIO_MAX = 255;

export function lz4Compress(bytes: Buffer): Buffer {
  return wasm().lz4Compress(bytes);
}

export function lz4Decompress(bytes: Buffer, limitBytes: number): Buffer {
  const most = outputMax(bytes);
  if (most > limitBytes) throw tooLarge(limitBytes);
  return Buffer.from(wasm().lz4Decompress(bytes)); // a copy: the library's memory is used again by its next call
}

/** The most that this frame can hold, by its own block headers. */
function outputMax(bytes: Buffer): number {
  if (bytes.length < DESCRIPTOR_BYTES || bytes.readUInt32LE(0) !== MAGIC) throw corrupt('not an LZ4 frame');
  const flags = bytes[4]!;
  const blockMax = BLOCK_BYTES_MAX[(bytes[5]! >>> 4) & 7];
  if (blockMax === undefined) throw corrupt('a block size that does not exist');
  let at =
    DESCRIPTOR_BYTES +
    ((flags & CONTENT_SIZE_FLAG) === 0 ? 0 : 8) +
    ((flags & DICTIONARY_FLAG) === 0 ? 0 : 4);
  const checksumBytes = (flags & BLOCK_CHECKSUM_FLAG) === 0 ? 0 : 4;
  let most = 0;
  for (;;) {
    if (bytes.length - at < 4) throw corrupt('the end mark is missing');
    const size = bytes.readUInt32LE(at) & BLOCK_SIZE_MASK;
    at += 4;
    if (size === 0) break;
    if (size > bytes.length - at)
      throw corrupt(`a block of ${size} bytes where ${bytes.length - at} are left`);
    most += Math.min(blockMax, size * RATIO_MAX);
    at += size + checksumBytes;
  }
  at += (flags & CONTENT_CHECKSUM_FLAG) === 0 ? 0 : 4;
  if (at < bytes.length) throw corrupt(`${bytes.length - at} bytes after the frame`);
  return most;
}

function corrupt(detail: string): KafkaError {
  return new KafkaError('CORRUPT_MESSAGE', `lz4: ${detail}`);
}
