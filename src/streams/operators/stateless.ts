/** The steps that know one record at a time: map, filter, flatMap, tap, event time, key, branch. They keep the order. */
import { type StreamRecord, withKey, withTimestamp, withValue } from '../record.ts';
import { type EventTime, eventTimeMs } from '../time/event-time.ts';
import { attempt, FAILED } from './attempt.ts';
import type { MakeOperator } from './operator.ts';

type Ask<R> = (record: StreamRecord) => R;

export function map(apply: Ask<unknown>): MakeOperator {
  return (context) => ({
    process(record) {
      const value = attempt(context, record, apply);
      if (value !== FAILED) context.emit(withValue(record, value));
    },
  });
}

export function filter(isWanted: Ask<unknown>): MakeOperator {
  return (context) => ({
    process(record) {
      const answer = attempt(context, record, isWanted);
      if (answer === FAILED) return;
      if (answer) context.emit(record);
      else context.count('filtered');
    },
  });
}

/** All values of a record go on, or none: the iterable is walked to its end first. */
export function flatMap(apply: Ask<Iterable<unknown>>): MakeOperator {
  return (context) => ({
    process(record) {
      const values = attempt(context, record, (one) => [...apply(one)]);
      if (values !== FAILED) for (const value of values) context.emit(withValue(record, value));
    },
  });
}

export function tap(look: Ask<unknown>): MakeOperator {
  return (context) => ({
    process(record) {
      if (attempt(context, record, look) !== FAILED) context.emit(record);
    },
  });
}

export function rekey(keyOf: Ask<unknown>): MakeOperator {
  return (context) => ({
    process(record) {
      const key = attempt(context, record, keyOf);
      if (key !== FAILED) context.emit(withKey(record, key));
    },
  });
}

export function eventTime(timeOf: Ask<EventTime>): MakeOperator {
  return (context) => ({
    process(record) {
      const ms = attempt(context, record, (one) => eventTimeMs(timeOf(one)), 'invalid');
      if (ms === FAILED) return;
      context.observe(ms);
      context.emit(withTimestamp(record, ms));
    },
  });
}

/** Output n for the first condition that holds; behind the last one is the output of what met none. */
export function branch(conditions: readonly Ask<unknown>[]): MakeOperator {
  return (context) => ({
    process(record) {
      for (let n = 0; n < conditions.length; n++) {
        const answer = attempt(context, record, conditions[n]!);
        if (answer === FAILED) return;
        if (answer) return context.emit(record, n);
      }
      context.emit(record, conditions.length);
    },
  });
}
