/**
 * OffsetCommit: v2-v10.
 *
 * Behaviour: answered when durable; fenced by the generation of the group. Partitions that do not exist are refused each
 * for itself, the others are kept.
 * Version notes: v2-v4 a retention of its own; v6 leader epoch; v7 static members; v10 topics by id (KIP-848).
 */
import { errorCode, KafkaError, offsetCommitApi } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { handler } from '../handler.ts';
import { resolveTopic } from '../offset-topics.ts';

const TOPIC_IDS_SINCE = 10;

export const offsetCommit = handler(
  offsetCommitApi,
  [2, 10],
  ['groups', 'image'],
  async (broker, request, { version }) => {
    const resolved = request.topics.map((topic) =>
      resolveTopic(broker.image, topic, version >= TOPIC_IDS_SINCE),
    );
    const known = resolved.map(({ topic, exists }) => ({
      ...topic,
      partitions: topic.partitions.filter((partition) => exists(partition.partitionIndex)),
    }));
    const kept = known.filter(({ partitions }) => partitions.length > 0);
    const answer = await broker.groups.commitOffsets({ ...request, topics: kept }, version);
    const codes = new Map<string, number>();
    for (const { name, partitions } of answer.topics)
      for (const { partitionIndex, errorCode } of partitions)
        codes.set(`${partitionIndex} ${name}`, errorCode);
    const topics = resolved.map(({ topic, missing }) => ({
      name: topic.name,
      topicId: topic.topicId,
      partitions: topic.partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: codes.get(`${partitionIndex} ${topic.name}`) ?? missing,
      })),
    }));
    return { topics };
  },
  { refuse: (request, error) => refused.commit(request, errorCode(new KafkaError(error))) },
);
