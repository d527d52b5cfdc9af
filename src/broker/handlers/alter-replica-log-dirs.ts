/**
 * AlterReplicaLogDirs: v1-v2. There is one log directory: what is to move there is there already.
 */
import { alterReplicaLogDirsApi, errorCode, KafkaError } from '../../protocol/index.ts';
import type { Broker } from '../broker.ts';
import { handler } from '../handler.ts';

export const alterReplicaLogDirs = handler(
  alterReplicaLogDirsApi,
  [1, 2],
  ['image', 'configs'],
  (broker, { dirs }) => {
    const results = new Map<string, { partitionIndex: number; errorCode: number }[]>();
    for (const { path, topics } of dirs)
      for (const { name, partitions } of topics) {
        if (partitions.length === 0) continue; // as in Kafka: nothing to say of it
        const answers = results.get(name) ?? [];
        results.set(name, answers);
        for (const partitionIndex of partitions)
          answers.push({ partitionIndex, errorCode: codeOf(broker, path, name, partitionIndex) });
      }
    return { results: Array.from(results, ([topicName, partitions]) => ({ topicName, partitions })) };
  },
);

function codeOf(
  broker: Pick<Broker, 'image' | 'configs'>,
  path: string,
  name: string,
  partitionIndex: number,
): number {
  if (path !== broker.configs.logDirectory) return errorCode(new KafkaError('LOG_DIR_NOT_FOUND'));
  const partitionCount = broker.image.find(name)?.partitionCount ?? 0;
  const isHere = partitionIndex >= 0 && partitionIndex < partitionCount;
  return isHere ? 0 : errorCode(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION'));
}
