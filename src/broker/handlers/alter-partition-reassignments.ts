/**
 * AlterPartitionReassignments: v0-v1.
 *
 * Behaviour: a partition has one replica, on this broker, so the only move that can be asked for is the one to where it is
 *   already; it is done at once. Nothing is ever on its way, so nothing can be cancelled.
 */
import { alterPartitionReassignmentsApi, errorCode, KafkaError } from '../../protocol/index.ts';
import type { Topic } from '../../cluster/index.ts';
import { handler } from '../handler.ts';

export const alterPartitionReassignments = handler(
  alterPartitionReassignmentsApi,
  [0, 1],
  ['image', 'identity'],
  (broker, { allowReplicationFactorChange, topics }) => ({
    allowReplicationFactorChange,
    errorCode: 0,
    errorMessage: null,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, replicas }) => {
        try {
          check(broker.image.find(name), partitionIndex, replicas, broker.identity.nodeId);
          return { partitionIndex, errorCode: 0, errorMessage: null };
        } catch (error) {
          return {
            partitionIndex,
            errorCode: errorCode(error),
            errorMessage: (error as KafkaError).explanation,
          };
        }
      }),
    })),
  }),
);

function check(
  topic: Topic | undefined,
  partitionIndex: number,
  replicas: readonly number[] | null,
  nodeId: number,
): void {
  if (topic === undefined || partitionIndex < 0 || partitionIndex >= topic.partitionCount)
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
  if (replicas === null) throw new KafkaError('NO_REASSIGNMENT_IN_PROGRESS');
  if (replicas.length !== 1 || replicas[0] !== nodeId)
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `only broker ${nodeId} is here, asked for [${replicas.join(', ')}]`,
    );
}
