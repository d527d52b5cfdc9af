/**
 * DescribeTopicPartitions: v0. Topics by name, a page at a time (KIP-966).
 */
import { describeTopicPartitionsApi, KafkaError, ZERO_UUID } from '../../protocol/index.ts';
import { isTopicName } from '../../cluster/index.ts';
import type { Broker } from '../broker.ts';
import { TOPIC_OPERATIONS } from '../authorized-operations.ts';
import { handler } from '../handler.ts';

export const describeTopicPartitions = handler(
  describeTopicPartitionsApi,
  [0, 0],
  ['identity', 'image', 'partitions', 'controller', 'configs'],
  async (broker, request) => {
    const isAll = request.topics.length === 0;
    const names = isAll
      ? [...broker.image.topics].map((topic) => topic.name)
      : request.topics.map((topic) => topic.name);
    const from = request.cursor;
    if (from !== null && from.partitionIndex < 0) return refusedCursor(names);
    const sorted = [...new Set(names)].sort().filter((name) => from === null || name >= from.topicName);
    let left = Math.max(
      1,
      Math.min(broker.configs.broker['max.request.partition.size.limit'], request.responsePartitionLimit),
    );
    const topics = [];
    let nextCursor: { topicName: string; partitionIndex: number } | null = null;
    for (const name of sorted) {
      if (left === 0) {
        nextCursor = { topicName: name, partitionIndex: 0 };
        break;
      }
      const first = from !== null && name === from.topicName ? from.partitionIndex : 0;
      const described = describe(broker, name, first, left);
      topics.push(described.topic);
      left -= described.topic.partitions.length;
      if (described.next !== undefined) {
        nextCursor = { topicName: name, partitionIndex: described.next };
        break;
      }
    }
    await broker.controller.settled();
    return { topics, nextCursor };
  },
);

/** There is no error of the whole request: each topic bears it. */
function refusedCursor(names: readonly string[]) {
  const { code: errorCode } = new KafkaError('INVALID_REQUEST');
  return { topics: names.map((name) => ({ errorCode, name })), nextCursor: null };
}

function describe(
  broker: Pick<Broker, 'identity' | 'image' | 'partitions'>,
  name: string,
  first: number,
  limit: number,
) {
  const topic = broker.image.find(name);
  const { nodeId } = broker.identity;
  if (topic === undefined) {
    const code = new KafkaError(isTopicName(name) ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION')
      .code;
    return {
      topic: {
        errorCode: code,
        name,
        topicId: ZERO_UUID,
        isInternal: false,
        partitions: [],
        topicAuthorizedOperations: TOPIC_OPERATIONS,
      },
      next: undefined,
    };
  }
  const end = Math.min(topic.partitionCount, first + limit);
  const partitions = [];
  for (let partitionIndex = first; partitionIndex < end; partitionIndex++)
    partitions.push({
      errorCode: 0,
      partitionIndex,
      leaderId: nodeId,
      leaderEpoch: broker.partitions.leaderEpoch,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
      eligibleLeaderReplicas: [],
      lastKnownElr: [],
      offlineReplicas: [],
    });
  return {
    topic: {
      errorCode: 0,
      name,
      topicId: topic.id,
      isInternal: topic.isInternal,
      partitions,
      topicAuthorizedOperations: TOPIC_OPERATIONS,
    },
    next: end < topic.partitionCount ? end : undefined,
  };
}
