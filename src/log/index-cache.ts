/** IndexCache: the indexes of segments that were used lately, bounded by their entries. What falls out is loaded again. */
import type { SegmentIndex } from './segment-index.ts';

/** About 20 bytes each: 20 MB. One segment of 1 GiB has up to 262,144 of both kinds together twice. */
const INDEX_ENTRIES_MAX = 1_000_000;

export class IndexCache {
  readonly #entriesMax: number;
  /** Least lately used first; with the entries that each had when it came. */
  readonly #indexes = new Map<string, { readonly index: SegmentIndex; readonly entries: number }>();
  #entries = 0;

  constructor(entriesMax = INDEX_ENTRIES_MAX) {
    this.#entriesMax = entriesMax;
  }

  get entries(): number {
    return this.#entries;
  }

  find(path: string): SegmentIndex | undefined {
    const known = this.#indexes.get(path);
    if (known !== undefined) this.keep(path, known.index);
    return known?.index;
  }

  keep(path: string, index: SegmentIndex): void {
    this.forget(path);
    const entries = index.entryCount + 1; // one for the object itself: empty ones are not free
    this.#indexes.set(path, { index, entries });
    this.#entries += entries;
    for (const oldest of this.#indexes.keys()) {
      if (this.#entries <= this.#entriesMax || oldest === path) break;
      this.forget(oldest);
    }
  }

  forget(path: string): void {
    const known = this.#indexes.get(path);
    if (known === undefined) return;
    this.#indexes.delete(path);
    this.#entries -= known.entries;
  }
}
