/**
 * Replay: what each record of a consumer group means. Any order will do: compaction keeps only the last of each key.
 */
import type { GroupRecord } from '../records.ts';
import type { ConsumerGroup } from './group.ts';
import { FIRST_EPOCH } from './member.ts';
import { type ConsumerMember, LEAVING_EPOCH, type MemberState, newMember, sortedNames } from './member.ts';
import { NO_PARTITIONS, ownedPartitions, partitionSet } from './partitions.ts';

type RecordNamed<T extends GroupRecord['type']> = Extract<GroupRecord, { type: T }>;

const STATES: ReadonlyMap<number, MemberState> = new Map([
  [0, 'stable'],
  [1, 'unrevoked'],
  [2, 'unreleased'],
]);

export function replayConsumerRecord(group: ConsumerGroup, record: GroupRecord): void {
  switch (record.type) {
    case 'consumerGroupMetadata':
      group.epoch = record.value?.epoch ?? FIRST_EPOCH;
      group.metadataHash = record.value?.metadataHash ?? 0;
      return;
    case 'consumerGroupPartitionMetadata':
      group.hasPartitionMetadata = record.value !== null;
      return;
    case 'consumerGroupMemberMetadata':
      replayMember(group, record);
      return;
    case 'consumerGroupTargetAssignmentMetadata':
      group.assignmentEpoch = record.value?.assignmentEpoch ?? 0;
      group.assignedAtMs = record.value?.assignmentTimestamp ?? 0;
      return;
    case 'consumerGroupTargetAssignmentMember':
      if (record.value === null) group.target.delete(record.key.memberId);
      else group.target.set(record.key.memberId, partitionSet(record.value.topicPartitions));
      return;
    case 'consumerGroupCurrentMemberAssignment':
      replayAssignment(group, record);
      return;
    case 'consumerGroupRegularExpression': {
      const { key, value } = record;
      if (value === null) group.expressions.delete(key.regularExpression);
      else
        group.expressions.set(key.regularExpression, {
          topics: sortedNames(value.topics),
          resolvedAtMs: value.timestamp,
        });
    }
  }
}

function replayMember(group: ConsumerGroup, record: RecordNamed<'consumerGroupMemberMetadata'>): void {
  const { memberId } = record.key;
  const { value } = record;
  if (value === null) {
    group.removeMember(memberId);
    return;
  }
  const known = group.members.get(memberId) ?? newMember(memberId);
  const { classicMemberMetadata: classic } = value;
  group.setMember({
    ...known,
    instanceId: value.instanceId,
    rackId: value.rackId,
    clientId: value.clientId,
    clientHost: value.clientHost,
    topicNames: sortedNames(value.subscribedTopicNames),
    topicRegex: value.subscribedTopicRegex ?? '',
    rebalanceTimeoutMs: value.rebalanceTimeoutMs,
    assignor: value.serverAssignor,
    classic:
      classic === null
        ? null
        : { sessionTimeoutMs: classic.sessionTimeoutMs, protocols: classic.supportedProtocols },
  });
}

function replayAssignment(
  group: ConsumerGroup,
  record: RecordNamed<'consumerGroupCurrentMemberAssignment'>,
): void {
  const { memberId } = record.key;
  const { value } = record;
  const known = group.members.get(memberId);
  if (value === null) {
    if (known !== undefined) group.setMember(withoutAssignment(known));
    return;
  }
  group.setMember({
    ...(known ?? newMember(memberId)),
    epoch: value.memberEpoch,
    previousEpoch: value.previousMemberEpoch,
    state: STATES.get(value.state) ?? 'unknown',
    assigned: ownedPartitions(value.assignedPartitions, value.memberEpoch),
    revoking: ownedPartitions(value.partitionsPendingRevocation, value.memberEpoch),
  });
}

function withoutAssignment(member: ConsumerMember): ConsumerMember {
  return {
    ...member,
    epoch: LEAVING_EPOCH,
    previousEpoch: LEAVING_EPOCH,
    assigned: NO_PARTITIONS,
    revoking: NO_PARTITIONS,
  };
}
