/** RecordsOf: the committed records of a topic, from the start or the last few of each partition, to the end or for ever. */
import { LogReader, type ReadRecord } from '../client/log-reader.ts';
import { endsOf, positionsAt } from '../client/positions.ts';
import type { BytesConsumer } from '../client/session.ts';
import { requireTopic } from '../client/topics.ts';

export interface RecordsOptions {
  /** So many of each partition; default: all. */
  readonly last?: number | undefined;
  /** Goes on with what comes, until the loop is left. */
  readonly follow?: boolean | undefined;
}

/** Exit code 3 when there is no such topic. */
export async function* recordsOf(
  consumer: BytesConsumer,
  topic: string,
  { last, follow = false }: RecordsOptions = {},
): AsyncGenerator<ReadRecord> {
  const { partitions } = await requireTopic(consumer, topic);
  const indexes = partitions.map((_, index) => index);
  const ends = await endsOf(consumer, topic, indexes);
  const from =
    last === undefined ? ({ kind: 'start' } as const) : ({ kind: 'last', count: BigInt(last) } as const);
  const reader = new LogReader(consumer, topic, await positionsAt(consumer, topic, indexes, from));
  const isAtEnd = () =>
    !follow && [...reader.positions].every(([index, next]) => next >= (ends.get(index) ?? 0n));
  if (isAtEnd()) return;
  try {
    for await (const { partition, records } of reader.steps()) {
      for (const record of records) if (follow || record.offset < (ends.get(partition) ?? 0n)) yield record;
      if (isAtEnd()) return;
    }
  } finally {
    reader.stop();
  }
}
