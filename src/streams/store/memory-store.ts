/** MemoryStore: a task's state in this process. It dies with it; the changelog brings it back. */
import { OrderedMap } from './ordered-map.ts';
import type { Row, StateStore } from './state-store.ts';

export class MemoryStore implements StateStore {
  readonly #tables = new Map<string, OrderedMap<Buffer>>();
  #changelogOffset = 0;

  get changelogOffset(): number {
    return this.#changelogOffset;
  }

  get(table: string, key: string): Buffer | undefined {
    return this.#tables.get(table)?.get(key);
  }

  *keys(table: string, from: string): Iterable<string> {
    const rows = this.#tables.get(table);
    if (rows === undefined || rows.size === 0) return;
    for (let key = rows.ceiling(from); key !== undefined; key = rows.higher(key)) yield key;
  }

  apply(rows: Iterable<Row>, changelogOffset: number): void {
    for (const { table, key, value } of rows) {
      let found = this.#tables.get(table);
      if (found === undefined) this.#tables.set(table, (found = new OrderedMap()));
      if (value === null) found.delete(key);
      else found.set(key, value);
    }
    this.#changelogOffset = changelogOffset;
  }
}
