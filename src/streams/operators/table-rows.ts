/** TableRows: reads a table's records: which row, since when, with which bytes; and its values, parsed once for as long as they are at hand. */
import type { TableTopic } from '../plan/table.ts';
import type { StreamRecord } from '../record.ts';
import { keyText } from '../store/identity.ts';
import { eventTimeMs } from '../time/event-time.ts';
import { attempt, FAILED } from './attempt.ts';
import type { OperatorContext } from './operator.ts';

export interface TableRow {
  readonly key: string;
  /** Null: the row is deleted. A copy: what was read may lie in a much larger buffer. */
  readonly bytes: Buffer | null;
  readonly sinceMs: number;
}

/** Parsed values at hand; the oldest goes first. */
const PARSED_MAX = 10_000;

export class TableRows {
  readonly #context: OperatorContext;
  readonly #table: TableTopic<unknown, unknown>;
  readonly #parsed = new Map<string, { readonly bytes: Buffer; readonly value: unknown }>();

  constructor(context: OperatorContext, table: TableTopic<unknown, unknown>) {
    this.#context = context;
    this.#table = table;
  }

  /** Undefined: it is in the dead letter topic. */
  read(record: StreamRecord): TableRow | undefined {
    if (record.key === null) {
      const message = `a record of the table ${this.#table.name} needs a key: it says which row it is`;
      this.#context.deadLetter(record, 'invalid', message);
      return undefined;
    }
    const row = attempt(this.#context, record, (one) => this.#rowOf(one), 'unreadable');
    return row === FAILED ? undefined : row;
  }

  /** Bytes that were `read`. `id`: what the value is known by. */
  parsed(id: string, bytes: Buffer): unknown {
    const known = this.#parsed.get(id);
    if (known?.bytes.equals(bytes) === true) return known.value;
    const value = this.#table.value.parse(bytes);
    this.#parsed.delete(id);
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.delete(this.#parsed.keys().next().value!);
    this.#parsed.set(id, { bytes, value });
    return value;
  }

  #rowOf(record: StreamRecord): TableRow {
    const { eventTime } = this.#table;
    const key = this.#table.key.parse(record.key as Buffer);
    const bytes = record.value === null ? null : Buffer.from(record.value as Buffer);
    const value = bytes === null ? null : this.parsed(keyText(key), bytes);
    const isTimed = eventTime !== undefined && bytes !== null;
    const sinceMs = isTimed ? eventTimeMs(eventTime({ ...record, key, value })) : record.timestampMs;
    return { key: keyText(key), bytes, sinceMs };
  }
}
