/**
 * DeleteRecords: v0-v2. Raises the log start offset; -1 means the high watermark. Durable before the answer.
 */
import { deleteRecordsApi, errorCode, KafkaError } from '../../protocol/index.ts';
import type { Broker } from '../broker.ts';
import { handler } from '../handler.ts';

const HIGH_WATERMARK = -1;

export const deleteRecords = handler(
  deleteRecordsApi,
  [0, 2],
  ['image', 'partitions', 'configs'],
  async (broker, request) => ({
    topics: await Promise.all(
      request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map(({ partitionIndex, offset }) => remove(broker, name, partitionIndex, offset)),
        ),
      })),
    ),
  }),
);

async function remove(
  broker: Pick<Broker, 'image' | 'partitions' | 'configs'>,
  name: string,
  partitionIndex: number,
  offset: number,
) {
  try {
    const topic = broker.image.find(name);
    const partition = topic === undefined ? undefined : broker.partitions.find(topic.id, partitionIndex);
    if (topic === undefined || partition === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    if (topic.isInternal) throw new KafkaError('INVALID_TOPIC_EXCEPTION', `${name} belongs to the broker`);
    if (broker.configs.isCompactedOnly(topic))
      throw new KafkaError(
        'POLICY_VIOLATION',
        `${name} is compacted: records go by key, or set cleanup.policy to compact,delete`,
      );
    const target = offset === HIGH_WATERMARK ? partition.highWatermark : offset;
    if (target < 0 || target > partition.highWatermark)
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `${target} is above the high watermark ${partition.highWatermark}`,
      );
    return {
      partitionIndex,
      lowWatermark: await broker.partitions.deleteRecords(partition, target),
      errorCode: 0,
    };
  } catch (error) {
    return { partitionIndex, lowWatermark: -1, errorCode: errorCode(error) };
  }
}
