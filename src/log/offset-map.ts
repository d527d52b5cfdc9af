/**
 * OffsetMap: key -> the highest offset that was seen of it, in a bounded amount of memory. For compaction.
 *
 * A key is remembered by 128 bits of its SHA-256, not by its bytes: 24 bytes for each slot, whatever the key's length. Nobody
 * can make two keys that meet (with MD5, as Kafka has it, they can). The table grows by doubling up to the limit; while
 * it grows, the old and the new one exist together.
 */
import { assert, sha256 } from '../base/index.ts';

const SLOT_BYTES = 24;
const WORDS = 4;
const SLOTS_FIRST = 1024;
const LOAD_FACTOR = 0.9;
const NONE = -1;

export class OffsetMap {
  readonly #slotsMax: number;
  #slots: number;
  #hashes: Uint32Array;
  #offsets: Float64Array;
  #size = 0;
  readonly #word = new Uint32Array(WORDS);

  /** `limitBytes`: of the table at its largest. */
  constructor(limitBytes: number) {
    this.#slotsMax = Math.floor(limitBytes / SLOT_BYTES);
    assert(this.#slotsMax >= 2, 'an offset map without room');
    this.#slots = Math.min(SLOTS_FIRST, this.#slotsMax);
    this.#hashes = new Uint32Array(this.#slots * WORDS);
    this.#offsets = new Float64Array(this.#slots).fill(NONE);
  }

  /** Keys in it. */
  get size(): number {
    return this.#size;
  }

  /** False, and nothing changed, when a new key finds no room. */
  put(key: Buffer, offset: number): boolean {
    this.#digest(key);
    const at = this.#find();
    if (this.#offsets[at] !== NONE) {
      this.#offsets[at] = Math.max(this.#offsets[at]!, offset);
      return true;
    }
    if (this.#size + 1 > this.#slots * LOAD_FACTOR) {
      if (this.#slots >= this.#slotsMax) return false;
      this.#grow();
      return this.put(key, offset);
    }
    this.#hashes.set(this.#word, at * WORDS);
    this.#offsets[at] = offset;
    this.#size++;
    return true;
  }

  /** -1 when the key is not there. */
  get(key: Buffer): number {
    this.#digest(key);
    return this.#offsets[this.#find()]!;
  }

  #digest(key: Buffer): void {
    const digest = sha256(key);
    for (let n = 0; n < WORDS; n++) this.#word[n] = digest.readUInt32LE(n * 4);
  }

  /** The slot of the digest, or the free one where it belongs. */
  #find(): number {
    const [a, b, c, d] = this.#word as unknown as [number, number, number, number];
    for (let at = a % this.#slots; ; at = at + 1 === this.#slots ? 0 : at + 1) {
      if (this.#offsets[at] === NONE) return at;
      const from = at * WORDS;
      const hashes = this.#hashes;
      if (hashes[from] === a && hashes[from + 1] === b && hashes[from + 2] === c && hashes[from + 3] === d)
        return at;
    }
  }

  #grow(): void {
    const old = { hashes: this.#hashes, offsets: this.#offsets };
    this.#slots = Math.min(this.#slots * 2, this.#slotsMax);
    this.#hashes = new Uint32Array(this.#slots * WORDS);
    this.#offsets = new Float64Array(this.#slots).fill(NONE);
    for (let at = 0; at < old.offsets.length; at++) {
      const offset = old.offsets[at]!;
      if (offset === NONE) continue;
      this.#word.set(old.hashes.subarray(at * WORDS, (at + 1) * WORDS));
      const place = this.#find();
      this.#hashes.set(this.#word, place * WORDS);
      this.#offsets[place] = offset;
    }
  }
}
