/**
 * MemoryTable: the rows of one name in memory, as they are now, and beside them what those that have changed were at the last commit.
 *
 *   now       a B c   e          what is read
 *   before      b   d -          B was b, d is gone, e was not there: what is committed is a b c d
 *
 *   M1  a row that came and went between two commits leaves no trace: it is neither encoded nor written to the changelog
 *   M2  a value becomes bytes once, at the commit; behind it, it stays as it is where its codec can keep it, else as those bytes
 */
import { OrderedMap } from './ordered-map.ts';
import type { Codec } from './overlay.ts';
import type { MemoryRows } from './memory-store.ts';
import type { Row } from './state-store.ts';
import type { Table } from './table.ts';

interface Entry {
  readonly key: string;
  /** Undefined: as bytes. */
  value: unknown;
  bytes: Buffer | undefined;
  /** Since the last commit. */
  isNew: boolean;
  isGone: boolean;
}

export class MemoryTable<V> implements Table<V>, MemoryRows {
  codec: Codec<V>;
  readonly #rows = new OrderedMap<Entry>();
  /** Since the last commit; some may be gone again. */
  #added: Entry[] = [];
  /** That were there at the last commit, and are gone or replaced. */
  #removed: Entry[] = [];
  /** The same by key, as far as somebody has asked. */
  readonly #removedByKey = new Map<string, Entry>();

  constructor(codec: Codec<V>) {
    this.codec = codec;
  }

  get(key: string): V | undefined {
    const entry = this.#rows.get(key);
    return entry === undefined ? undefined : this.#valueOf(entry);
  }

  put(key: string, value: V): void {
    this.#put(key, value, this.#rows.get(key));
  }

  replace(key: string, value: V): V | undefined {
    const entry = this.#rows.get(key);
    const before = entry === undefined ? undefined : this.#valueOf(entry);
    this.#put(key, value, entry);
    return before;
  }

  delete(key: string): void {
    const entry = this.#rows.get(key);
    if (entry !== undefined) this.#remove(entry);
  }

  pull(key: string): V | undefined {
    const entry = this.#rows.get(key);
    if (entry === undefined) return undefined;
    this.#remove(entry);
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
    return this.#added.length > 0 || this.#removed.length > 0;
  }

  /** What has changed since the last commit, as bytes. */
  changes(table: string, into: Row[]): void {
    for (const { key } of this.#removed)
      if (this.#rows.get(key) === undefined) into.push({ table, key, value: null });
    for (const entry of this.#added)
      if (!entry.isGone) into.push({ table, key: entry.key, value: this.#bytesOf(entry) });
  }

  /** What has changed is committed. */
  applied(): void {
    for (const entry of this.#added) {
      if (entry.isGone) continue;
      entry.isNew = false;
      const kept = this.codec.keep?.(entry.value as V);
      const bytes = kept === undefined ? this.#bytesOf(entry) : undefined;
      entry.value = kept;
      entry.bytes = bytes;
    }
    this.#forgetChanges();
  }

  takeBack(): void {
    for (const { key, isGone } of this.#added) if (!isGone) this.#rows.delete(key);
    for (const entry of this.#removed) {
      entry.isGone = false;
      this.#rows.set(entry.key, entry);
    }
    this.#forgetChanges();
  }

  /** A row that is committed. Null: it goes. */
  set(key: string, bytes: Buffer | null): void {
    if (bytes === null) this.#rows.delete(key);
    else this.#rows.set(key, { key, value: undefined, bytes, isNew: false, isGone: false });
  }

  committed(key: string): Buffer | undefined {
    const now = this.#rows.get(key);
    const entry = now?.isNew === false ? now : this.#removedOf(key);
    return entry === undefined ? undefined : this.#bytesOf(entry);
  }

  *committedKeys(from: string): Iterable<string> {
    const removed = this.#removed
      .map(({ key }) => key)
      .filter((key) => key >= from)
      .sort((a, b) => (a < b ? -1 : 1));
    let next = 0;
    for (const key of this.keys(from)) {
      for (; next < removed.length && removed[next]! < key; next++) yield removed[next]!;
      if (!this.#rows.get(key)!.isNew) yield key;
    }
    yield* removed.slice(next);
  }

  /** `before`: what is there now. */
  #put(key: string, value: V, before: Entry | undefined): void {
    if (before?.isNew === true) {
      before.value = value;
      before.bytes = undefined;
      return;
    }
    if (before !== undefined) this.#leave(before);
    const entry = { key, value, bytes: undefined, isNew: true, isGone: false };
    this.#rows.set(key, entry);
    this.#added.push(entry);
  }

  #remove(entry: Entry): void {
    this.#rows.delete(entry.key);
    if (entry.isNew)
      entry.isGone = true; // M1
    else this.#leave(entry);
  }

  #leave(committed: Entry): void {
    committed.isGone = true;
    this.#removed.push(committed);
  }

  #removedOf(key: string): Entry | undefined {
    const known = this.#removedByKey;
    for (let n = known.size; n < this.#removed.length; n++)
      known.set(this.#removed[n]!.key, this.#removed[n]!);
    return known.get(key);
  }

  #forgetChanges(): void {
    this.#added = [];
    this.#removed = [];
    this.#removedByKey.clear();
  }

  #valueOf({ value, bytes }: Entry): V {
    return value === undefined && bytes !== undefined ? this.codec.decode(bytes) : (value as V);
  }

  #bytesOf(entry: Entry): Buffer {
    return (entry.bytes ??= this.codec.encode(entry.value as V));
  }
}
