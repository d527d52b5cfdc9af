/** One Fetch of one partition without a session, reported to the history unless it was refused. */
import {
  type ErrorName,
  errorNameOf,
  fetchApi,
  forEachBatch,
  type RecordBatch,
} from '../../src/protocol/index.ts';
import type { LogFacts } from '../history/facts.ts';
import type { History, Isolation, Reading } from '../history/history.ts';
import type { Link } from './bootstrap.ts';

const VERSION = 13;

export interface FetchQuestion {
  readonly reader: string;
  readonly offset: number;
  readonly isolation: Isolation;
  readonly maxBytes: number;
  /** How long the answer may wait for a record. */
  readonly maxWaitMs?: number;
}

/** The reading, or the error instead. */
export async function fetchOne(
  link: Link,
  history: History,
  log: LogFacts,
  { reader, offset, isolation, maxBytes, maxWaitMs = 0 }: FetchQuestion,
): Promise<Reading | ErrorName> {
  const start = log.now();
  const { topicId, partition } = log;
  const request = {
    maxWaitMs,
    minBytes: maxWaitMs > 0 ? 1 : 0,
    maxBytes,
    isolationLevel: isolation === 'read_committed' ? 1 : 0,
    topics: [{ topicId, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }] }],
    forgottenTopicsData: [],
    rackId: '',
  };
  const answer = await link.ask((connection, timeoutMs) =>
    connection.send(fetchApi, VERSION, request, timeoutMs),
  );
  const told = answer.responses[0]!.partitions[0]!;
  if (told.errorCode !== 0) return errorNameOf(told.errorCode);
  const batches: RecordBatch[] = [];
  if (told.records !== null) forEachBatch(told.records, (batch) => batches.push(batch));
  const { highWatermark, lastStableOffset, logStartOffset, abortedTransactions } = told;
  return history.read(
    log,
    {
      reader,
      start,
      isolation,
      aborted: abortedTransactions ?? [],
      fetchOffset: offset,
      highWatermark,
      lastStableOffset,
      logStartOffset,
    },
    batches,
  );
}
