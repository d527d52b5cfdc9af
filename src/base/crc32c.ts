/**
 * CRC-32C (Castagnoli, RFC 3720): the checksum of record batches and of journal frames.
 *
 * Native code where the platform has it (10 GB/s), our own slice-by-8 below 128 bytes, where the call into native code
 * costs more than the work, and everywhere when the native module cannot be loaded. Both give the same number.
 */
import { createRequire } from 'node:module';

const POLYNOMIAL = 0x82f63b78;
const NATIVE_FROM_BYTES = 128;

type Crc32c = (bytes: Uint8Array, seed?: number) => number;

/** tables[k][b]: the CRC of byte b followed by k zero bytes. */
const TABLES: readonly Int32Array[] = makeTables();

function makeTables(): Int32Array[] {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[0]![byte] = crc;
  }
  for (let k = 1; k < 8; k++)
    for (let byte = 0; byte < 256; byte++) {
      const before = tables[k - 1]![byte]!;
      tables[k]![byte] = (before >>> 8) ^ tables[0]![before & 0xff]!;
    }
  return tables;
}

/** The portable way: eight bytes a step. */
export function crc32cPortable(bytes: Uint8Array, seed = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const { length } = bytes;
  let crc = ~seed;
  let at = 0;
  for (; at + 8 <= length; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t7[low & 0xff]! ^
      t6[(low >>> 8) & 0xff]! ^
      t5[(low >>> 16) & 0xff]! ^
      t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

/** x to the powers 1, 2, 4, 8 ..., modulo the polynomial; bit 31 stands for 1, as everywhere here. */
const POWERS: readonly number[] = makePowers();

function makePowers(): number[] {
  const powers = [1 << 30];
  for (let n = 1; n < 32; n++) powers.push(multiply(powers[n - 1]!, powers[n - 1]!));
  return powers;
}

/** The product of two polynomials, modulo ours. */
function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product;
}

/**
 * The CRC-32C of two runs of bytes, one behind the other, from the CRCs of both and the length of the second: its bytes are not
 * looked at. About 2 µs, whatever the length.
 */
export function joinCrc32c(first: number, second: number, secondLength: number): number {
  let shift = 1 << 31;
  let power = 3; // a byte is eight bits
  for (let left = secondLength; left > 0; left = Math.floor(left / 2), power++)
    if (left % 2 === 1) shift = multiply(POWERS[power & 31]!, shift);
  return (multiply(shift, first) ^ second) >>> 0;
}

function loadNative(): Crc32c | undefined {
  try {
    return (createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Crc32c }).crc32c;
  } catch {
    return undefined; // no binary for this platform: the portable one is right, only slower
  }
}

const native = loadNative();

/** The CRC-32C of `bytes`, going on from `seed` (the CRC of what came before; 0 at the beginning). */
export const crc32c: Crc32c =
  native === undefined
    ? crc32cPortable
    : (bytes, seed = 0) =>
        bytes.length < NATIVE_FROM_BYTES ? crc32cPortable(bytes, seed) : native(bytes, seed);
