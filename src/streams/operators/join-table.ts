/**
 * join with a table, as it is when the record is read: input 0 is the stream, input 1 the table's topic.
 *
 *   J1  rows lie as the bytes that were read, and are derived: the topic brings them back, not the changelog
 *   J2  a row that cannot be read goes to the dead letter topic, and the row before it stays
 */
import type { StreamRecord } from '../record.ts';
import { keyText } from '../store/identity.ts';
import type { Codec } from '../store/overlay.ts';
import type { Table } from '../store/table.ts';
import { attempt, FAILED } from './attempt.ts';
import { JoinAsOf } from './join-as-of.ts';
import { combineWith } from './join-combine.ts';
import type { JoinTableSettings } from './join-table-options.ts';
import type { MakeOperator, Operator, OperatorContext } from './operator.ts';
import { TableRows } from './table-rows.ts';

const bytesCodec: Codec<Buffer> = { encode: (bytes) => bytes, decode: (bytes) => bytes };

export function joinTable(settings: JoinTableSettings): MakeOperator {
  return (context) =>
    settings.asOf === undefined
      ? new JoinTable(context, settings)
      : new JoinAsOf(context, settings, settings.asOf);
}

class JoinTable implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: JoinTableSettings;
  readonly #rows: Table<Buffer>;
  readonly #reader: TableRows;

  constructor(context: OperatorContext, settings: JoinTableSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#rows = context.state.derived('rows', bytesCodec);
    this.#reader = new TableRows(context, settings.table);
  }

  process(record: StreamRecord, input: number): void {
    if (input === 0) this.#join(record);
    else this.#change(record);
  }

  #join(record: StreamRecord): void {
    const key = attempt(this.#context, record, this.#settings.on, 'invalid');
    if (key === FAILED) return;
    const row = attempt(this.#context, record, () => this.#rowOf(key), 'unreadable');
    if (row !== FAILED) combineWith(this.#context, this.#settings, { record, key, row });
  }

  #rowOf(key: unknown): unknown {
    if (key === null || key === undefined) return undefined;
    const text = keyText(key);
    const bytes = this.#rows.get(text);
    return bytes === undefined ? undefined : this.#reader.parsed(text, bytes);
  }

  #change(record: StreamRecord): void {
    const row = this.#reader.read(record);
    if (row === undefined) return;
    if (row.bytes === null) this.#rows.delete(row.key);
    else this.#rows.put(row.key, row.bytes);
  }
}
