/** refuse: a record that does not go on: it is dropped and counted, or goes to the dead letter topic. Nothing vanishes uncounted. */
import type { StreamRecord } from '../record.ts';
import type { DeadLetterReason, OperatorContext } from './operator.ts';

export interface Refusal {
  readonly how: 'drop' | 'dead-letter';
  readonly reason: DeadLetterReason;
  readonly message: string;
}

export function refuse(context: OperatorContext, record: StreamRecord, refusal: Refusal): void {
  const { how, reason, message } = refusal;
  if (how === 'dead-letter') context.deadLetter(record, reason, message);
  else context.count(`dropped: ${reason}`);
}
