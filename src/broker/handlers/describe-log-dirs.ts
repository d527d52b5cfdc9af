/**
 * DescribeLogDirs: v1-v5. The one folder of this broker, what lies in it, and how large its volume is.
 *
 * Behaviour: the size of a partition is its segments and what waits in memory to become some. Partitions that were asked for
 * and do not exist are left out.
 * Version notes: v3 an error of the whole request; v4 size of the volume (KIP-827).
 */
import { describeLogDirsApi, type DescribeLogDirsRequest } from '../../protocol/index.ts';
import type { Topic } from '../../cluster/index.ts';
import type { Broker } from '../broker.ts';
import { handler } from '../handler.ts';

type Needs = Pick<Broker, 'image' | 'partitions' | 'configs'>;

export const describeLogDirs = handler(
  describeLogDirsApi,
  [1, 5],
  ['image', 'partitions', 'configs', 'controller'],
  async (broker, request) => {
    const topics = wantedTopics(broker, request).filter(({ partitions }) => partitions.length > 0);
    const [{ freeBytes, totalBytes }] = await Promise.all([
      broker.partitions.space(),
      broker.controller.settled(),
    ]);
    const result = {
      errorCode: 0,
      logDir: broker.configs.logDirectory,
      topics,
      totalBytes,
      usableBytes: freeBytes,
    };
    return { errorCode: 0, results: [result] };
  },
);

function wantedTopics(broker: Needs, { topics }: DescribeLogDirsRequest) {
  if (topics === null)
    return Array.from(broker.image.topics, (topic) =>
      sizesOf(broker, topic, [...Array(topic.partitionCount).keys()]),
    );
  return topics.flatMap(({ topic: name, partitions }) => {
    const topic = broker.image.find(name);
    return topic === undefined ? [] : [sizesOf(broker, topic, partitions)];
  });
}

function sizesOf(broker: Needs, { id, name }: Topic, indexes: readonly number[]) {
  return {
    name,
    partitions: indexes.flatMap((partitionIndex) => {
      const partition = broker.partitions.find(id, partitionIndex);
      if (partition === undefined) return [];
      const partitionSize = partition.log.bytes + partition.tail.unwrittenBytes;
      return [{ partitionIndex, partitionSize, offsetLag: 0, isFutureKey: false }];
    }),
  };
}
