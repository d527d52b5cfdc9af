/** The records of a consumer group, made from its values. The order in which members go matters to Kafka's own replay. */
import type { GroupRecord } from '../records.ts';
import type { ConsumerGroup, ResolvedExpression } from './group.ts';
import type { ConsumerMember, MemberState } from './member.ts';
import { listOwnership, listPartitions, type PartitionSet } from './partitions.ts';

const STATE_NUMBERS: Readonly<Record<MemberState, number>> = {
  stable: 0,
  unrevoked: 1,
  unreleased: 2,
  unknown: 127,
};

export function epochRecord(groupId: string, epoch: number, metadataHash: number): GroupRecord {
  return { type: 'consumerGroupMetadata', key: { groupId }, value: { epoch, metadataHash } };
}

export function memberRecord(groupId: string, member: ConsumerMember): GroupRecord {
  const { classic } = member;
  return {
    type: 'consumerGroupMemberMetadata',
    key: { groupId, memberId: member.id },
    value: {
      instanceId: member.instanceId,
      rackId: member.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: [...member.topicNames],
      subscribedTopicRegex: member.topicRegex,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      serverAssignor: member.assignor,
      classicMemberMetadata:
        classic === null
          ? null
          : { sessionTimeoutMs: classic.sessionTimeoutMs, supportedProtocols: [...classic.protocols] },
    },
  };
}

export function targetRecord(groupId: string, memberId: string, set: PartitionSet): GroupRecord {
  return {
    type: 'consumerGroupTargetAssignmentMember',
    key: { groupId, memberId },
    value: { topicPartitions: listPartitions(set) },
  };
}

export function targetEpochRecord(groupId: string, assignmentEpoch: number, wallMs: number): GroupRecord {
  return {
    type: 'consumerGroupTargetAssignmentMetadata',
    key: { groupId },
    value: { assignmentEpoch, assignmentTimestamp: wallMs },
  };
}

export function currentRecord(groupId: string, member: ConsumerMember): GroupRecord {
  return {
    type: 'consumerGroupCurrentMemberAssignment',
    key: { groupId, memberId: member.id },
    value: {
      memberEpoch: member.epoch,
      previousMemberEpoch: member.previousEpoch,
      state: STATE_NUMBERS[member.state],
      assignedPartitions: listOwnership(member.assigned),
      partitionsPendingRevocation: listOwnership(member.revoking),
    },
  };
}

export function expressionRecord(
  groupId: string,
  regularExpression: string,
  resolved: ResolvedExpression | null,
): GroupRecord {
  return {
    type: 'consumerGroupRegularExpression',
    key: { groupId, regularExpression },
    value:
      resolved === null
        ? null
        : { topics: [...resolved.topics], version: 0, timestamp: resolved.resolvedAtMs },
  };
}

/** Current, target, then the member itself. */
export function memberTombstones(groupId: string, memberId: string): GroupRecord[] {
  const key = { groupId, memberId };
  return [
    { type: 'consumerGroupCurrentMemberAssignment', key, value: null },
    { type: 'consumerGroupTargetAssignmentMember', key, value: null },
    { type: 'consumerGroupMemberMetadata', key, value: null },
  ];
}

/** Everything that there is of a group; its epoch last. */
export function groupTombstones(group: ConsumerGroup): GroupRecord[] {
  const { groupId } = group;
  const records = [...group.members.keys()].flatMap((memberId) => memberTombstones(groupId, memberId));
  for (const regex of group.expressions.keys()) records.push(expressionRecord(groupId, regex, null));
  if (group.hasPartitionMetadata)
    records.push({ type: 'consumerGroupPartitionMetadata', key: { groupId }, value: null });
  records.push({ type: 'consumerGroupTargetAssignmentMetadata', key: { groupId }, value: null });
  records.push({ type: 'consumerGroupMetadata', key: { groupId }, value: null });
  return records;
}
