/** late: what comes when its place has been passed: it goes somewhere, always, and never where it would break the order unseen. */
import { type StreamRecord, withHeader } from '../record.ts';
import type { OperatorContext } from './operator.ts';
import { refuse } from './refuse.ts';

export const LATE_HEADER = 'x-late';

export function late(
  context: OperatorContext,
  record: StreamRecord,
  how: 'dead-letter' | 'drop' | 'mark',
  message: string,
): void {
  if (how === 'mark') context.emit(withHeader(record, LATE_HEADER, message));
  else refuse(context, record, { how, reason: 'late', message });
}
