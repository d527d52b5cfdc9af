/** OffsetsBatch: committed offsets that get their place in a frame together with what was made of the records before them. */
import { encodeGroupRecords } from './group-log.ts';
import type { GroupShard } from './group-shard.ts';

export interface ReaderPosition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  /** Of the record to read next. */
  readonly offset: number;
}

export interface OffsetsBatch {
  /** Of `__consumer_offsets`. */
  readonly partitionIndex: number;
  readonly bytes: Buffer;
  /** To be told in the turn of the append: from now on the group stands there. */
  readonly placed: (durable: Promise<void>) => void;
}

export function offsetsBatch(
  group: string,
  positions: readonly ReaderPosition[],
  shard: GroupShard,
  wallMs: number,
): OffsetsBatch {
  const records = positions.map(({ topic, topicId, partition, offset }) => ({
    type: 'offsetCommit' as const,
    key: { group, topic, partition },
    value: {
      offset,
      leaderEpoch: -1,
      metadata: '',
      commitTimestamp: wallMs,
      expireTimestamp: -1,
      topicId,
    },
  }));
  return {
    partitionIndex: shard.index,
    bytes: encodeGroupRecords(records, wallMs),
    placed: (durable) => {
      for (const record of records) shard.take(record, durable);
    },
  };
}
