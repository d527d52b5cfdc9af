/** Table: the rows of one name, with values of one type. What operators keep their state in. */
import type { Codec, Overlay } from './overlay.ts';

export interface Table<V> {
  get(key: string): V | undefined;
  put(key: string, value: V): void;
  /** Puts it, and answers what was there before. */
  replace(key: string, value: V): V | undefined;
  delete(key: string): void;
  /** Takes the row out. */
  pull(key: string): V | undefined;
  /** The first key at or behind `from`. */
  ceiling(from: string): string | undefined;
  /** The first key behind `key`: a walk that goes on by it may change the table as it goes. */
  higher(key: string): string | undefined;
  /** Rows with `from` <= key, ascending; from the first one when it is not given. */
  scan(from?: string): Iterable<readonly [key: string, value: V]>;
  keys(from?: string): Iterable<string>;
}

/** Over a store that knows only what is committed. */
export class OverlayTable<V> implements Table<V> {
  readonly #name: string;
  readonly #overlay: () => Overlay;
  readonly #codec: Codec<V>;

  /** `overlay`: the one that is open now; it changes with every commit. */
  constructor(overlay: () => Overlay, name: string, codec: Codec<V>) {
    this.#overlay = overlay;
    this.#name = name;
    this.#codec = codec;
  }

  get(key: string): V | undefined {
    return this.#overlay().get(this.#name, key, this.#codec);
  }

  put(key: string, value: V): void {
    this.#overlay().put(this.#name, key, value, this.#codec);
  }

  replace(key: string, value: V): V | undefined {
    const before = this.get(key);
    this.put(key, value);
    return before;
  }

  delete(key: string): void {
    this.#overlay().delete(this.#name, key);
  }

  pull(key: string): V | undefined {
    const value = this.get(key);
    this.delete(key);
    return value;
  }

  ceiling(from: string): string | undefined {
    for (const key of this.keys(from)) return key;
    return undefined;
  }

  higher(key: string): string | undefined {
    for (const next of this.keys(key)) if (next !== key) return next;
    return undefined;
  }

  scan(from = ''): Iterable<readonly [key: string, value: V]> {
    return this.#overlay().scan(this.#name, from, this.#codec);
  }

  keys(from = ''): Iterable<string> {
    return this.#overlay().keys(this.#name, from);
  }
}
