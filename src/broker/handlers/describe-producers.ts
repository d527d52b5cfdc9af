/** DescribeProducers: v0. The idempotent producers that a partition remembers, and their open transactions. */
import { isTopicName } from '../../cluster/index.ts';
import { describeProducersApi, errorCode, KafkaError } from '../../protocol/index.ts';
import type { Broker } from '../broker.ts';
import { firsts } from '../duplicates.ts';
import { handler } from '../handler.ts';

export const describeProducers = handler(
  describeProducersApi,
  [0, 0],
  ['clock', 'image', 'partitions'],
  (broker, request) => {
    const isFirst = firsts();
    return {
      topics: request.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes
          .filter((index) => isFirst(`${name} ${index}`))
          .map((index) => describe(broker, name, index)),
      })),
    };
  },
);

function describe(broker: Pick<Broker, 'clock' | 'image' | 'partitions'>, topicName: string, index: number) {
  try {
    const topic = broker.image.find(topicName);
    const partition = topic === undefined ? undefined : broker.partitions.find(topic.id, index);
    if (partition === undefined)
      throw new KafkaError(isTopicName(topicName) ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION');
    const activeProducers = partition.producers.list(broker.clock.now()).map((producer) => ({
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      lastSequence: producer.lastSequence,
      // Of a marker there is no more than when it came.
      lastTimestamp: producer.batches.at(-1)?.timestamp ?? producer.usedAt,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.transactionFirstOffset,
    }));
    return { partitionIndex: index, errorCode: 0, errorMessage: null, activeProducers };
  } catch (error) {
    const errorMessage = error instanceof KafkaError ? error.explanation : null;
    return { partitionIndex: index, errorCode: errorCode(error), errorMessage, activeProducers: [] };
  }
}
