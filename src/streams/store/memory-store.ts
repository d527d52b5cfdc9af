/**
 * MemoryStore: a task's state in this process. It dies with it; the changelog brings it back. Tables work on its rows directly: it
 * knows what was there before, for whoever reads committed rows, and to take changes back (memory-table.ts).
 */
import { MemoryQueue } from './memory-queue.ts';
import { MemoryTable } from './memory-table.ts';
import type { Codec } from './overlay.ts';
import { isDerived, type Row, type StateStore, type WorkingTables } from './state-store.ts';

const bytes: Codec<unknown> = { encode: (value) => value as Buffer, decode: (value) => value };

/** The rows of one name, in either form. */
export interface MemoryRows {
  readonly isChanged: boolean;
  /** What has changed since the last commit, as bytes. */
  changes(table: string, into: Row[]): void;
  /** What has changed is committed. */
  applied(): void;
  takeBack(): void;
  /** A row that is committed. Null: it goes. */
  set(key: string, bytes: Buffer | null): void;
  committed(key: string): Buffer | undefined;
  committedKeys(from: string): Iterable<string>;
}

export class MemoryStore implements StateStore, WorkingTables {
  readonly #tables = new Map<string, MemoryRows>();
  #changelogOffset = 0;

  get changelogOffset(): number {
    return this.#changelogOffset;
  }

  get working(): WorkingTables {
    return this;
  }

  get(table: string, key: string): Buffer | undefined {
    return this.#tables.get(table)?.committed(key);
  }

  keys(table: string, from: string): Iterable<string> {
    return this.#tables.get(table)?.committedKeys(from) ?? [];
  }

  apply(rows: Iterable<Row>, changelogOffset: number): void {
    for (const { table, key, value } of rows) {
      let found = this.#tables.get(table);
      if (found === undefined) this.#tables.set(table, (found = new MemoryTable(bytes)));
      found.set(key, value);
    }
    this.#changelogOffset = changelogOffset;
  }

  table<V>(name: string, codec: Codec<V>): MemoryTable<V> {
    const before = this.#tables.get(name);
    if (before instanceof MemoryTable) {
      before.codec = codec as Codec<unknown>;
      return before as unknown as MemoryTable<V>;
    }
    return this.#remade(name, new MemoryTable(codec));
  }

  queue<V>(name: string, codec: Codec<V>): MemoryQueue<V> {
    const before = this.#tables.get(name);
    if (before instanceof MemoryQueue) {
      before.codec = codec as Codec<unknown>;
      return before as unknown as MemoryQueue<V>;
    }
    return this.#remade(name, new MemoryQueue(codec));
  }

  get isChanged(): boolean {
    for (const table of this.#tables.values()) if (table.isChanged) return true;
    return false;
  }

  changes(): Row[] {
    const rows: Row[] = [];
    for (const [name, table] of this.#tables) if (!isDerived(name)) table.changes(name, rows);
    return rows;
  }

  applied(changelogOffset: number): void {
    for (const table of this.#tables.values()) table.applied();
    this.#changelogOffset = changelogOffset;
  }

  takeBack(): void {
    for (const table of this.#tables.values()) table.takeBack();
  }

  /** With the rows that are known of that name: they came before anybody asked for them in this form. */
  #remade<T extends MemoryRows>(name: string, rows: T): T {
    const before = this.#tables.get(name);
    if (before !== undefined)
      for (const key of before.committedKeys('')) rows.set(key, before.committed(key)!);
    this.#tables.set(name, rows);
    return rows;
  }
}
