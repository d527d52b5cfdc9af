/** OrderedMap: a Map that can also be walked in the order of its keys. The order costs nothing until somebody walks. */
import { SortedKeys } from './sorted-keys.ts';

export class OrderedMap<V> {
  readonly #values = new Map<string, V>();
  #keys: SortedKeys | undefined;

  get size(): number {
    return this.#values.size;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    const before = this.#values.size;
    this.#values.set(key, value);
    if (this.#values.size !== before) this.#keys?.add(key);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#keys?.delete(key);
  }

  /** The first key at or behind `key`. */
  ceiling(key: string): string | undefined {
    return this.#order().ceiling(key);
  }

  /** The first key behind `key`: a walk that goes on by it may change the map as it goes. */
  higher(key: string): string | undefined {
    return this.#order().higher(key);
  }

  /** In the order of insertion. */
  entries(): Iterable<[string, V]> {
    return this.#values;
  }

  #order(): SortedKeys {
    return (this.#keys ??= new SortedKeys(this.#values.keys()));
  }
}
