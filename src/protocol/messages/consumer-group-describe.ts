/**
 * ConsumerGroupDescribe (69): state and members of groups of the new protocol (KIP-848). Flexible from v0.
 *
 *   v1 the type of a member (KIP-1099)
 */
import { api } from '../api.ts';
import { type Infer, array, boolean, int8, int16, int32, message, string, struct, uuid } from '../schema.ts';

export const consumerGroupDescribeRequest = message(
  { name: 'ConsumerGroupDescribeRequest', versions: '0-1', flexible: '0+' },
  {
    groupIds: array(string()),
    includeAuthorizedOperations: boolean(),
  },
);
export type ConsumerGroupDescribeRequest = Infer<typeof consumerGroupDescribeRequest>;

const topicPartitions = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
};

const assignment = {
  topicPartitions: array(topicPartitions),
};

export const consumerGroupDescribeResponse = message(
  { name: 'ConsumerGroupDescribeResponse', versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        instanceId: string({ nullable: '0+', default: null }),
        rackId: string({ nullable: '0+', default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: array(string()),
        subscribedTopicRegex: string({ nullable: '0+', default: null }),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        // -1 unknown, 0 classic, 1 consumer
        memberType: int8({ versions: '1+', default: -1, ignorable: true }),
      }),
      // a bit for each operation; the smallest int32: not asked for
      authorizedOperations: int32({ default: -2147483648 }),
    }),
  },
);
export type ConsumerGroupDescribeResponse = Infer<typeof consumerGroupDescribeResponse>;

export const consumerGroupDescribeApi = api(
  69,
  'ConsumerGroupDescribe',
  consumerGroupDescribeRequest,
  consumerGroupDescribeResponse,
);
