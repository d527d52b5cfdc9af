/**
 * ConsumerGroupHeartbeat (68): joining, living in and leaving a group of the new protocol (KIP-848). Flexible from v0.
 *
 *   v1 subscription by regular expression; the member chooses its own id (KIP-1082)
 *
 * What has not changed since the last heartbeat is left out: null, or -1.
 */
import { api } from '../api.ts';
import { type Infer, array, int16, int32, message, string, struct, uuid } from '../schema.ts';

export const consumerGroupHeartbeatRequest = message(
  { name: 'ConsumerGroupHeartbeatRequest', versions: '0-1', flexible: '0+' },
  {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(), // 0 join, -1 leave, -2 leave for a while (static members)
    instanceId: string({ nullable: '0+', default: null }),
    rackId: string({ nullable: '0+', default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }), // -1: unchanged
    subscribedTopicNames: array(string(), { nullable: '0+', default: null }),
    subscribedTopicRegex: string({ versions: '1+', nullable: '1+', default: null }),
    // null: unchanged, or the choice of the group
    serverAssignor: string({ nullable: '0+', default: null }),
    // what the member owns right now
    topicPartitions: array(
      {
        topicId: uuid(),
        partitions: array(int32()),
      },
      { nullable: '0+', default: null },
    ),
  },
);
export type ConsumerGroupHeartbeatRequest = Infer<typeof consumerGroupHeartbeatRequest>;

const topicPartitions = {
  topicId: uuid(),
  partitions: array(int32()),
};

export const consumerGroupHeartbeatResponse = message(
  { name: 'ConsumerGroupHeartbeatResponse', versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    memberId: string({ nullable: '0+', default: null }), // null: an error
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    // null: unchanged
    assignment: struct(
      {
        topicPartitions: array(topicPartitions),
      },
      { nullable: '0+', default: null },
    ),
  },
);
export type ConsumerGroupHeartbeatResponse = Infer<typeof consumerGroupHeartbeatResponse>;

export const consumerGroupHeartbeatApi = api(
  68,
  'ConsumerGroupHeartbeat',
  consumerGroupHeartbeatRequest,
  consumerGroupHeartbeatResponse,
);
