/** What becomes of a record and the row that it met, or met none. */
import { type StreamRecord, withValue } from '../record.ts';
import { attempt, FAILED } from './attempt.ts';
import type { JoinTableSettings } from './join-table-options.ts';
import type { OperatorContext } from './operator.ts';
import { refuse } from './refuse.ts';

interface Met {
  readonly record: StreamRecord;
  /** By which a row was looked for. */
  readonly key: unknown;
  readonly row: unknown;
}

export function combineWith(
  context: OperatorContext,
  settings: JoinTableSettings,
  { record, key, row }: Met,
): void {
  const { isLeft, onMissing, combine, table } = settings;
  if (row === undefined && !isLeft) {
    const message = `${table.name} has no row ${typeof key === 'string' ? `'${key}'` : String(key)}`;
    return refuse(context, record, { how: onMissing, reason: 'missing', message });
  }
  const value = attempt(context, record, (one) => combine(one.value, row, one));
  if (value !== FAILED) context.emit(withValue(record, value));
}
