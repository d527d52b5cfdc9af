/**
 * ByteReader and ByteWriter: the primitive encodings of the wire, bounds-checked.
 *
 *   int8 int16 int32 int64     big endian                  uuid      16 bytes <-> 32 hexadecimal digits
 *   uvarint                    7 bits a byte, low first    varint    zigzag, then uvarint (varlong: up to 10 bytes)
 *   string  int16 length, -1 null, UTF-8                   compact...  uvarint of length + 1, 0 null
 *   bytes   int32 length, -1 null                          array     as bytes, but the length counts elements
 *
 * Invariants
 *   B1  a reader never looks past `end`: what would is a MalformedMessage, never a RangeError of the engine
 *   B2  nothing is allocated by a length before the bytes that it announces are known to be there
 *   B3  an int64 is a safe integer: others are malformed, or clamped where the schema says so
 *   B4  bytes that were read are views of the buffer, not copies
 *   B5  no more than `elementsMax` array elements are read: the smallest take two bytes there and a hundred in memory
 *   B6  a writer refuses (RangeError) what its type cannot hold: that is a bug of the caller, not of the wire
 */

import { nameAt } from './names.ts';

/** Bytes from outside that are not what the schema says. The connection that sent them is closed. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

/** Kafka's "no id": sixteen zero bytes. */
export const ZERO_UUID = '0'.repeat(32);

const TWO_TO_32 = 0x1_0000_0000;
/** The high words of the safe integers lie in [-2**21, 2**21); -2**53 itself is not safe. */
const HIGH_WORD_LIMIT = 0x20_0000;
/** Strings never exceed this, not even where their length prefix could say so. */
const STRING_BYTES_MAX = 0x7fff;

export class ByteReader {
  readonly buffer: Buffer;
  readonly end: number;
  position: number;
  /** Elements of all arrays so far. */
  elements = 0;
  /** For messages from strangers. */
  elementsMax = Number.POSITIVE_INFINITY;

