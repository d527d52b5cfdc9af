/** The last look: reads every log that exists from its start to its end, through the wire like any consumer. */
import { offsetForLeaderEpochApi } from '../../src/protocol/index.ts';
import type { Link } from '../client/bootstrap.ts';
import { fetchOne } from '../client/fetching.ts';
import { logStartOf, offsetFor } from '../client/offsets.ts';
import { committedView } from '../history/committed-view.ts';
import type { LogFacts } from '../history/facts.ts';
import type { Fate, FinalLog, FinalLook } from '../history/final-look.ts';
import type { History, ReadBatch } from '../history/history.ts';

const EPOCH_VERSION = 4;
const LAST_LOOK = {
  reader: 'the last look',
  isolation: 'read_uncommitted',
  maxBytes: 256 * 1024,
} as const;

type Seen = FinalLog['records'][number] & { fate: Fate };

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
  const records: Seen[] = [];
  const open = new Map<number, Seen[]>();
  let bytes = 0;
  for (let offset = log.logStartOffset; ; ) {
    const reading = await fetchOne(link, history, log, { ...LAST_LOOK, offset });
    if (reading === 'UNKNOWN_TOPIC_ID') return undefined;
    if (reading === 'OFFSET_OUT_OF_RANGE' && offset < log.mayStartAt) {
      offset++; // the log start is one of those that were asked for
      continue;
    }
    if (reading === 'OFFSET_OUT_OF_RANGE' && log.mayExpire) {
      const start = await logStartOf(link, log);
      if (start <= offset)
        history.violated(`O3: ${log.name} @${offset} is out of range, it begins at ${start}`);
      offset = start;
      records.length = 0;
      bytes = 0;
      continue;
    }
    if (typeof reading === 'string') history.violated(`D6: ${log.name} @${offset}: ${reading} at the end`);
    const { batches, highWatermark, lastStableOffset, logStartOffset } = reading;
    for (const batch of batches) {
      bytes += batch.bytes;
      records.push(...judged(batch, offset, open));
    }
    offset = (batches.at(-1)?.lastOffset ?? offset - 1) + 1;
    if (offset >= highWatermark) {
      const committed = log.isTransactional ? await readCommitted(link, history, log) : undefined;
      return { log, logStartOffset, highWatermark, lastStableOffset, bytes, committed, records };
    }
    if (batches.length === 0) history.violated(`O2: ${log.name} @${offset}: nothing below ${highWatermark}`);
  }
}

/** Records of a batch from `offset` on; those that it ends have their fate now. `open`: by producer id. */
function judged(batch: ReadBatch, offset: number, open: Map<number, Seen[]>): Seen[] {
  const { producerId, isTransactional, marker, leaderEpoch } = batch;
  const fate = marker === undefined ? (isTransactional ? 'open' : 'plain') : 'marker';
  const seen = batch.records
    .filter((record) => record.offset >= offset)
    .map((record): Seen => ({ ...record, leaderEpoch, producerId, fate }));
  if (fate === 'open') open.set(producerId, [...(open.get(producerId) ?? []), ...seen]);
  if (marker !== undefined) {
    for (const record of open.get(producerId) ?? [])
      record.fate = marker === 'commit' ? 'committed' : 'aborted';
    open.delete(producerId);
  }
  return seen;
}

/** All that a reader of committed records gets up to the last stable offset. */
async function readCommitted(link: Link, history: History, log: LogFacts): Promise<string[]> {
  const values: string[] = [];
  for (let offset = log.logStartOffset; ; ) {
    const isolation = 'read_committed';
    const reading = await fetchOne(link, history, log, { ...LAST_LOOK, isolation, offset });
    if (typeof reading === 'string') history.violated(`D6: ${log.name} @${offset}: ${reading} at the end`);
    values.push(...committedView(reading).shown);
    const last = reading.batches.at(-1);
    if (last === undefined) return values;
    offset = last.lastOffset + 1;
  }
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
