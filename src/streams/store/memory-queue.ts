/**
 * MemoryQueue: the rows of a TimeQueue in memory, by their time as a number; they get a row key when they are written to the changelog. M1 and
 * M2 of memory-table.ts are kept here too.
 */
import type { Codec } from './overlay.ts';
import type { MemoryRows } from './memory-store.ts';
import type { Row } from './state-store.ts';
import { TimeOrder } from './time-order.ts';
import { type Due, keyOfRow, momentOf, timeOfText, type TimeQueue, timeText } from './time-queue.ts';

interface Entry {
  readonly atMs: number;
  readonly key: string;
  /** Undefined: as bytes. */
  value: unknown;
  bytes: Buffer | undefined;
  /** Since the last commit. */
  isNew: boolean;
  isGone: boolean;
}

export class MemoryQueue<V> implements TimeQueue<V>, MemoryRows {
  codec: Codec<V>;
  readonly #order = new TimeOrder<Entry>();
  #size = 0;
  /** Since the last commit; some may be gone again. */
  #added: Entry[] = [];
  /** That were there at the last commit. */
  #removed: Entry[] = [];

  constructor(codec: Codec<V>) {
    this.codec = codec;
  }

  get size(): number {
    return this.#size;
  }

  get earliestMs(): number {
    return this.#order.first?.atMs ?? Infinity;
  }

  addNew(atMs: number, key: string, value: V): boolean {
    const entry = { atMs: momentOf(atMs), key, value, bytes: undefined, isNew: true, isGone: false };
    if (!this.#order.add(entry)) return false;
    this.#size++;
    this.#added.push(entry);
    return true;
  }

  add(atMs: number, key: string, value: V): void {
    this.addNew(atMs, key, value);
  }

  delete(atMs: number, key: string): void {
    const entry = this.#order.find(momentOf(atMs), key);
    if (entry !== undefined) this.#remove(entry);
  }

  first(): Due<V> | undefined {
    const { first } = this.#order;
    return first === undefined
      ? undefined
      : { atMs: first.atMs, key: first.key, value: this.#valueOf(first) };
  }

  *take(untilMs: number): Iterable<Due<V>> {
    for (let entry = this.#order.first; isDue(entry, untilMs); entry = this.#order.behind(entry)) {
      this.#remove(entry);
      yield { atMs: entry.atMs, key: entry.key, value: this.#valueOf(entry) };
    }
  }

  drain(untilMs: number, use: (value: V, key: string) => void): void {
    for (let entry = this.#order.first; isDue(entry, untilMs); entry = this.#order.behind(entry)) {
      this.#remove(entry);
      use(this.#valueOf(entry), entry.key);
    }
  }

  /** Of the changelog: it is there now, whatever was there before. */
  putRow(row: string, value: V): void {
    this.deleteRow(row);
    this.addNew(timeOfText(row), keyOfRow(row), value);
  }

  deleteRow(row: string): void {
    this.delete(timeOfText(row), keyOfRow(row));
  }

  get isChanged(): boolean {
    return this.#added.length > 0 || this.#removed.length > 0;
  }

  changes(table: string, into: Row[]): void {
    for (const entry of this.#removed)
      if (this.#order.find(entry.atMs, entry.key) === undefined)
        into.push({ table, key: rowOf(entry), value: null });
    for (const entry of this.#added)
      if (!entry.isGone) into.push({ table, key: rowOf(entry), value: this.#bytesOf(entry) });
  }

  applied(): void {
    for (const entry of this.#added) {
      if (entry.isGone) continue;
      entry.isNew = false;
      const kept = this.codec.keep?.(entry.value as V);
      const bytes = kept === undefined ? this.#bytesOf(entry) : undefined;
      entry.value = kept;
      entry.bytes = bytes;
    }
    this.#added = [];
    this.#removed = [];
  }

  takeBack(): void {
    const removed = this.#removed;
    for (const entry of this.#added) if (!entry.isGone) this.#remove(entry);
    for (const entry of removed) {
      entry.isGone = false;
      this.#order.add(entry);
    }
    this.#size += removed.length;
    this.#added = [];
    this.#removed = [];
  }

  set(row: string, bytes: Buffer | null): void {
    const [atMs, key] = [timeOfText(row), keyOfRow(row)];
    const before = this.#order.find(atMs, key);
    if (before !== undefined) this.#order.delete(before);
    if (bytes !== null) this.#order.add({ atMs, key, value: undefined, bytes, isNew: false, isGone: false });
    this.#size += Number(bytes !== null) - Number(before !== undefined);
  }

  committed(row: string): Buffer | undefined {
    const [atMs, key] = [timeOfText(row), keyOfRow(row)];
    const now = this.#order.find(atMs, key);
    const entry =
      now?.isNew === false ? now : this.#removed.find((one) => one.atMs === atMs && one.key === key);
    return entry === undefined ? undefined : this.#bytesOf(entry);
  }

  *committedKeys(from: string): Iterable<string> {
    const rows = [...this.#order].filter(({ isNew }) => !isNew).concat(this.#removed);
    yield* rows
      .map(rowOf)
      .filter((row) => row >= from)
      .sort((a, b) => (a < b ? -1 : 1));
  }

  #remove(entry: Entry): void {
    this.#order.delete(entry);
    this.#size--;
    entry.isGone = true;
    if (!entry.isNew) this.#removed.push(entry);
  }

  #valueOf({ value, bytes }: Entry): V {
    return value === undefined && bytes !== undefined ? this.codec.decode(bytes) : (value as V);
  }

  #bytesOf(entry: Entry): Buffer {
    return (entry.bytes ??= this.codec.encode(entry.value as V));
  }
}

function isDue(entry: Entry | undefined, untilMs: number): entry is Entry {
  return entry !== undefined && entry.atMs <= untilMs;
}

function rowOf({ atMs, key }: Entry): string {
  return timeText(atMs) + key;
}