  constructor(buffer: Buffer, position = 0, end = buffer.length) {
    if (!(position >= 0 && position <= end && end <= buffer.length))
      throw new RangeError(`[${position}, ${end}) is not inside ${buffer.length} bytes`);
    this.buffer = buffer;
    this.position = position;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Moves over `count` bytes and returns where they start. */
  skip(count: number): number {
    const at = this.position;
    if (count > this.end - at) this.#short(count);
    this.position = at + count;
    return at;
  }

  boolean(): boolean {
    return this.buffer[this.skip(1)] !== 0;
  }

  int8(): number {
    return (this.buffer[this.skip(1)]! << 24) >> 24;
  }

  int16(): number {
    const at = this.skip(2);
    return (((this.buffer[at]! << 8) | this.buffer[at + 1]!) << 16) >> 16;
  }

  uint16(): number {
    const at = this.skip(2);
    return (this.buffer[at]! << 8) | this.buffer[at + 1]!;
  }

  int32(): number {
    const at = this.skip(4);
    const { buffer } = this;
    return (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  int64(): number {
    const high = this.int32();
    const value = high * TWO_TO_32 + this.uint32();
    if (high >= HIGH_WORD_LIMIT || high < -HIGH_WORD_LIMIT || value === -(2 ** 53))
      throw new MalformedMessage(`int64 near ${value} is beyond ±2^53`);
    return value;
  }

  /** For fields where peers send sentinels such as the largest int64. */
  int64Clamped(): number {
    const value = this.int32() * TWO_TO_32 + this.uint32();
    return Math.min(Math.max(value, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.skip(8));
  }

  /** At most five bytes and 32 bits. */
  uvarint(): number {
    let byte = this.buffer[this.skip(1)]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      byte = this.buffer[this.skip(1)]!;
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new MalformedMessage('a varint is longer than 32 bits');
  }

  varint(): number {
    const zigzag = this.uvarint();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** Zigzag of up to 64 bits, of which the value must be a safe integer. */
  varlong(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.buffer[this.skip(1)]!;
      if (shift < 28) low += (byte & 0x7f) * 2 ** shift;
      else high += (byte & 0x7f) * 2 ** (shift - 28);
      if (byte < 0x80) return unzigzag(low, high);
    }
    throw new MalformedMessage('a varlong is longer than ten bytes');
  }

  uuid(): string {
    const at = this.skip(16);
    return this.buffer.toString('hex', at, at + 16);
  }

  string(): string {
    return this.#utf8(this.#present(this.int16(), 'string'));
  }
  nullableString(): string | null {
    const length = this.int16();
    return length === -1 ? null : this.#utf8(length);
  }
  compactString(): string {
    return this.#utf8(this.#present(this.uvarint() - 1, 'string'));
  }
  compactNullableString(): string | null {
    const length = this.uvarint() - 1;
    return length === -1 ? null : this.#utf8(length);
  }

  bytes(): Buffer {
    return this.view(this.#present(this.int32(), 'bytes'));
  }
  nullableBytes(): Buffer | null {
    const length = this.int32();
    return length === -1 ? null : this.view(length);
  }
  compactBytes(): Buffer {
    return this.view(this.#present(this.uvarint() - 1, 'bytes'));
  }
  compactNullableBytes(): Buffer | null {
    const length = this.uvarint() - 1;
    return length === -1 ? null : this.view(length);
  }

  /** The next `length` bytes, not copied (B4). */
  view(length: number): Buffer {
    if (length < 0) throw new MalformedMessage(`negative length ${length}`);
    const at = this.skip(length);
    return this.buffer.subarray(at, at + length);
  }

  /** The number of elements, -1 for null; each needs at least `elementBytes` of what remains (B2). */
  arrayLength(elementBytes: number): number {
    return this.#fitting(this.int32(), elementBytes);
  }
  compactArrayLength(elementBytes: number): number {
    return this.#fitting(this.uvarint() - 1, elementBytes);
  }

  #fitting(count: number, elementBytes: number): number {
    if (count < -1) throw new MalformedMessage(`negative array length ${count}`);
    if (count * elementBytes > this.end - this.position)
      throw new MalformedMessage(
        `an array of ${count} elements cannot be in the ${this.remaining} bytes that are left`,
      );
    if (count > 0 && (this.elements += count) > this.elementsMax)
      throw new MalformedMessage(`more than ${this.elementsMax} array elements in one message`); // B5
    return count;
  }

  #utf8(length: number): string {
    if (length < 0 || length > STRING_BYTES_MAX)
      throw new MalformedMessage(`a string cannot be ${length} bytes long`);
    return nameAt(this.buffer, this.skip(length), length);
  }

  #present(length: number, kind: string): number {
    if (length === -1) throw new MalformedMessage(`null where a ${kind} must be`);
    return length;
  }

  #short(count: number): never {
    throw new MalformedMessage(
      `${count} bytes wanted at ${this.position}, but the message ends at ${this.end}`,
    );
  }
}

/** `low` has 28 bits, `high` what is above them. The value's sign is the lowest bit, so halving is exact. */
function unzigzag(low: number, high: number): number {
  const magnitude = high * 2 ** 27 + Math.floor(low / 2);
  const value = low % 2 === 0 ? magnitude : -magnitude - 1;
  if (!Number.isSafeInteger(value)) throw new MalformedMessage(`varlong near ${value} is beyond ±2^53`);
  return value;
}

/**
 * A growing buffer. With `spliceFrom`, values of that many bytes and more are not copied but kept as parts of their own,
 * for sockets that send several buffers at once. What `toBuffer()` and `toParts()` return is a view: write no more then.
 */
export class ByteWriter {
  #buffer: Buffer;
  /** Where the next byte goes, and where the bytes begin that are in no part yet. */
  #length = 0;
  #start = 0;
  readonly #parts: Buffer[] = [];
  #partsLength = 0;
  readonly #spliceFrom: number;
  /** Error codes other than 0 that messages have written. */
  errorCodes = 0;

  constructor(size = 512, spliceFrom = Infinity) {
    this.#buffer = Buffer.allocUnsafe(size);
    this.#spliceFrom = spliceFrom;
  }

  get length(): number {
    return this.#partsLength + this.#length - this.#start;
  }

  toBuffer(): Buffer {
    const parts = this.toParts();
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  toParts(): readonly Buffer[] {
    if (this.#parts.length === 0 && this.#length === this.#buffer.length) return [this.#buffer];
    const last = this.#buffer.subarray(this.#start, this.#length);
    return this.#parts.length === 0 ? [last] : last.length === 0 ? this.#parts : [...this.#parts, last];
  }

  /** Puts the number of bytes that follow the first four into the first four, as frames begin. */
  fillSize(): void {
    (this.#parts[0] ?? this.#buffer).writeInt32BE(this.length - 4, 0);
  }

  boolean(value: boolean): void {
    if (typeof value !== 'boolean') refuse(value, 'boolean');
    this.#byte(value ? 1 : 0);
  }

  int8(value: number): void {
    if ((value << 24) >> 24 !== value) refuse(value, 'int8');
    this.#byte(value);
  }

  int16(value: number): void {
    if ((value << 16) >> 16 !== value) refuse(value, 'int16');
    const at = this.#reserve(2);
    this.#buffer[at] = value >> 8;
    this.#buffer[at + 1] = value;
  }

  uint16(value: number): void {
    if ((value & 0xffff) !== value) refuse(value, 'uint16');
    const at = this.#reserve(2);
    this.#buffer[at] = value >> 8;
    this.#buffer[at + 1] = value;
  }

  int32(value: number): void {
    if ((value | 0) !== value) refuse(value, 'int32');
    this.#word(value);
  }

  uint32(value: number): void {
    if (value >>> 0 !== value) refuse(value, 'uint32');
    this.#word(value);
  }

  int64(value: number): void {
    if (!Number.isSafeInteger(value)) refuse(value, 'int64');
    this.#word(Math.floor(value / TWO_TO_32));
    this.#word(value >>> 0);
  }

  /** The counterpart of `int64Clamped`: the largest safe integer stands for the largest int64. */
  int64Clamped(value: number): void {
    if (value === Number.MAX_SAFE_INTEGER) this.#words(0x7fff_ffff, -1);
    else if (value === -Number.MAX_SAFE_INTEGER) this.#words(-0x8000_0000, 0);
    else this.int64(value);
  }

  float64(value: number): void {
    if (typeof value !== 'number') refuse(value, 'float64');
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  uvarint(value: number): void {
    if (value >>> 0 !== value) refuse(value, 'uvarint');
    let rest = value;
    while (rest > 0x7f) {
      this.#byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.#byte(rest);
  }

  varint(value: number): void {
    if ((value | 0) !== value) refuse(value, 'varint');
    this.uvarint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  varlong(value: number): void {
    if (!Number.isSafeInteger(value)) refuse(value, 'varlong');
    // Zigzag doubles, so it may pass 2^53: keep the lowest group apart, the rest is exact.
    const magnitude = value < 0 ? -(value + 1) : value;
    let group = (magnitude % 64) * 2 + (value < 0 ? 1 : 0);
    for (let rest = Math.floor(magnitude / 64); ; rest = Math.floor(rest / 128)) {
      this.#byte(rest > 0 ? group | 0x80 : group);
      if (rest === 0) return;
      group = rest % 128;
    }
  }

  uuid(value: string): void {
    if (typeof value !== 'string' || value.length !== 32) refuse(value, 'uuid');
    const at = this.#reserve(16);
    for (let n = 0; n < 16; n++) {
      const byte = (digit(value, 2 * n) << 4) | digit(value, 2 * n + 1);
      if (byte < 0) refuse(value, 'uuid');
      this.#buffer[at + n] = byte;
    }
  }

  string(value: string): void {
    const length = stringBytes(value);
    this.int16(length);
    this.#utf8(value, length);
  }
  nullableString(value: string | null): void {
    if (value === null) this.int16(-1);
    else this.string(value);
  }
  compactString(value: string): void {
    const length = stringBytes(value);
    this.uvarint(length + 1);
    this.#utf8(value, length);
  }
  compactNullableString(value: string | null): void {
    if (value === null) this.uvarint(0);
    else this.compactString(value);
  }

  bytes(value: Bytes): void {
    this.int32(bytesLength(value));
    this.#rawParts(value);
  }
  nullableBytes(value: Bytes | null): void {
    if (value === null) this.int32(-1);
    else this.bytes(value);
  }
  compactBytes(value: Bytes): void {
    this.uvarint(bytesLength(value) + 1);
    this.#rawParts(value);
  }
  compactNullableBytes(value: Bytes | null): void {
    if (value === null) this.uvarint(0);
    else this.compactBytes(value);
  }

  arrayLength(count: number): void {
    this.int32(count);
  }
  compactArrayLength(count: number): void {
    this.uvarint(count + 1);
  }

  /** The bytes themselves, without a length. */
  raw(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) refuse(value, 'bytes');
    if (value.length >= this.#spliceFrom) {
      this.#splice(value);
      return;
    }
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  #splice(value: Uint8Array): void {
    const before = this.#buffer.subarray(this.#start, this.#length);
    if (before.length > 0) this.#parts.push(before);
    this.#parts.push(
      Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    );
    this.#partsLength += before.length + value.length;
    this.#start = this.#length;
  }

  #rawParts(value: Bytes): void {
    if (value instanceof Uint8Array) this.raw(value);
    else for (const part of value) this.raw(part);
  }

  #utf8(value: string, length: number): void {
    const at = this.#reserve(length);
    this.#buffer.write(value, at, length, 'utf8');
  }

  /** Reserve first: growing replaces the buffer. */
  #byte(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  #words(high: number, low: number): void {
    this.#word(high);
    this.#word(low);
  }

  #word(value: number): void {
    const at = this.#reserve(4);
    const buffer = this.#buffer;
    buffer[at] = value >> 24;
    buffer[at + 1] = value >> 16;
    buffer[at + 2] = value >> 8;
    buffer[at + 3] = value;
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, needed));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    this.#length = needed;
    return at;
  }
}

/** Bytes in one piece or in several: batches of a fetch lie apart in memory and are sent as they lie. */
type Bytes = Uint8Array | readonly Uint8Array[];

function bytesLength(value: Bytes): number {
  if (value instanceof Uint8Array) return value.length;
  if (!Array.isArray(value)) refuse(value, 'bytes');
  let length = 0;
  for (const part of value as readonly Uint8Array[]) length += part.length;
  return length;
}

/** The hexadecimal digit at `at`; negative: it is none. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function stringBytes(value: string): number {
  if (typeof value !== 'string') refuse(value, 'string');
  const length = Buffer.byteLength(value);
  if (length > STRING_BYTES_MAX) throw new RangeError(`a string of ${length} bytes is too long for the wire`);
  return length;
}

function refuse(value: unknown, kind: string): never {
  throw new RangeError(`${String(value)} is not a valid ${kind}`);
}
