/**
 * IdWindow: ids in the order in which they were taken, found again by their digest. Memory is flat: no object for an id.
 *
 *   chunks   | 512 entries | 512 entries | ...     an entry: 128 bits of digest, 48 of offset, 48 of time: 28 bytes
 *   slots    open addressing over the digests: 4 bytes a slot, at most three quarters full
 *
 *   +- forgotten -+ first ... known ... | next        positions: an id's number since the partition began to take ids
 *
 * Invariants
 *   W1  a digest leads to its newest position; older ones of it are never found again
 *   W2  a chunk that is full never changes: a snapshot may keep it without a copy
 *   W3  times do not fall from one position to the next (the caller sees to it)
 */
import { assert } from '../base/index.ts';

export const ID_ENTRY_WORDS = 7;
export const ID_ENTRY_BYTES = ID_ENTRY_WORDS * 4;
/** Of a digest. */
export const DIGEST_WORDS = 4;
export const CHUNK_ENTRIES = 512;
const SLOTS_MIN = 16;
const LOAD_MAX = 0.75;
/** Slots hold positions modulo this, plus one; 0 is free. */
const MODULO = 2 ** 32 - 1;
const HIGH = 2 ** 32;

export class IdWindow {
  #chunks: Uint32Array[] = [];
  /** Position of the first entry of the first chunk. */
  #base = 0;
  #first = 0;
  #next = 0;
  #slots = new Uint32Array(SLOTS_MIN);
  #used = 0;

  /** The oldest position that is known. */
  get first(): number {
    return this.#first;
  }

  /** The position that the next id gets. */
  get next(): number {
    return this.#next;
  }

  get size(): number {
    return this.#next - this.#first;
  }

  /** Of memory. */
  get bytes(): number {
    return this.#chunks.length * CHUNK_ENTRIES * ID_ENTRY_BYTES + this.#slots.length * 4;
  }

