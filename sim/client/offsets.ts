/** Offsets as clients ask for them: ListOffsets of one partition. */
import { listOffsetsApi } from '../../src/protocol/index.ts';
import type { LogFacts } from '../history/facts.ts';
import type { Link } from './bootstrap.ts';

const LIST_VERSION = 7;
const EARLIEST = -2;

/** First offset at or after a timestamp; −1: none. */
export async function offsetFor(link: Link, log: LogFacts, timestamp: number): Promise<number> {
  const { topics } = await link.ask((connection, timeoutMs) =>
    connection.send(
      listOffsetsApi,
      LIST_VERSION,
      {
        replicaId: -1,
        isolationLevel: 0,
        topics: [{ name: log.topic, partitions: [{ partitionIndex: log.partition, timestamp }] }],
      },
      timeoutMs,
    ),
  );
  return topics[0]!.partitions[0]!.offset;
}

export function logStartOf(link: Link, log: LogFacts): Promise<number> {
  return offsetFor(link, log, EARLIEST);
}
