/**
 * Values: no two alike, of sizes from a few bytes to several disk sectors.
 *
 * A record's text is its value. That of a tombstone, which has none, is its name behind a sign; records with a key carry
 * their name in a header too.
 */
import type { Random } from '../../src/env/index.ts';

const SECTOR_BYTES = 512;
/** Together they fit into the smallest segment, also with one large one more. */
const BATCH_BYTES_MAX = 4_096;

/** `name` is unique in the run; the rest is padding that depends on it. */
export function makeValue(name: string, random: Random): string {
  const kind = random.below(20);
  const size =
    kind < 12
      ? 20 + random.below(100)
      : kind < 19
        ? random.below(2 * SECTOR_BYTES)
        : random.below(17 * SECTOR_BYTES);
  return name.padEnd(size, `${name}|`);
}

/** The beginning of a tombstone's text. */
const TOMBSTONE = '~';

export const isTombstone = (text: string): boolean => text.startsWith(TOMBSTONE);

/** What the header of a record with this text holds. */
export const headerOf = (text: string): string => text.slice(0, text.indexOf(':') + 1);

const BAD = '{"bad":';

/** What no check takes that wants an object with the member `n`. */
export const isBad = (text: string): boolean => text.startsWith(BAD);

/** As a topic wants it whose records are checked, or (with this share) as it does not. */
export function dressed(text: string, random: Random, badShare: number): string {
  return `${random.next() < badShare ? BAD : '{"n":'}"${text}"}`;
}

/** `tombstoneShare`: how many of them have no value. */
export function makeBatchOf(name: string, random: Random, tombstoneShare = 0): string[] {
  const count = random.below(4) === 0 ? 1 + random.below(12) : 1 + random.below(3);
  const values: string[] = [];
  for (let n = 0, bytes = 0; n < count && bytes < BATCH_BYTES_MAX; bytes += values[n++]!.length)
    values.push(
      tombstoneShare > 0 && random.next() < tombstoneShare
        ? `${TOMBSTONE}${name}.${n}:`
        : makeValue(`${name}.${n}:`, random),
    );
  return values;
}
