/** From bytes and to bytes: parse, serialise, and the two ends of a hop over a topic. */
import type { Serde } from '../plan/serde.ts';
import { type StreamRecord, withKey, withValue } from '../record.ts';
import { attempt, FAILED } from './attempt.ts';
import type { MakeOperator } from './operator.ts';

type Bytes = Buffer | null;

export function parseValue(serde: Serde<unknown>): MakeOperator {
  return convert((record) => withValue(record, serde.parse(record.value as Bytes)), 'unreadable');
}

export function parseKey(serde: Serde<unknown>): MakeOperator {
  return convert((record) => withKey(record, serde.parse(record.key as Bytes)), 'unreadable');
}

export function serialiseValue(serde: Serde<unknown>): MakeOperator {
  return convert((record) => withValue(record, serde.serialise(record.value)), 'failed');
}

function convert(
  change: (record: StreamRecord) => StreamRecord,
  reason: 'unreadable' | 'failed',
): MakeOperator {
  return (context) => ({
    process(record) {
      const changed = attempt(context, record, change, reason);
      if (changed !== FAILED) context.emit(changed);
    },
  });
}
