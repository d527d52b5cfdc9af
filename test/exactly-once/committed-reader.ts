/** CommittedReader: what a topic holds of committed records, by the wire alone: no client's own ideas come in between. */
import {
  type BatchRecord,
  decodeRecords,
  fetchApi,
  forEachBatch,
  listOffsetsApi,
  MARKER_ABORT,
  offsetFetchApi,
  readMarker,
} from '../../src/protocol/index.ts';
import type { WireClient } from '../wire/wire-client.ts';

const BYTES = 4 * 1024 * 1024;
const READ_COMMITTED = 1;
/** Base offset and length stand before what the length counts. */
const LENGTH_END = 12;
const LATEST = -1;

/** Calls back for every committed record from there to the last stable offset; answers the offset behind. */
export async function readCommitted(
  client: WireClient,
  topic: string,
  partition: number,
  onRecord: (value: string, record: BatchRecord) => void,
  from = 0,
): Promise<number> {
  const end = await lastStableOffset(client, topic, partition);
  let offset = from;
  while (offset < end) {
    const answer = await client.send(fetchApi, 11, {
      maxWaitMs: 1_000,
      minBytes: 1,
      maxBytes: BYTES,
      isolationLevel: READ_COMMITTED,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: BYTES }] }],
    });
    const { errorCode, records, abortedTransactions } = answer.responses[0]!.partitions[0]!;
    if (errorCode !== 0) throw new Error(`fetching ${topic}-${partition} at ${offset}: error ${errorCode}`);
    const aborted = [...(abortedTransactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset);
    const aborting = new Set<number>();
    forEachBatch(wholeBatches(records ?? Buffer.alloc(0)), (batch) => {
      while (aborted[0] !== undefined && aborted[0].firstOffset <= batch.lastOffset)
        aborting.add(aborted.shift()!.producerId);
      if (batch.isControl) {
        if (readMarker(batch)?.markerType === MARKER_ABORT) aborting.delete(batch.producerId);
      } else if (!batch.isTransactional || !aborting.has(batch.producerId))
        for (const record of decodeRecords(batch, BYTES * 8))
          if (record.offset >= offset) onRecord(String(record.value), record);
      offset = batch.lastOffset + 1;
    });
  }
  return offset;
}

/** Apache Kafka cuts the last batch of an answer where it has as many bytes as were asked for; it comes again, whole, with the next. */
export function wholeBatches(bytes: Buffer): Buffer {
  let end = 0;
  while (end + LENGTH_END <= bytes.length) {
    const next = end + LENGTH_END + bytes.readInt32BE(end + LENGTH_END - 4);
    if (next > bytes.length) break;
    end = next;
  }
  return bytes.subarray(0, end);
}

export async function lastStableOffset(
  client: WireClient,
  topic: string,
  partition: number,
): Promise<number> {
  const partitions = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp: LATEST }];
  const answer = await client.send(listOffsetsApi, 7, {
    isolationLevel: READ_COMMITTED,
    topics: [{ name: topic, partitions }],
  });
  return answer.topics[0]!.partitions[0]!.offset;
}

/** Sum of the group's offsets; what is not committed counts as 0. */
export async function committedSum(
  client: WireClient,
  groupId: string,
  topic: string,
  partitionCount: number,
): Promise<number> {
  const answer = await client.send(offsetFetchApi, 7, {
    groupId,
    topics: [{ name: topic, partitionIndexes: [...Array(partitionCount).keys()] }],
    requireStable: false,
  });
  if (answer.errorCode !== 0) return 0;
  return answer.topics[0]!.partitions.reduce(
    (sum, { committedOffset }) => sum + Math.max(0, committedOffset),
    0,
  );
}
