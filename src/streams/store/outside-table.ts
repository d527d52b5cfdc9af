/**
 * OutsideTable: rows that are too many for this process. They are in the changelog like all others, but not in the task's store: a
 * cache outside has what is committed, and here is only what has changed since.
 */
import type { Codec, Overlay } from './overlay.ts';

export class OutsideTable<V> {
  readonly #overlay: () => Overlay;
  readonly #name: string;
  readonly #codec: Codec<V>;

  constructor(overlay: () => Overlay, name: string, codec: Codec<V>) {
    this.#overlay = overlay;
    this.#name = name;
    this.#codec = codec;
  }

  /** Another one with every commit. */
  get era(): unknown {
    return this.#overlay();
  }

  /** Undefined: as the cache says. Null: the row is gone. */
  changed(key: string): V | null | undefined {
    return this.#overlay().changed<V>(this.#name, key);
  }

  put(key: string, value: V): void {
    this.#overlay().put(this.#name, key, value, this.#codec);
  }

  delete(key: string): void {
    this.#overlay().deleteUnseen(this.#name, key);
  }

  decode(bytes: Buffer): V {
    return this.#codec.decode(bytes);
  }
}
