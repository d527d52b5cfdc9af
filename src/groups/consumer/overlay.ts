/**
 * OverlayMap: a map with other entries than the one below it, which stays as it is. Made in no time, however large that one is, so
 * that a decision can try its records on a group of thousands of members. Iterates in the order of a Map that was copied and changed.
 *
 *   V1  whoever holds an overlay reads it only until the map below changes
 *   V2  a key is in `#added`, or shown from below, or neither: never both
 */
export class OverlayMap<K, V> extends Map<K, V> {
  readonly #below: ReadonlyMap<K, V>;
  /** Of keys that are shown in the place that they have below. */
  readonly #changed: Map<K, V>;
  /** Keys below that are not shown there. */
  readonly #hidden: Set<K>;
  readonly #added: Map<K, V>;

  constructor(below: ReadonlyMap<K, V>) {
    super();
    this.#below = below;
    this.#changed = new Map();
    this.#hidden = new Set();
    this.#added = new Map();
  }

  override get size(): number {
    return this.#below.size - this.#hidden.size + this.#added.size;
  }

  override has(key: K): boolean {
    return this.#added.has(key) || this.#isShownBelow(key);
  }

  override get(key: K): V | undefined {
    if (!this.#isShownBelow(key)) return this.#added.get(key);
    return this.#changed.has(key) ? this.#changed.get(key) : this.#below.get(key);
  }

  override set(key: K, value: V): this {
    (this.#isShownBelow(key) ? this.#changed : this.#added).set(key, value);
    return this;
  }

  override delete(key: K): boolean {
    if (!this.#isShownBelow(key)) return this.#added.delete(key);
    this.#changed.delete(key);
    this.#hidden.add(key);
    return true;
  }

  override clear(): void {
    for (const key of this.#below.keys()) this.#hidden.add(key);
    this.#changed.clear();
    this.#added.clear();
  }

  override *entries(): MapIterator<[K, V]> {
    for (const [key, value] of this.#below)
      if (!this.#hidden.has(key)) yield [key, this.#changed.has(key) ? this.#changed.get(key)! : value];
    yield* this.#added;
  }

  override *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  override *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  override [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  override forEach(visit: (value: V, key: K, map: Map<K, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  #isShownBelow(key: K): boolean {
    return !this.#hidden.has(key) && this.#below.has(key);
  }
}
