/**
 * table: a topic as what it says at last of each key: rows, to be joined with. A null value deletes the row. The topic should be compacted;
 * it is the table's own changelog, so a pipeline does not write it a second time.
 *
 *   partitioned  (default) task n has partition n: joined by the record's key, over equally many partitions
 *   global       every task has all of it: joined by anything, for tables that are small
 */
import type { StreamRecord } from '../record.ts';
import type { EventTime } from '../time/event-time.ts';
import { type Topic, topic } from './topic.ts';
import type { Serde } from './serde.ts';

export interface TableOptions<K, T> {
  readonly key?: Serde<K>;
  readonly value?: Serde<T>;
  /** Default false. */
  readonly global?: boolean;
  /** From when on a row holds, for joins as of event time. Default: the record's timestamp. */
  readonly eventTime?: (record: StreamRecord<K, T>) => EventTime;
}

export interface TableTopic<K, T> extends Topic<K, T> {
  readonly table: 'partitioned' | 'global';
  readonly eventTime: ((record: StreamRecord<K, T>) => EventTime) | undefined;
}

type Raw = Buffer | null;

export function table<K = Raw, T = Raw>(name: string, options: TableOptions<K, T> = {}): TableTopic<K, T> {
  const { global: isGlobal = false, eventTime, ...serdes } = options;
  return Object.freeze({
    ...topic(name, serdes),
    table: isGlobal ? ('global' as const) : ('partitioned' as const),
    eventTime,
  });
}
