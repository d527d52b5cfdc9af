/**
 * Compression: the four codecs of record batches. Every decompression has a limit: a bomb is refused, not unpacked.
 *
 * Heavy modules are loaded at their first use, so that a broker that opens no batch never pays for them.
 * Corrupt input is CORRUPT_MESSAGE; more output than allowed is MESSAGE_TOO_LARGE: producers split such a batch and try again.
 */
import { createRequire } from 'node:module';
import type * as Zlib from 'node:zlib';
import { KafkaError } from '../errors.ts';
import type { CompressionName } from '../record-batch.ts';
import { lz4Compress, lz4Decompress } from './lz4.ts';
import { snappyCompress, snappyDecompress } from './snappy.ts';
import { tooLarge } from './too-large.ts';

const require = createRequire(import.meta.url);
let loaded: typeof Zlib | undefined;
const zlib = () => (loaded ??= require('node:zlib') as typeof Zlib);

export function compress(codec: CompressionName, bytes: Buffer): Buffer {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return zlib().gzipSync(bytes);
    case 'zstd':
      return zlib().zstdCompressSync(bytes);
    case 'snappy':
      return snappyCompress(bytes);
    case 'lz4':
      return lz4Compress(bytes);
  }
}

const TOO_LARGE = 'ERR_BUFFER_TOO_LARGE';

/** At most `limitBytes` come out; more is MESSAGE_TOO_LARGE. */
export function decompress(codec: CompressionName, bytes: Buffer, limitBytes: number): Buffer {
  try {
    switch (codec) {
      case 'none':
        return bytes;
      case 'gzip':
        return zlib().gunzipSync(bytes, { maxOutputLength: limitBytes });
      case 'zstd':
        return zlib().zstdDecompressSync(bytes, { maxOutputLength: limitBytes });
      case 'snappy':
        return snappyDecompress(bytes, limitBytes);
      case 'lz4':
        return lz4Decompress(bytes, limitBytes);
    }
  } catch (error) {
    if (error instanceof KafkaError) throw error;
    if ((error as NodeJS.ErrnoException).code === TOO_LARGE) throw tooLarge(limitBytes);
    throw new KafkaError('CORRUPT_MESSAGE', `not valid ${codec} of at most ${limitBytes} bytes`, {
      cause: error,
    });
  }
}
