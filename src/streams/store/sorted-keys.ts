/**
 * SortedKeys: a set of texts in order (by UTF-16 code unit), in blocks of at most 512, so that an insertion moves few of them.
 *
 *   K1  no block is empty; every key of a block is below every key of the next one
 */
const BLOCK_KEYS_MAX = 512;

export class SortedKeys {
  readonly #blocks: string[][] = [];

  constructor(keys: Iterable<string> = []) {
    const sorted = [...keys].sort((a, b) => (a < b ? -1 : 1));
    for (let at = 0; at < sorted.length; at += BLOCK_KEYS_MAX / 2)
      this.#blocks.push(sorted.slice(at, at + BLOCK_KEYS_MAX / 2));
  }

  /** A key that is not there yet. */
  add(key: string): void {
    const n = Math.min(this.#blockOf(key), this.#blocks.length - 1);
    if (n < 0) {
      this.#blocks.push([key]);
      return;
    }
    const block = this.#blocks[n]!;
    block.splice(lowerBound(block, key), 0, key);
    if (block.length > BLOCK_KEYS_MAX) this.#blocks.splice(n + 1, 0, block.splice(BLOCK_KEYS_MAX / 2));
  }

  /** A key that is there. */
  delete(key: string): void {
    const n = this.#blockOf(key);
    const block = this.#blocks[n]!;
    block.splice(lowerBound(block, key), 1);
    if (block.length === 0) this.#blocks.splice(n, 1);
  }

  /** The first key at or behind `key`. */
  ceiling(key: string): string | undefined {
    const block = this.#blocks[this.#blockOf(key)];
    return block?.[lowerBound(block, key)];
  }

  /** The first key behind `key`. */
  higher(key: string): string | undefined {
    const n = this.#blockOf(key);
    const block = this.#blocks[n];
    if (block === undefined) return undefined;
    const at = lowerBound(block, key);
    if (block[at] !== key) return block[at];
    return at + 1 < block.length ? block[at + 1] : this.#blocks[n + 1]?.[0];
  }

  /** The first block whose last key is at or behind `key`. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#blocks[middle]!.at(-1)! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
