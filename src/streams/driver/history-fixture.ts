/**
 * Random histories for property tests: batches of records with event times that jump about, on two partitions, with crashes
 * in between; and what became of every record, partition by partition.
 */
import fc from 'fast-check';
import type { Pipeline } from '../plan/pipeline.ts';
import { serde } from '../plan/serde.ts';
import { topic } from '../plan/topic.ts';
import { headerText } from '../record.ts';

export interface Event {
  /** Its place in the history. */
  readonly n: number;
  readonly partition: number;
  readonly key: string;
  /** An id or a sequence number. */
  readonly id: number;
  readonly content: number;
  /** Event time, seconds. */
  readonly at: number;
}

export type Batch = readonly Event[] | 'crash';

/** What came out of one partition: the numbers of the records, in order, with a mark where one was put; and the dead letters. */
export interface Outcome {
  readonly out: readonly string[];
  readonly dead: readonly string[];
}

export const events = topic('in', { key: serde.text, value: serde.json<Event>() });
export const outcome = topic('out', { key: serde.text, value: serde.json<Event>() });

export const PARTITIONS = [0, 1];

/** Times rise on the whole and jump by up to ± `jitter` seconds. */
export function histories(sizes: { ids: number; jitter: number }): fc.Arbitrary<Batch[]> {
  const event = fc.record({
    partition: fc.constantFrom(...PARTITIONS),
    key: fc.constantFrom('a', 'b', 'c'),
    id: fc.integer({ min: 1, max: sizes.ids }),
    content: fc.constantFrom(1, 1, 1, 2),
    step: fc.integer({ min: 0, max: 3 }),
    jump: fc.integer({ min: -sizes.jitter, max: sizes.jitter }),
  });
  const batch = fc.oneof(
    { weight: 5, arbitrary: fc.array(event, { minLength: 1, maxLength: 8 }) },
    { weight: 1, arbitrary: fc.constant('crash' as const) },
  );
  return fc.array(batch, { maxLength: 12 }).map((batches) => {
    let n = 0;
    let clock = 100;
    return batches.map((one): Batch => {
      if (one === 'crash') return one;
      return one.map(({ step, jump, ...rest }) => {
        clock += step;
        return { ...rest, n: n++, at: clock + jump };
      });
    });
  });
}

export function ofPartition(batches: readonly Batch[], partition: number): Event[] {
  return batches.flatMap((batch) =>
    batch === 'crash' ? [] : batch.filter((one) => one.partition === partition),
  );
}

/** Plays a history; `marks`: headers to look for. After it, `idle` passes. */
export function play(
  pipeline: Pipeline,
  batches: readonly Batch[],
  { marks = [], idle = '0s' }: { marks?: readonly string[]; idle?: `${number}s` } = {},
): Outcome[] {
  const driver = pipeline.test({ partitions: { in: PARTITIONS.length, out: 1 } });
  for (const batch of batches) {
    if (batch === 'crash') driver.crash();
    else
      driver.write(
        'in',
        ...batch.map((one) => ({
          key: one.key,
          value: one,
          partition: one.partition,
          timestampMs: one.at * 1000,
        })),
      );
  }
  driver.crash();
  driver.advance(idle);
  const parsed = (name: string) =>
    driver
      .read(name)
      .map(({ value, headers }) => ({ event: JSON.parse(value!.toString()) as Event, headers }));
  const [out, dead] = [parsed('out'), parsed(pipeline.settings.deadLetterTopic)];
  return PARTITIONS.map((partition) => ({
    out: out
      .filter(({ event }) => event.partition === partition)
      .map(({ event, headers }) => {
        const found = marks.map((mark) => headerText(headers, mark)).find((text) => text !== undefined);
        return found === undefined ? `${event.n}` : `${event.n} ${found}`;
      }),
    dead: dead
      .filter(({ event }) => event.partition === partition)
      .map(({ event, headers }) => `${event.n} ${headerText(headers, '__streams.errors.reason')}`),
  }));
}
