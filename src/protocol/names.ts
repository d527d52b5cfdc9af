/**
 * Names: the strings of messages are mostly the same few (topics, groups, client ids), and comparing the bytes of one with those
 * of the last time costs a third of decoding them. What comes out is the same string, so who looks it up need not hash it again.
 *
 * Invariants
 *   N1  a name is what its bytes decode to, whatever was kept before
 *   N2  at most NAMES_KEPT names of NAME_BYTES_MAX bytes are kept; a new one takes the place of another
 */
const NAMES_KEPT = 1024;
const NAME_BYTES_MAX = 64;

interface Kept {
  readonly bytes: Uint8Array;
  readonly name: string;
}

const kept: (Kept | undefined)[] = Array.from({ length: NAMES_KEPT });

/** The UTF-8 text of these bytes, which are all there. */
export function nameAt(buffer: Buffer, at: number, length: number): string {
  if (length === 0) return '';
  if (length > NAME_BYTES_MAX) return buffer.toString('utf8', at, at + length);
  let hash = length;
  for (let n = at; n < at + length; n++) hash = (Math.imul(hash, 31) + buffer[n]!) | 0;
  const place = (hash ^ (hash >>> 15)) & (NAMES_KEPT - 1);
  const known = kept[place];
  if (known !== undefined && isAt(known.bytes, buffer, at, length)) return known.name;
  const name = buffer.toString('utf8', at, at + length);
  kept[place] = { bytes: Uint8Array.prototype.slice.call(buffer, at, at + length), name };
  return name;
}

function isAt(bytes: Uint8Array, buffer: Buffer, at: number, length: number): boolean {
  if (bytes.length !== length) return false;
  for (let n = 0; n < length; n++) if (bytes[n] !== buffer[at + n]) return false;
  return true;
}
