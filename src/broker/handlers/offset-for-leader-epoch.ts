/**
 * OffsetForLeaderEpoch: v2-v4. Where an epoch ended, so that a client notices a truncated log (KIP-320).
 */
import { errorCode, KafkaError, offsetForLeaderEpochApi } from '../../protocol/index.ts';
import { checkEpoch } from '../../partition/index.ts';
import { handler } from '../handler.ts';

export const offsetForLeaderEpoch = handler(
  offsetForLeaderEpochApi,
  [2, 4],
  ['image', 'partitions'],
  (broker, request) => ({
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
        try {
          const topicId = broker.image.find(topic)?.id;
          const partition = topicId === undefined ? undefined : broker.partitions.find(topicId, index);
          if (partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
          checkEpoch(partition, currentLeaderEpoch);
          const end =
            leaderEpoch === partition.leaderEpoch
              ? { leaderEpoch, endOffset: partition.highWatermark }
              : partition.epochs.endOffsetFor(leaderEpoch, partition.highWatermark);
          return { partition: index, errorCode: 0, leaderEpoch: end.leaderEpoch, endOffset: end.endOffset };
        } catch (error) {
          return { partition: index, errorCode: errorCode(error), leaderEpoch: -1, endOffset: -1 };
        }
      }),
    })),
  }),
);