  /** `digest`: four words at `at`. */
  add(digest: Uint32Array, at: number, offset: number, time: number): void {
    if (this.#next - this.#base === this.#chunks.length * CHUNK_ENTRIES)
      this.#chunks.push(new Uint32Array(CHUNK_ENTRIES * ID_ENTRY_WORDS));
    const chunk = this.#chunkOf(this.#next);
    const word = this.#wordOf(this.#next);
    for (let n = 0; n < DIGEST_WORDS; n++) chunk[word + n] = digest[at + n]!;
    chunk[word + 4] = offset % HIGH;
    chunk[word + 5] = time % HIGH;
    chunk[word + 6] = Math.floor(offset / HIGH) + Math.floor(time / HIGH) * 0x1_0000;
    this.#index(this.#next);
    this.#next++;
  }

  /** The newest position of a digest; -1 when it is not known. */
  find(digest: Uint32Array, at: number): number {
    const slot = this.#slots[this.#slotFor(digest, at)]!;
    return slot === 0 ? -1 : this.#positionIn(slot);
  }

  offsetAt(position: number): number {
    const chunk = this.#chunkOf(position);
    const word = this.#wordOf(position);
    return chunk[word + 4]! + (chunk[word + 6]! & 0xffff) * HIGH;
  }

  timeAt(position: number): number {
    const chunk = this.#chunkOf(position);
    const word = this.#wordOf(position);
    return chunk[word + 5]! + (chunk[word + 6]! >>> 16) * HIGH;
  }

  /** Forgets every position below `position`. A window that ends below it is empty from there on. */
  forgetTo(position: number): void {
    if (position <= this.#first) return;
    if (position >= this.#next) return this.#beginAt(position);
    for (; this.#first < position; this.#first++) this.#unindex(this.#first);
    const gone = Math.floor((this.#first - this.#base) / CHUNK_ENTRIES);
    if (gone === 0) return;
    this.#chunks.splice(0, gone);
    this.#base += gone * CHUNK_ENTRIES;
    if (this.#slots.length > SLOTS_MIN && this.#used < this.#slots.length / 8) this.#resize();
  }

  #beginAt(position: number): void {
    this.#chunks = [];
    this.#base = this.#first = this.#next = position;
    this.#slots = new Uint32Array(SLOTS_MIN);
    this.#used = 0;
  }

  /** All entries from `first` on, as they lie in memory: stays as it is whatever happens to the window (W2). */
  capture(): { readonly first: number; readonly count: number; readonly parts: readonly Uint32Array[] } {
    const parts: Uint32Array[] = [];
    for (let at = this.#first; at < this.#next; ) {
      const end = Math.min(this.#next, at - ((at - this.#base) % CHUNK_ENTRIES) + CHUNK_ENTRIES);
      const from = this.#wordOf(at);
      const to = from + (end - at) * ID_ENTRY_WORDS;
      const isFull = to === CHUNK_ENTRIES * ID_ENTRY_WORDS;
      parts.push(isFull ? this.#chunkOf(at).subarray(from, to) : this.#chunkOf(at).slice(from, to));
      at = end;
    }
    return { first: this.#first, count: this.size, parts };
  }

  /** The window that `capture` told of, from one part. */
  static restore(first: number, words: Uint32Array): IdWindow {
    const window = new IdWindow();
    window.#beginAt(first);
    for (let at = 0; at < words.length; at += ID_ENTRY_WORDS) {
      const high = words[at + 6]!;
      const offset = words[at + 4]! + (high & 0xffff) * HIGH;
      window.add(words, at, offset, words[at + 5]! + (high >>> 16) * HIGH);
    }
    return window;
  }

  /** Adds all of these ids to another window, in order, with one time. */
  pourInto(window: IdWindow, time: number): void {
    for (let position = this.#first; position < this.#next; position++)
      window.add(this.#chunkOf(position), this.#wordOf(position), this.offsetAt(position), time);
  }

  #chunkOf(position: number): Uint32Array {
    return this.#chunks[Math.floor((position - this.#base) / CHUNK_ENTRIES)]!;
  }

  #wordOf(position: number): number {
    return ((position - this.#base) % CHUNK_ENTRIES) * ID_ENTRY_WORDS;
  }

  #positionIn(slot: number): number {
    return this.#first + ((((slot - 1 - this.#first) % MODULO) + MODULO) % MODULO);
  }

  /** The slot of this digest, or the free one where it belongs. */
  #slotFor(digest: Uint32Array, at: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = digest[at]! & mask; ; slot = (slot + 1) & mask) {
      const held = this.#slots[slot]!;
      if (held === 0 || this.#isAt(this.#positionIn(held), digest, at)) return slot;
    }
  }

  #isAt(position: number, digest: Uint32Array, at: number): boolean {
    const chunk = this.#chunkOf(position);
    const word = this.#wordOf(position);
    return (
      chunk[word] === digest[at] &&
      chunk[word + 1] === digest[at + 1] &&
      chunk[word + 2] === digest[at + 2] &&
      chunk[word + 3] === digest[at + 3]
    );
  }

  #index(position: number): void {
    const slot = this.#slotFor(this.#chunkOf(position), this.#wordOf(position));
    if (this.#slots[slot] === 0) this.#used++;
    this.#slots[slot] = (position % MODULO) + 1; // W1
    if (this.#used > this.#slots.length * LOAD_MAX) this.#resize(position + 1);
  }

  /** Takes a position out of the index, unless a newer one took its place. Those behind it move up, so no slot is wasted. */
  #unindex(position: number): void {
    const mask = this.#slots.length - 1;
    let free = this.#slotFor(this.#chunkOf(position), this.#wordOf(position));
    if (this.#slots[free] !== (position % MODULO) + 1) return;
    this.#used--;
    for (let slot = (free + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const held = this.#positionIn(this.#slots[slot]!);
      const home = this.#chunkOf(held)[this.#wordOf(held)]! & mask;
      if (((slot - home) & mask) < ((slot - free) & mask)) continue;
      this.#slots[free] = this.#slots[slot]!;
      free = slot;
    }
    this.#slots[free] = 0;
  }

  /** To twice what is used, so that half is free. */
  #resize(end = this.#next): void {
    let length = SLOTS_MIN;
    while (length < this.#used * 2) length *= 2;
    this.#slots = new Uint32Array(length);
    this.#used = 0;
    for (let position = this.#first; position < end; position++) {
      const slot = this.#slotFor(this.#chunkOf(position), this.#wordOf(position));
      if (this.#slots[slot] === 0) this.#used++;
      this.#slots[slot] = (position % MODULO) + 1;
    }
    assert(this.#used <= length * LOAD_MAX, 'an index of ids that is too full');
  }
}
