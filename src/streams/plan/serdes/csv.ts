/**
 * CSV, by csv-parse and csv-stringify (RFC 4180): a record's value is one row, without a header line; fields are text.
 *
 *   C1  a row has exactly the columns: fewer, more, or a second row are refused
 *   C2  writing loses nothing unseen: a field that is no column, or no text, number or truth value, is refused
 */
import type { parse as Parse } from 'csv-parse/sync';
import type { stringify as Stringify } from 'csv-stringify/sync';
import { PlanError } from '../../plan-error.ts';
import type { Serde } from '../serde.ts';
import { text } from './bytes.ts';
import { library } from './library.ts';

export interface CsvOptions<C extends string> {
  readonly columns: readonly C[];
  /** Default ','. */
  readonly delimiter?: string;
}

export function csv<const C extends string>({
  columns,
  delimiter = ',',
}: CsvOptions<C>): Serde<Record<C, string>> {
  checkColumns(columns);
  if (delimiter.length !== 1 || '"\r\n'.includes(delimiter))
    throw new PlanError(`serde.csv: the delimiter is ${JSON.stringify(delimiter)}; it is one character`);
  const { parse } = library<{ parse: typeof Parse }>('csv-parse/sync');
  const { stringify } = library<{ stringify: typeof Stringify }>('csv-stringify/sync');
  return {
    name: `csv ${columns.join(delimiter)}`,
    parse(bytes) {
      const rows = parse(text.parse(bytes), { delimiter });
      if (rows.length !== 1) throw new TypeError(`a value is one row, this one has ${rows.length}`);
      const row = rows[0]!;
      if (row.length !== columns.length)
        throw new TypeError(`the row has ${row.length} fields; there are ${columns.length} columns`);
      return Object.fromEntries(columns.map((name, n) => [name, row[n]])) as Record<C, string>;
    },
    serialise(value) {
      for (const name of Object.keys(value))
        if (!columns.includes(name as C))
          throw new TypeError(`'${name}' is no column (${columns.join(', ')}): it would be lost`);
      const row = columns.map((name) => fieldText(value[name], name));
      return Buffer.from(stringify([row], { delimiter, eof: false }));
    },
  };
}

function fieldText(field: unknown, name: string): string {
  if (typeof field === 'string') return field;
  if (field === undefined || field === null) return '';
  if (typeof field === 'number' || typeof field === 'bigint' || typeof field === 'boolean')
    return String(field);
  throw new TypeError(
    `${name} is of type ${typeof field}: a field of CSV is text, a number or a truth value`,
  );
}

function checkColumns(columns: readonly string[]): void {
  if (columns.length === 0) throw new PlanError("serde.csv: name the columns, columns: ['id', 'total']");
  const twice = columns.find((name, n) => columns.indexOf(name) !== n);
  if (twice !== undefined) throw new PlanError(`serde.csv: the column '${twice}' is there twice`);
}
