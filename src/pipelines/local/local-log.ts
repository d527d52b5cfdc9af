/** LocalLog: what the adapter inside the broker may touch of it, and the partitions of topics by name. */
import type { Broker } from '../../broker/index.ts';
import type { Partition } from '../../partition/index.ts';
import { KafkaError } from '../../protocol/index.ts';

export type LocalLog = Pick<
  Broker,
  'clock' | 'random' | 'image' | 'controller' | 'partitions' | 'groups' | 'transactions' | 'configs'
>;

/** Throws UNKNOWN_TOPIC_OR_PARTITION. */
export function partitionOf({ image, partitions }: LocalLog, topic: string, index: number) {
  const id = image.find(topic)?.id;
  const partition: Partition | undefined = id === undefined ? undefined : partitions.find(id, index);
  if (id === undefined || partition === undefined)
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `there is no ${topic}, partition ${index}`);
  return { topicId: id, partition };
}
