/**
 * enrich: asks about each record, a lookup of the user's or a service over HTTP, and combines the answer with it. Who is asked is
 * outside of the task (operator.ts, Q1 to Q5): order is kept, nothing is committed before it is answered, a question may be asked twice.
 *
 *   E1  answers are remembered for `ttl`, that there is none for `negativeTtl`; at most `maxEntries`, in memory only
 *   E2  the same question is outside once at a time; at most `atOnce` are
 *   E3  a lookup that throws or takes longer than `timeout` is tried again after a pause that doubles; after `attempts` its record goes to
 *       the dead letter topic with what it said at last, or on without an answer (`onFailure`)
 *   E4  with `onFailure: 'wait'` it is asked until it answers, and everything behind it waits; a question that is refused fails even so
 */
import type { StreamRecord } from '../record.ts';
import { withValue } from '../record.ts';
import { attempt, FAILED } from './attempt.ts';
import type { EnrichSettings } from './enrich-options.ts';
import type { MakeOperator } from './operator.ts';

/** `found` is undefined where there is no answer. */
export type CombineFound = (value: unknown, found: unknown, record: StreamRecord) => unknown;

export function enrich(
  { question, onMissing, onFailure }: EnrichSettings,
  combine: CombineFound,
): MakeOperator {
  return (context) => {
    const meet = (record: StreamRecord, found: unknown) => {
      const value = attempt(context, record, (one) => combine(one.value, found, one));
      if (value !== FAILED) context.emit(withValue(record, value));
    };
    const without = (record: StreamRecord, refusal: string) => {
      if (onFailure !== 'pass') return context.deadLetter(record, 'failed', refusal);
      context.count('went on without an answer');
      meet(record, undefined);
    };
    return {
      process(record) {
        const id = attempt(context, record, (one) => idOf(question(one)), 'invalid');
        if (id === FAILED) return;
        if (id === undefined) return meet(record, undefined);
        context.ask(id, (answer) => {
          if ('refusal' in answer) without(record, answer.refusal);
          else if ((answer.value ?? undefined) === undefined && onMissing === 'dead-letter')
            context.deadLetter(record, 'missing', `there is nothing about '${String(id)}'`);
          else meet(record, answer.value ?? undefined);
        });
      },
    };
  };
}

function idOf(id: unknown): string | number | bigint | undefined {
  if (id === null || id === undefined) return undefined;
  if (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint') return id;
  throw new TypeError(
    `what is looked up is of type ${typeof id}; it is text, a number or a bigint: say which, on: (r) => …`,
  );
}
