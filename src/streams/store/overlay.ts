/**
 * Overlay: what a task has changed since its last commit, on top of the committed store. Reads see through it.
 *
 *   committed store   a b c d          a row that came and went between two commits leaves no trace:
 *   overlay             B   x e        it is neither encoded nor written to the changelog
 *   what is read      a B c   e
 *
 * Values lie here as they are and become bytes once, at the commit. Whoever puts a value must not change it afterwards.
 */
import { OrderedMap } from './ordered-map.ts';
import type { Row, StateStore } from './state-store.ts';

/** Bytes and back; `decode(encode(x))` is x. */
export interface Codec<V> {
  encode(value: V): Buffer;
  decode(bytes: Buffer): V;
  /**
   * What may stay in memory instead of the bytes: data that nobody changes, without bytes of anybody else's memory. Undefined: the bytes
   * stay. Without it they always do.
   */
  keep?(value: V): V | undefined;
}

interface Put {
  readonly value: unknown;
  readonly codec: Codec<unknown>;
}
const GONE = null;

export class Overlay {
  readonly #store: StateStore;
  readonly #tables = new Map<string, OrderedMap<Put | typeof GONE>>();
  #rows: readonly Row[] | undefined;

  constructor(store: StateStore) {
    this.#store = store;
  }

  get<V>(table: string, key: string, codec: Codec<V>): V | undefined {
    const changed = this.#tables.get(table)?.get(key);
    if (changed !== undefined) return changed === GONE ? undefined : (changed.value as V);
    const bytes = this.#store.get(table, key);
    return bytes === undefined ? undefined : codec.decode(bytes);
  }

  put<V>(table: string, key: string, value: V, codec: Codec<V>): void {
    this.#changes(table).set(key, { value, codec: codec as Codec<unknown> });
  }

  delete(table: string, key: string): void {
    const changes = this.#changes(table);
    if (this.#store.get(table, key) === undefined) changes.delete(key);
    else changes.set(key, GONE);
  }

  /** Undefined: not since the last commit. Null: the row goes. */
  changed<V>(table: string, key: string): V | null | undefined {
    const changed = this.#tables.get(table)?.get(key);
    return changed === undefined || changed === GONE ? changed : (changed.value as V);
  }

  /** Of a row that the store does not have. */
  deleteUnseen(table: string, key: string): void {
    this.#changes(table).set(key, GONE);
  }

  /** Rows with `from` <= key, ascending. Rows may be put and deleted during the walk; those still to come are seen as they are then. */
  *scan<V>(table: string, from: string, codec: Codec<V>): Iterable<readonly [key: string, value: V]> {
    for (const key of this.keys(table, from)) yield [key, this.get(table, key, codec)!];
  }

  /** The same without the values. */
  *keys(table: string, from: string): Iterable<string> {
    const changes = this.#changes(table);
    const committed = this.#store.keys(table, from)[Symbol.iterator]();
    let below = committed.next();
    let above = changes.ceiling(from);
    while (below.done !== true || above !== undefined) {
      const isAbove = below.done === true || (above !== undefined && above <= below.value);
      const key: string = isAbove ? above! : (below as IteratorYieldResult<string>).value;
      if (below.done !== true && below.value === key) below = committed.next();
      const changed = changes.get(key); // it may have changed since `above` was looked up
      if (isAbove ? changed !== undefined && changed !== GONE : changed !== GONE) yield key;
      above = changes.higher(key);
    }
  }

  /** What has changed, as bytes: the same that went into the changelog, as long as nothing changes. */
  rows(): readonly Row[] {
    if (this.#rows !== undefined) return this.#rows;
    const rows: Row[] = [];
    for (const [table, changes] of this.#tables)
      for (const [key, changed] of changes.entries())
        rows.push({ table, key, value: changed === GONE ? null : changed.codec.encode(changed.value) });
    return (this.#rows = rows);
  }

  /** They are about to change, or are only looked at. */
  #changes(table: string): OrderedMap<Put | typeof GONE> {
    this.#rows = undefined;
    let changes = this.#tables.get(table);
    if (changes === undefined) this.#tables.set(table, (changes = new OrderedMap()));
    return changes;
  }
}
