/**
 * DedupeIds: the ids that one batch adds to its partition, as the journal keeps them, directly before the batch in the same frame.
 *
 *   version u8 = 1 · head i64 · first i64 · time i64 · count u32 · count × (offset delta u32 · digest 16)
 *
 *   head    positions below it are forgotten from now on: the window has passed them
 *   first   the position that the first of these ids gets, unless its transaction is open
 *   time    when the batch was taken, by the broker's clock, milliseconds; never less than of the batch before
 *
 * With a count of 0 it belongs to no batch: the ids below `head` are forgotten. Big endian; the digest is copied as it lies.
 */
import { KafkaError } from '../protocol/index.ts';
import { DIGEST_WORDS } from './id-window.ts';

const VERSION = 1;
const HEAD_BYTES = 1 + 8 + 8 + 8 + 4;
const DIGEST_BYTES = DIGEST_WORDS * 4;
const ID_BYTES = 4 + DIGEST_BYTES;

export interface DedupeIds {
  readonly head: number;
  readonly first: number;
  readonly time: number;
  /** Of the records within their batch. */
  readonly deltas: readonly number[];
  /** Four words for each. */
  readonly digests: Uint32Array;
}

export function encodeDedupeIds({ head, first, time, deltas, digests }: DedupeIds): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + deltas.length * ID_BYTES);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeBigInt64BE(BigInt(head), 1);
  bytes.writeBigInt64BE(BigInt(first), 9);
  bytes.writeBigInt64BE(BigInt(time), 17);
  bytes.writeUInt32BE(deltas.length, 25);
  for (const [n, delta] of deltas.entries()) {
    const at = HEAD_BYTES + n * ID_BYTES;
    bytes.writeUInt32BE(delta, at);
    for (let word = 0; word < DIGEST_WORDS; word++)
      bytes.writeUInt32BE(digests[n * DIGEST_WORDS + word]!, at + 4 + word * 4);
  }
  return bytes;
}

/** Throws CORRUPT_MESSAGE for another version: the folder was written by a program that knows more. */
export function decodeDedupeIds(bytes: Buffer): DedupeIds {
  if (bytes.length < HEAD_BYTES || bytes.readUInt8(0) !== VERSION)
    throw new KafkaError('CORRUPT_MESSAGE', 'dedupe ids of another version');
  const count = bytes.readUInt32BE(25);
  if (bytes.length !== HEAD_BYTES + count * ID_BYTES)
    throw new KafkaError('CORRUPT_MESSAGE', `${count} dedupe ids in ${bytes.length} bytes`);
  const deltas: number[] = [];
  const digests = new Uint32Array(count * DIGEST_WORDS);
  for (let n = 0; n < count; n++) {
    const at = HEAD_BYTES + n * ID_BYTES;
    deltas.push(bytes.readUInt32BE(at));
    for (let word = 0; word < DIGEST_WORDS; word++)
      digests[n * DIGEST_WORDS + word] = bytes.readUInt32BE(at + 4 + word * 4);
  }
  const [head, first, time] = [1, 9, 17].map((at) => Number(bytes.readBigInt64BE(at)));
  return { head: head!, first: first!, time: time!, deltas, digests };
}
