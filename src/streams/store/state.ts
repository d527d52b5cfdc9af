/**
 * State: all tables of one task, over one store. Operators ask for theirs when they are made, under the step's name.
 *
 *   work     operators change tables -> `changes()` go into the transaction -> `applied()` once it is committed
 *   failure  the transaction fails -> this State and its task are thrown away, a new one opens on the same, clean store
 *   restart  `replay()` brings the changelog's tail into the store through the same tables, so derived rows follow;
 *            then a new State is opened on it
 */
import { assert } from '../../base/index.ts';
import { DatedTable } from './dated-table.ts';
import { type Codec, Overlay } from './overlay.ts';
import { OutsideTable } from './outside-table.ts';
import { isDerived, type Row, type StateStore, type WorkingQueue } from './state-store.ts';
import { OverlayTable, type Table } from './table.ts';
import { TableQueue } from './table-queue.ts';
import type { TimeQueue } from './time-queue.ts';

const NOTHING = Buffer.alloc(0);
const nothing: Codec<null> = { encode: () => NOTHING, decode: () => null, keep: () => null };

export class State {
  readonly #store: StateStore;
  #overlay: Overlay;
  /** Tables whose rows are kept by somebody else. */
  readonly #outside = new Set<string>();
  /** Table -> keys of rows that were replayed, and belong to no step. */
  readonly #left = new Map<string, Set<string>>();
  readonly #replays = new Map<string, (key: string, value: Buffer | null) => void>();

  constructor(store: StateStore) {
    this.#store = store;
    this.#overlay = new Overlay(store);
    store.working?.takeBack(); // of one that was thrown away
  }

  table<V>(name: string, codec: Codec<V>): Table<V> {
    const table = this.#table(name, codec);
    this.#register(name, codec, table);
    return table;
  }

  dated<V>(name: string, codec: Codec<V>, dateOf: (value: V) => number | undefined): DatedTable<V> {
    const dates = this.#queue(`~${name}`, nothing) ?? new TableQueue(this.#table(`~${name}`, nothing));
    const table = new DatedTable(this.#table(name, codec), dates, dateOf);
    this.#register(name, codec, table);
    return table;
  }

  queue<V>(name: string, codec: Codec<V>): TimeQueue<V> {
    const queue = this.#queue(name, codec);
    if (queue === undefined) return new TableQueue(this.table(name, codec));
    const rows = {
      put: (row: string, value: V) => queue.putRow(row, value),
      delete: (row: string) => queue.deleteRow(row),
    };
    this.#register(name, codec, rows);
    return queue;
  }

  outside<V>(name: string, codec: Codec<V>): OutsideTable<V> {
    this.#outside.add(name);
    return new OutsideTable(() => this.#overlay, name, codec);
  }

  /** What has changed since the last commit and belongs into the changelog. */
  changes(): Row[] {
    const rows = this.#overlay.rows().filter(({ table }) => !isDerived(table));
    for (const row of this.#store.working?.changes() ?? []) rows.push(row);
    return rows;
  }

  /** The changes are committed, and end before that offset of the changelog. */
  applied(changelogOffset: number): void {
    const { working } = this.#store;
    if (working === undefined) this.#store.apply(this.#kept(), changelogOffset);
    else working.applied(changelogOffset);
    this.#overlay = new Overlay(this.#store);
  }

  /** There is nothing that belongs into the changelog: the rest needs no commit. */
  applyDerived(): void {
    if (this.#overlay.rows().length > 0 || this.#store.working?.isChanged === true)
      this.applied(this.#store.changelogOffset);
  }

  /** Rows of the changelog. Those of a table that no step has, because it was taken out or is another one now, stay there and are counted. */
  replay(rows: Iterable<Row>, changelogOffset: number): void {
    for (const { table, key, value } of rows) {
      const replay = this.#replays.get(table);
      if (replay !== undefined) replay(key, value);
      else if (!this.#outside.has(table)) this.#leave(table, key, value === null);
    }
    this.applied(changelogOffset);
  }

  /** Table -> how many rows there are that belong to no step: they were replayed, or the store has them from before. */
  get left(): ReadonlyMap<string, number> {
    const stored = [...(this.#store.tables?.() ?? [])].filter(([table]) => !this.#replays.has(table));
    const replayed = [...this.#left].map(([table, { size }]) => [table, size] as const);
    return new Map([...stored, ...replayed].filter(([, rows]) => rows > 0));
  }

  #leave(table: string, key: string, isGone: boolean): void {
    let keys = this.#left.get(table);
    if (keys === undefined) this.#left.set(table, (keys = new Set()));
    if (isGone) keys.delete(key);
    else keys.add(key);
  }

  #table<V>(name: string, codec: Codec<V>): Table<V> {
    return this.#store.working?.table(name, codec) ?? new OverlayTable(() => this.#overlay, name, codec);
  }

  #queue<V>(name: string, codec: Codec<V>): WorkingQueue<V> | undefined {
    return this.#store.working?.queue(name, codec);
  }

  *#kept(): Iterable<Row> {
    for (const row of this.#overlay.rows()) if (!this.#outside.has(row.table)) yield row;
  }

  #register<V>(
    name: string,
    codec: Codec<V>,
    table: { put(key: string, value: V): void; delete(key: string): void },
  ): void {
    assert(!this.#replays.has(name), `two tables '${name}'`);
    this.#replays.set(name, (key, value) =>
      value === null ? table.delete(key) : table.put(key, codec.decode(value)),
    );
  }
}
