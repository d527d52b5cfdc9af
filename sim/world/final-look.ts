/** The last look: reads every log that exists from its start to its end, through the wire like any consumer. */
import {
  errorNameOf,
  fetchApi,
  forEachBatch,
  offsetForLeaderEpochApi,
  type RecordBatch,
} from '../../src/protocol/index.ts';
import type { Link } from '../client/bootstrap.ts';
import { logStartOf, offsetFor } from '../client/offsets.ts';
import type { LogFacts } from '../history/facts.ts';
import type { FinalLog, FinalLook } from '../history/final-look.ts';
import type { History } from '../history/history.ts';

const FETCH_VERSION = 13;
const EPOCH_VERSION = 4;
const PART_BYTES = 256 * 1024;

/** Every log of `logs` must be there, unless its topic may have been deleted. */
export async function lookAtEnd(link: Link, history: History, logs: readonly LogFacts[]): Promise<FinalLook> {
  const found: FinalLog[] = [];
  for (const log of logs) {
    const seen = await readAll(link, history, log);
    if (seen !== undefined) found.push(seen);
    else if (!log.mayBeGone) history.violated(`D6: ${log.name} does not exist any more`);
  }
  return {
    logs: found,
    offsetFor: (log, timestamp) => offsetFor(link, log, timestamp),
    startOf: (log) => logStartOf(link, log),
    endOfEpoch: (log, epoch) => endOfEpoch(link, log, epoch),
  };
}

async function readAll(link: Link, history: History, log: LogFacts): Promise<FinalLog | undefined> {
  const records: FinalLog['records'][number][] = [];
  let offset = log.logStartOffset;
  let bytes = 0;
  for (;;) {
    const start = log.now();
    const answer = await fetchOnce(link, log, offset);
    const error = errorNameOf(answer.errorCode);
    if (error === 'UNKNOWN_TOPIC_ID') return undefined;
    if (error === 'OFFSET_OUT_OF_RANGE' && offset < log.mayStartAt) {
      offset++; // the log start is one of those that were asked for
      continue;
    }
    if (error === 'OFFSET_OUT_OF_RANGE' && log.mayExpire) {
      const start = await logStartOf(link, log);
      if (start <= offset)
        history.violated(`O3: ${log.name} @${offset} is out of range, it begins at ${start}`);
      offset = start;
      records.length = 0;
      bytes = 0;
      continue;
    }
    if (error !== 'NONE') history.violated(`D6: ${log.name} @${offset}: ${error} at the end`);
    const batches: RecordBatch[] = [];
    if (answer.records !== null) forEachBatch(answer.records, (batch) => batches.push(batch));
    const { highWatermark, lastStableOffset, logStartOffset } = answer;
    const seen = {
      reader: 'the last look',
      start,
      fetchOffset: offset,
      highWatermark,
      lastStableOffset,
      logStartOffset,
    };
    for (const batch of history.read(log, seen, batches).batches) {
      bytes += batch.bytes;
      for (const record of batch.records)
        if (record.offset >= offset) records.push({ ...record, leaderEpoch: batch.leaderEpoch });
    }
    offset = (batches.at(-1)?.lastOffset ?? offset - 1) + 1;
    if (offset >= highWatermark) return { log, logStartOffset, highWatermark, bytes, records };
    if (batches.length === 0) history.violated(`O2: ${log.name} @${offset}: nothing below ${highWatermark}`);
  }
}

async function fetchOnce(link: Link, { topicId, partition }: LogFacts, fetchOffset: number) {
  const request = {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: PART_BYTES,
    isolationLevel: 0,
    topics: [{ topicId, partitions: [{ partition, fetchOffset, partitionMaxBytes: PART_BYTES }] }],
    forgottenTopicsData: [],
    rackId: '',
  };
  const answer = await link.ask((connection, timeoutMs) =>
    connection.send(fetchApi, FETCH_VERSION, request, timeoutMs),
  );
  return answer.responses[0]!.partitions[0]!;
}

async function endOfEpoch(link: Link, log: LogFacts, leaderEpoch: number): Promise<number> {
  const { topics } = await link.ask((connection, timeoutMs) =>
    connection.send(
      offsetForLeaderEpochApi,
      EPOCH_VERSION,
      {
        replicaId: -1,
        topics: [
          {
            topic: log.topic,
            partitions: [{ partition: log.partition, currentLeaderEpoch: -1, leaderEpoch }],
          },
        ],
      },
      timeoutMs,
    ),
  );
  return topics[0]!.partitions[0]!.endOffset;
}
