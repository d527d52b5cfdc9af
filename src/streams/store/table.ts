/** Table: the rows of one name, with values of one type. What operators keep their state in. */
import type { Codec, Overlay } from './overlay.ts';

export class Table<V> {
  readonly name: string;
  readonly #overlay: () => Overlay;
  readonly #codec: Codec<V>;

  /** `overlay`: the one that is open now; it changes with every commit. */
  constructor(overlay: () => Overlay, name: string, codec: Codec<V>) {
    this.#overlay = overlay;
    this.name = name;
    this.#codec = codec;
  }

  get(key: string): V | undefined {
    return this.#overlay().get(this.name, key, this.#codec);
  }

  put(key: string, value: V): void {
    this.#overlay().put(this.name, key, value, this.#codec);
  }

  delete(key: string): void {
    this.#overlay().delete(this.name, key);
  }

  /** Rows with `from` <= key, ascending. */
  scan(from = ''): Iterable<readonly [key: string, value: V]> {
    return this.#overlay().scan(this.name, from, this.#codec);
  }

  keys(from = ''): Iterable<string> {
    return this.#overlay().keys(this.name, from);
  }
}
