/**
 * ListOffsets: v1-v11.
 *
 * Behaviour: -1 latest (high watermark, or last stable offset), -2 earliest, -3 record with the largest timestamp,
 * -4 earliest local (= earliest), -5 latest tiered (none), -6 earliest pending upload (none), else the first record
 * at or after the timestamp.
 */
import { errorCode, KafkaError, listOffsetsApi, type ListOffsetsRequest } from '../../protocol/index.ts';
import {
  checkEpoch,
  findByTimestamp,
  findMaxTimestamp,
  type FoundOffset,
  type Isolation,
  isolationFor,
  type Partition,
} from '../../partition/index.ts';
import { duplicatesOf } from '../duplicates.ts';
import { handler } from '../handler.ts';

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;
/** The version that brought each special timestamp. */
const SINCE: Record<number, number> = {
  [LATEST]: 1,
  [EARLIEST]: 1,
  [MAX_TIMESTAMP]: 7,
  [EARLIEST_LOCAL]: 8,
  [LATEST_TIERED]: 9,
  [EARLIEST_PENDING_UPLOAD]: 11,
};
const NOT_FOUND: FoundOffset = { offset: -1, timestamp: -1 };

export const listOffsets = handler(
  listOffsetsApi,
  [1, 11],
  ['image', 'partitions'],
  async (broker, request, context) => {
    const isolation: Isolation = request.isolationLevel === 1 ? 'read_committed' : 'read_uncommitted';
    const twice = duplicatesOf(keysOf(request.topics));
    const topics = [];
    for (const { name, partitions } of request.topics) {
      const topicId = broker.image.find(name)?.id;
      const answers = [];
      for (const { partitionIndex, timestamp, currentLeaderEpoch } of partitions) {
        const key = `${name}:${partitionIndex}`;
        try {
          if (twice.has(key)) throw new KafkaError('INVALID_REQUEST', `${key} is asked twice`);
          const partition =
            topicId === undefined ? undefined : broker.partitions.find(topicId, partitionIndex);
          if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
          checkEpoch(partition, currentLeaderEpoch);
          const visible = isolationFor(partition, isolation);
          const found = (await find(partition, timestamp, visible, context.version)) ?? NOT_FOUND;
          const leaderEpoch =
            found.offset < 0 ? -1 : (partition.epochs.epochAt(found.offset) ?? partition.leaderEpoch);
          answers.push({
            partitionIndex,
            errorCode: 0,
            timestamp: found.timestamp,
            offset: found.offset,
            leaderEpoch,
          });
        } catch (error) {
          answers.push({
            partitionIndex,
            errorCode: errorCode(error),
            timestamp: -1,
            offset: -1,
            leaderEpoch: -1,
          });
        }
      }
      topics.push({ name, partitions: answers });
    }
    return { topics };
  },
);

function* keysOf(topics: ListOffsetsRequest['topics']): Generator<string> {
  for (const { name, partitions } of topics)
    for (const { partitionIndex } of partitions) yield `${name}:${partitionIndex}`;
}

async function find(
  partition: Partition,
  timestamp: number,
  isolation: Isolation,
  version: number,
): Promise<FoundOffset | undefined> {
  if (timestamp >= 0) return findByTimestamp(partition, timestamp, isolation);
  if ((SINCE[timestamp] ?? Infinity) > version)
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      `timestamp ${timestamp} means nothing in ListOffsets v${version}`,
    );
  switch (timestamp) {
    case LATEST:
      return { offset: partition.endOffset(isolation), timestamp: -1 };
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: partition.logStartOffset, timestamp: -1 };
    case MAX_TIMESTAMP:
      return findMaxTimestamp(partition, isolation);
    default:
      return undefined;
  }
}
