/**
 * The header of a frame: 64 bytes that say which frame this is, and a checksum over all of it.
 *
 *    0 magic u32 'GRGF' · 4 version u8 · 5 flags u8 · 6 reserved u16 · 8 session u32 · 12 sequence u64
 *   20 durableSequence u64 · 28 length u32 · 32 footerPosition u32 · 36 entryCount u32 · 40 previousCrc u32
 *   44 crc u32 · 48 reserved 16
 *
 * `length` counts header, batches and footer. `crc` is the CRC-32C of all of that with these four bytes zero.
 * Frames begin at multiples of 4 KiB, so a sector never belongs to two of them; what lies between is not counted.
 */
import { crc32c } from '../base/index.ts';

export const FRAME_HEADER_BYTES = 64;
export const FRAME_ALIGNMENT = 4096;
const MAGIC = 0x47524746;
const VERSION = 1;
const CRC = 44;

export interface FrameHeader {
  readonly session: number;
  readonly sequence: number;
  /** The highest sequence known to be synced when this frame was made. */
  readonly durableSequence: number;
  readonly length: number;
  readonly footerPosition: number;
  readonly entryCount: number;
  readonly previousCrc: number;
  readonly crc: number;
}

export function aligned(bytes: number): number {
  return Math.ceil(bytes / FRAME_ALIGNMENT) * FRAME_ALIGNMENT;
}

/** Fills the header and seals it with the CRC over itself and all that follows, which `rest` continues. Answers the CRC. */
export function writeFrameHeader(
  header: Buffer,
  fields: Omit<FrameHeader, 'crc'>,
  rest: (seed: number) => number,
): number {
  header.fill(0);
  header.writeUInt32BE(MAGIC, 0);
  header.writeUInt8(VERSION, 4);
  header.writeUInt32BE(fields.session, 8);
  writeUint64(header, fields.sequence, 12);
  writeUint64(header, fields.durableSequence, 20);
  header.writeUInt32BE(fields.length, 28);
  header.writeUInt32BE(fields.footerPosition, 32);
  header.writeUInt32BE(fields.entryCount, 36);
  header.writeUInt32BE(fields.previousCrc, 40);
  const crc = rest(crc32c(header));
  header.writeUInt32BE(crc, CRC);
  return crc;
}

/** The header at the start of `bytes`, unchecked but for its form; undefined when nothing like one is there. */
export function readFrameHeader(bytes: Buffer): FrameHeader | undefined {
  if (bytes.length < FRAME_HEADER_BYTES || bytes.readUInt32BE(0) !== MAGIC || bytes[4] !== VERSION)
    return undefined;
  const header: FrameHeader = {
    session: bytes.readUInt32BE(8),
    sequence: readUint64(bytes, 12),
    durableSequence: readUint64(bytes, 20),
    length: bytes.readUInt32BE(28),
    footerPosition: bytes.readUInt32BE(32),
    entryCount: bytes.readUInt32BE(36),
    previousCrc: bytes.readUInt32BE(40),
    crc: bytes.readUInt32BE(CRC),
  };
  if (
    header.length < FRAME_HEADER_BYTES ||
    header.footerPosition < FRAME_HEADER_BYTES ||
    header.footerPosition > header.length
  )
    return undefined;
  return Number.isSafeInteger(header.sequence) && Number.isSafeInteger(header.durableSequence)
    ? header
    : undefined;
}

const ZERO_CRC = Buffer.alloc(4);

/** True when the whole frame, `header.length` bytes, has the checksum that its header names. */
export function isFrameWhole(frame: Buffer, header: FrameHeader): boolean {
  let crc = crc32c(frame.subarray(0, CRC));
  crc = crc32c(ZERO_CRC, crc);
  return crc32c(frame.subarray(CRC + 4), crc) === header.crc;
}

function writeUint64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}

function readUint64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
