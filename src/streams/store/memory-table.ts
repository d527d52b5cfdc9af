/**
 * MemoryTable: the rows of one name in memory, as they are now, and beside them what those that have changed were at the last commit.
 *
 *   now       a B c   e          what is read
 *   before      b   d –          B was b, d is gone, e was not there: what is committed is a b c d
 *
 *   M1  a row that came and went between two commits leaves no trace: it is neither encoded nor written to the changelog
 *   M2  a value becomes bytes once, at the commit; behind it, it stays as it is where its codec can keep it, else as those bytes
 */
import { OrderedMap } from './ordered-map.ts';
import type { Codec } from './overlay.ts';
import type { Row } from './state-store.ts';
import type { Table } from './table.ts';

interface Entry {
  /** Undefined: as bytes. */
  value: unknown;
  bytes: Buffer | undefined;
  /** Since the last commit. */
  isNew: boolean;
}

export class MemoryTable<V> implements Table<V> {
  codec: Codec<V>;
  readonly #rows = new OrderedMap<Entry>();
  /** Undefined: it was not there. */
  readonly #before = new Map<string, Entry | undefined>();

  constructor(codec: Codec<V>) {
    this.codec = codec;
  }

  get(key: string): V | undefined {
    const entry = this.#rows.get(key);
    return entry === undefined ? undefined : this.#valueOf(entry);
  }

  put(key: string, value: V): void {
    const entry = this.#rows.get(key);
    if (entry?.isNew === true) {
      entry.value = value;
      entry.bytes = undefined;
      return;
    }
    if (entry !== undefined || !this.#before.has(key)) this.#before.set(key, entry);
    this.#rows.set(key, { value, bytes: undefined, isNew: true });
  }

  delete(key: string): void {
    const entry = this.#rows.get(key);
    if (entry !== undefined) this.#remove(key, entry);
  }

  pull(key: string): V | undefined {
    const entry = this.#rows.get(key);
    if (entry === undefined) return undefined;
    this.#remove(key, entry);
    return this.#valueOf(entry);
  }

  ceiling(from: string): string | undefined {
    return this.#rows.ceiling(from);
  }

  higher(key: string): string | undefined {
    return this.#rows.higher(key);
  }

  *keys(from = ''): Iterable<string> {
    if (this.#rows.size === 0) return;
    for (let key = this.ceiling(from); key !== undefined; key = this.higher(key)) yield key;
  }

  *scan(from = ''): Iterable<readonly [key: string, value: V]> {
    for (const key of this.keys(from)) yield [key, this.get(key)!];
  }

  get isChanged(): boolean {
    return this.#before.size > 0;
  }

  /** What has changed since the last commit, as bytes. */
  changes(table: string, into: Row[]): void {
    for (const key of this.#before.keys()) {
      const entry = this.#rows.get(key);
      into.push({ table, key, value: entry === undefined ? null : this.#bytesOf(entry) });
    }
  }

  /** What has changed is committed. */
  applied(): void {
    for (const key of this.#before.keys()) {
      const entry = this.#rows.get(key);
      if (entry === undefined) continue;
      entry.isNew = false;
      const kept = this.codec.keep?.(entry.value as V);
      const bytes = kept === undefined ? this.#bytesOf(entry) : undefined;
      entry.value = kept;
      entry.bytes = bytes;
    }
    this.#before.clear();
  }

  takeBack(): void {
    for (const [key, entry] of this.#before)
      if (entry === undefined) this.#rows.delete(key);
      else this.#rows.set(key, entry);
    this.#before.clear();
  }

  /** A row that is committed. Null: it goes. */
  set(key: string, bytes: Buffer | null): void {
    if (bytes === null) this.#rows.delete(key);
    else this.#rows.set(key, { value: undefined, bytes, isNew: false });
  }

  committed(key: string): Buffer | undefined {
    const entry = this.#before.has(key) ? this.#before.get(key) : this.#rows.get(key);
    return entry === undefined ? undefined : this.#bytesOf(entry);
  }

  *committedKeys(from: string): Iterable<string> {
    const gone = [...this.#before]
      .filter(([key, entry]) => entry !== undefined && key >= from && !this.#rows.has(key))
      .map(([key]) => key)
      .sort((a, b) => (a < b ? -1 : 1));
    let next = 0;
    for (const key of this.keys(from)) {
      for (; next < gone.length && gone[next]! < key; next++) yield gone[next]!;
      if (!this.#before.has(key) || this.#before.get(key) !== undefined) yield key;
    }
    yield* gone.slice(next);
  }

  #remove(key: string, entry: Entry): void {
    this.#rows.delete(key);
    if (!entry.isNew) this.#before.set(key, entry);
    else if (this.#before.get(key) === undefined) this.#before.delete(key); // M1
  }

  #valueOf({ value, bytes }: Entry): V {
    return value === undefined && bytes !== undefined ? this.codec.decode(bytes) : (value as V);
  }

  #bytesOf(entry: Entry): Buffer {
    return (entry.bytes ??= this.codec.encode(entry.value as V));
  }
}
