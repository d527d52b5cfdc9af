/**
 * DescribeTopicPartitions (75): partitions of topics, page by page (KIP-966). Flexible from v0.
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int16, int32, message, string, struct, uuid } from '../schema.ts';

export const describeTopicPartitionsRequest = message(
  { name: 'DescribeTopicPartitionsRequest', versions: '0', flexible: '0+' },
  {
    // empty: all
    topics: array({
      name: string(),
    }),
    responsePartitionLimit: int32({ default: 2000 }),
    // null: from the start
    cursor: struct(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: '0+', default: null },
    ),
  },
);
export type DescribeTopicPartitionsRequest = Infer<typeof describeTopicPartitionsRequest>;

export const describeTopicPartitionsResponse = message(
  { name: 'DescribeTopicPartitionsResponse', versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: '0+' }),
      topicId: uuid(),
      isInternal: boolean(),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(), // -1: none
        leaderEpoch: int32({ default: -1 }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()), // the in-sync replicas
        eligibleLeaderReplicas: array(int32(), { nullable: '0+', default: null }),
        lastKnownElr: array(int32(), { nullable: '0+', default: null }),
        offlineReplicas: array(int32()),
      }),
      // a bit for each operation; the smallest int32: not asked for
      topicAuthorizedOperations: int32({ default: -2147483648 }),
    }),
    // null: this was the last page
    nextCursor: struct(
      {
        topicName: string(),
        partitionIndex: int32(),
      },
      { nullable: '0+', default: null },
    ),
  },
);
export type DescribeTopicPartitionsResponse = Infer<typeof describeTopicPartitionsResponse>;

export const describeTopicPartitionsApi = api(
  75,
  'DescribeTopicPartitions',
  describeTopicPartitionsRequest,
  describeTopicPartitionsResponse,
);
