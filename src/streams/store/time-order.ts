/**
 * TimeOrder: entries in the order of (time, key), in blocks of at most 512, so that an insertion moves few of them. Most are put in near
 * the end, and taken out at the front.
 *
 *   O1  no block is empty; every entry of a block is before every entry of the next one
 */
export interface Timed {
  /** Whole. */
  readonly atMs: number;
  readonly key: string;
}

const BLOCK_ENTRIES_MAX = 512;

export class TimeOrder<E extends Timed> {
  readonly #blocks: E[][] = [];

  get first(): E | undefined {
    return this.#blocks[0]?.[0];
  }

  /** False: there is one of that (time, key), and it stays. */
  add(entry: E): boolean {
    const { atMs, key } = entry;
    const blocks = this.#blocks;
    const n = Math.min(this.#blockOf(atMs, key), blocks.length - 1);
    if (n < 0) {
      blocks.push([entry]);
      return true;
    }
    const block = blocks[n]!;
    const at = lowerBound(block, atMs, key);
    if (at === BLOCK_ENTRIES_MAX) blocks.splice(n + 1, 0, [entry]);
    else if (at === block.length) block.push(entry);
    else {
      const next = block[at]!;
      if (next.atMs === atMs && next.key === key) return false;
      block.splice(at, 0, entry);
      if (block.length > BLOCK_ENTRIES_MAX) blocks.splice(n + 1, 0, block.splice(BLOCK_ENTRIES_MAX / 2));
    }
    return true;
  }

  /** One that is there. */
  delete({ atMs, key }: E): void {
    const n = this.#blockOf(atMs, key);
    const block = this.#blocks[n]!;
    const at = lowerBound(block, atMs, key);
    if (at === 0) block.shift();
    else block.splice(at, 1);
    if (block.length === 0) this.#blocks.splice(n, 1);
  }

  find(atMs: number, key: string): E | undefined {
    const found = this.ceiling(atMs, key);
    return found?.atMs === atMs && found.key === key ? found : undefined;
  }

  /** The first one at or behind (time, key). */
  ceiling(atMs: number, key: string): E | undefined {
    const block = this.#blocks[this.#blockOf(atMs, key)];
    return block?.[lowerBound(block, atMs, key)];
  }

  /** The first one behind one that was taken out. */
  behind({ atMs, key }: E): E | undefined {
    const { first } = this;
    if (first === undefined || first.atMs > atMs || (first.atMs === atMs && first.key > key)) return first;
    return this.ceiling(atMs, `${key}\0`);
  }

  *[Symbol.iterator](): Generator<E> {
    for (const block of this.#blocks) yield* block;
  }

  /** The first block whose last entry is at or behind (time, key). */
  #blockOf(atMs: number, key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle]!;
      if (isBefore(block[block.length - 1]!, atMs, key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lowerBound(entries: readonly Timed[], atMs: number, key: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(entries[middle]!, atMs, key)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(entry: Timed, atMs: number, key: string): boolean {
  return entry.atMs < atMs || (entry.atMs === atMs && entry.key < key);
}
