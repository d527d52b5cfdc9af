/**
 * attempt: calls a function of the user's with a record. What it throws is that record's own fate, not the pipeline's:
 * it goes to the dead letter topic, and the next record is processed.
 */
import { InvalidValue } from '../invalid-value.ts';
import type { StreamRecord } from '../record.ts';
import type { DeadLetterReason, OperatorContext } from './operator.ts';

export const FAILED = Symbol('failed');

export function attempt<R>(
  context: OperatorContext,
  record: StreamRecord,
  call: (record: StreamRecord) => R,
  reason: DeadLetterReason = 'failed',
): R | typeof FAILED {
  try {
    return call(record);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.deadLetter(record, error instanceof InvalidValue ? 'invalid' : reason, message);
    return FAILED;
  }
}
