/**
 * Consumer group records: what `__consumer_offsets` holds of groups of the new protocol (KIP-848).
 *
 *   consumerGroupMetadata                   group -> epoch
 *   consumerGroupMemberMetadata             (group, member) -> what the member asked for
 *   consumerGroupTargetAssignmentMetadata   group -> epoch of the assignment that all move towards
 *   consumerGroupTargetAssignmentMember     (group, member) -> what it shall own
 *   consumerGroupCurrentMemberAssignment    (group, member) -> what it owns, and what it must give back first
 *   consumerGroupRegularExpression          (group, expression) -> the topics that it stands for
 *   consumerGroupPartitionMetadata          written before KIP-1101 only; a hash took its place
 */
import { recordType } from './record-type.ts';
import { type Infer, array, bytes, int32, int64, int8, message, string, struct, uuid } from '../schema.ts';

export const consumerGroupMetadataKey = message(
  { name: 'ConsumerGroupMetadataKey', versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
);
export type ConsumerGroupMetadataKey = Infer<typeof consumerGroupMetadataKey>;

export const consumerGroupMetadataValue = message(
  { name: 'ConsumerGroupMetadataValue', versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    // of the subscribed topics; a change of it is a reason to assign anew
    metadataHash: int64({ tag: 0, clamp: true }),
  },
);
export type ConsumerGroupMetadataValue = Infer<typeof consumerGroupMetadataValue>;

export const consumerGroupPartitionMetadataKey = message(
  { name: 'ConsumerGroupPartitionMetadataKey', versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
);
export type ConsumerGroupPartitionMetadataKey = Infer<typeof consumerGroupPartitionMetadataKey>;

export const consumerGroupPartitionMetadataValue = message(
  { name: 'ConsumerGroupPartitionMetadataValue', versions: '0', flexible: '0+' },
  {
    topics: array({
      topicId: uuid(),
      topicName: string(),
      numPartitions: int32(),
      partitionMetadata: array({
        partition: int32(),
        racks: array(string()),
      }),
    }),
  },
);
export type ConsumerGroupPartitionMetadataValue = Infer<typeof consumerGroupPartitionMetadataValue>;

export const consumerGroupMemberMetadataKey = message(
  { name: 'ConsumerGroupMemberMetadataKey', versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
);
export type ConsumerGroupMemberMetadataKey = Infer<typeof consumerGroupMemberMetadataKey>;

export const consumerGroupMemberMetadataValue = message(
  { name: 'ConsumerGroupMemberMetadataValue', versions: '0', flexible: '0+' },
  {
    instanceId: string({ nullable: '0+' }),
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
    subscribedTopicRegex: string({ nullable: '0+' }),
    rebalanceTimeoutMs: int32({ default: -1 }), // -1: unknown
    serverAssignor: string({ nullable: '0+' }),
    // of members that still speak the classic protocol
    classicMemberMetadata: struct(
      {
        sessionTimeoutMs: int32(),
        supportedProtocols: array({
          name: string(),
          metadata: bytes(),
        }),
      },
      { nullable: '0+', tag: 0, default: null },
    ),
  },
);
export type ConsumerGroupMemberMetadataValue = Infer<typeof consumerGroupMemberMetadataValue>;

export const consumerGroupTargetAssignmentMetadataKey = message(
  { name: 'ConsumerGroupTargetAssignmentMetadataKey', versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
);
export type ConsumerGroupTargetAssignmentMetadataKey = Infer<typeof consumerGroupTargetAssignmentMetadataKey>;

export const consumerGroupTargetAssignmentMetadataValue = message(
  { name: 'ConsumerGroupTargetAssignmentMetadataValue', versions: '0', flexible: '0+' },
  {
    assignmentEpoch: int32(),
    assignmentTimestamp: int64({ tag: 0 }),
  },
);
export type ConsumerGroupTargetAssignmentMetadataValue = Infer<
  typeof consumerGroupTargetAssignmentMetadataValue
>;

export const consumerGroupTargetAssignmentMemberKey = message(
  { name: 'ConsumerGroupTargetAssignmentMemberKey', versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
);
export type ConsumerGroupTargetAssignmentMemberKey = Infer<typeof consumerGroupTargetAssignmentMemberKey>;

export const consumerGroupTargetAssignmentMemberValue = message(
  { name: 'ConsumerGroupTargetAssignmentMemberValue', versions: '0', flexible: '0+' },
  {
    topicPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  },
);
export type ConsumerGroupTargetAssignmentMemberValue = Infer<typeof consumerGroupTargetAssignmentMemberValue>;

export const consumerGroupCurrentMemberAssignmentKey = message(
  { name: 'ConsumerGroupCurrentMemberAssignmentKey', versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
);
export type ConsumerGroupCurrentMemberAssignmentKey = Infer<typeof consumerGroupCurrentMemberAssignmentKey>;

const assignedTopic = {
  topicId: uuid(),
  partitions: array(int32()),
  // when each partition was assigned, as long as `partitions`
  assignmentEpochs: array(int32(), { nullable: '0+', tag: 0, default: null }),
};

export const consumerGroupCurrentMemberAssignmentValue = message(
  { name: 'ConsumerGroupCurrentMemberAssignmentValue', versions: '0', flexible: '0+' },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(), // still accepted, should the answer with the new one be lost
    state: int8(), // 0 stable, 1 unrevoked partitions, 2 unreleased partitions, 127 unknown
    assignedPartitions: array(assignedTopic),
    partitionsPendingRevocation: array(assignedTopic),
  },
);
export type ConsumerGroupCurrentMemberAssignmentValue = Infer<
  typeof consumerGroupCurrentMemberAssignmentValue
>;

export const consumerGroupRegularExpressionKey = message(
  { name: 'ConsumerGroupRegularExpressionKey', versions: '0', flexible: 'none' },
  {
    groupId: string(),
    regularExpression: string(),
  },
);
export type ConsumerGroupRegularExpressionKey = Infer<typeof consumerGroupRegularExpressionKey>;

export const consumerGroupRegularExpressionValue = message(
  { name: 'ConsumerGroupRegularExpressionValue', versions: '0', flexible: '0+' },
  {
    topics: array(string()),
    version: int64(),
    timestamp: int64(),
  },
);
export type ConsumerGroupRegularExpressionValue = Infer<typeof consumerGroupRegularExpressionValue>;

export const consumerGroupMetadataRecord = recordType(
  'consumerGroupMetadata',
  3,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
);
export const consumerGroupPartitionMetadataRecord = recordType(
  'consumerGroupPartitionMetadata',
  4,
  consumerGroupPartitionMetadataKey,
  consumerGroupPartitionMetadataValue,
);
export const consumerGroupMemberMetadataRecord = recordType(
  'consumerGroupMemberMetadata',
  5,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
);
export const consumerGroupTargetAssignmentMetadataRecord = recordType(
  'consumerGroupTargetAssignmentMetadata',
  6,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
);
export const consumerGroupTargetAssignmentMemberRecord = recordType(
  'consumerGroupTargetAssignmentMember',
  7,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
);
export const consumerGroupCurrentMemberAssignmentRecord = recordType(
  'consumerGroupCurrentMemberAssignment',
  8,
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
);
export const consumerGroupRegularExpressionRecord = recordType(
  'consumerGroupRegularExpression',
  16,
  consumerGroupRegularExpressionKey,
  consumerGroupRegularExpressionValue,
);
