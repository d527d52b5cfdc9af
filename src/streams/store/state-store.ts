/**
 * StateStore: the committed state of one task, as rows (table, key) -> bytes. A cache of the task's changelog partition,
 * never the truth: it may be lost, and it may be behind.
 *
 *   S1  `apply` is all or nothing, and happens only after the transaction with the same changes was committed
 *   S2  so a store is never ahead of the changelog and never dirty: after a crash it is brought up to date, not wiped
 *   S3  changes are absolute values: applying the tail of the changelog twice changes nothing
 *   S4  tables whose name begins with '~' are derived from others and are not in the changelog
 */
import type { Codec } from './overlay.ts';
import type { Table } from './table.ts';
import type { TimeQueue } from './time-queue.ts';

export interface Row {
  readonly table: string;
  readonly key: string;
  /** Null: the row goes. */
  readonly value: Buffer | null;
}

export interface StateStore {
  get(table: string, key: string): Buffer | undefined;
  /** Keys of a table from `from` on, ascending; the store is not changed during the walk. */
  keys(table: string, from: string): Iterable<string>;
  /** `changelogOffset`: up to where the changelog is in the store, with these rows. */
  apply(rows: Iterable<Row>, changelogOffset: number): void;
  /** Tables with the number of their rows. Without it, a store has only tables that somebody asks for. */
  tables?(): Iterable<readonly [table: string, rows: number]>;
  /** Where to read on in the changelog; 0 for a new store. */
  readonly changelogOffset: number;
  /** Tables that work on its rows; over a store without them lies an overlay. */
  readonly working?: WorkingTables;
}

export interface WorkingQueue<V> extends TimeQueue<V> {
  /** Of the changelog: it is there now, whatever was there before. */
  putRow(row: string, value: V): void;
  deleteRow(row: string): void;
}

/** Rows that are changed in place; the store they are of still tells what is committed until they are applied. */
export interface WorkingTables {
  table<V>(name: string, codec: Codec<V>): Table<V>;
  queue<V>(name: string, codec: Codec<V>): WorkingQueue<V>;
  /** Something has changed since the last commit. */
  readonly isChanged: boolean;
  /** What belongs into the changelog. */
  changes(): readonly Row[];
  /** All that has changed is committed. */
  applied(changelogOffset: number): void;
  /** What has changed is as it was at the last commit. */
  takeBack(): void;
}

export const isDerived = (table: string): boolean => table.startsWith('~');
