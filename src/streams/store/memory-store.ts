/**
 * MemoryStore: a task's state in this process. It dies with it; the changelog brings it back. Tables work on its rows directly: it
 * knows what was there before, for whoever reads committed rows, and to take changes back (memory-table.ts).
 */
import { MemoryTable } from './memory-table.ts';
import type { Codec } from './overlay.ts';
import { isDerived, type Row, type StateStore, type WorkingTables } from './state-store.ts';

const bytes: Codec<unknown> = { encode: (value) => value as Buffer, decode: (value) => value };

export class MemoryStore implements StateStore, WorkingTables {
  readonly #tables = new Map<string, MemoryTable<unknown>>();
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
    for (const { table, key, value } of rows) this.#tableOf(table, bytes).set(key, value);
    this.#changelogOffset = changelogOffset;
  }

  table<V>(name: string, codec: Codec<V>): MemoryTable<V> {
    const table = this.#tableOf(name, codec as Codec<unknown>);
    table.codec = codec as Codec<unknown>;
    return table as unknown as MemoryTable<V>;
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

  #tableOf(name: string, codec: Codec<unknown>): MemoryTable<unknown> {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new MemoryTable(codec)));
    return table;
  }
}
