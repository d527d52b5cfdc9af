/**
 * OffsetDelete: v0.
 *
 * Behaviour: forgets committed offsets of topics that no member of the group reads. Partitions that do not exist are
 * refused each for itself.
 */
import { ERRORS, errorCode, KafkaError, offsetDeleteApi } from '../../protocol/index.ts';
import { refused } from '../../groups/index.ts';
import { handler } from '../handler.ts';

export const offsetDelete = handler(
  offsetDeleteApi,
  [0, 0],
  ['groups', 'image'],
  async (broker, request) => {
    const exists = (name: string, index: number) =>
      index >= 0 && index < (broker.image.find(name)?.partitionCount ?? 0);
    const known = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.filter(({ partitionIndex }) => exists(name, partitionIndex)),
    }));
    const answer = await broker.groups.deleteOffsets({ ...request, topics: known });
    if (answer.errorCode !== 0) return answer;
    const [missing] = ERRORS.UNKNOWN_TOPIC_OR_PARTITION;
    const topics = request.topics.map(({ name, partitions }, i) => ({
      name,
      partitions: [
        ...(answer.topics[i]?.partitions ?? []),
        ...partitions
          .filter(({ partitionIndex }) => !exists(name, partitionIndex))
          .map(({ partitionIndex }) => ({ partitionIndex, errorCode: missing })),
      ],
    }));
    return { ...answer, topics };
  },
  { refuse: (_request, error) => refused.deleteOffsets(errorCode(new KafkaError(error))) },
);
