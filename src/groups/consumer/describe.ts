/** Describe: a consumer group as ConsumerGroupDescribe shows it. */
import { type ConsumerGroupDescribeResponse, ERRORS } from '../../protocol/index.ts';
import type { TopicView } from '../topics.ts';
import type { ConsumerWorld } from './draft.ts';
import type { ConsumerGroup } from './group.ts';
import type { ConsumerMember } from './member.ts';
import { listPartitions, type OwnedPartitions, type PartitionSet } from './partitions.ts';
import { assignorOf } from './target.ts';

export type DescribedConsumerGroup = ConsumerGroupDescribeResponse['groups'][number];
type DescribedAssignment = DescribedConsumerGroup['members'][number]['assignment'];

const OPERATIONS_NOT_ASKED_FOR = -(2 ** 31);
const MEMBER_TYPES = { classic: 0, consumer: 1 } as const;

export function describe(group: ConsumerGroup, world: ConsumerWorld): DescribedConsumerGroup {
  return {
    ...notDescribed(group.groupId, 0, null),
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: assignorOf(group, world),
    members: Array.from(group.members.values(), (member) => ({
      memberId: member.id,
      instanceId: member.instanceId,
      rackId: member.rackId,
      memberEpoch: member.epoch,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: [...member.topicNames],
      subscribedTopicRegex: member.topicRegex,
      assignment: named(heldBy(member), world.topics),
      targetAssignment: named(group.targetOf(member.id), world.topics),
      memberType: member.classic === null ? MEMBER_TYPES.consumer : MEMBER_TYPES.classic,
    })),
  };
}

export function describeMissing(groupId: string, isClassic: boolean): DescribedConsumerGroup {
  if (groupId === '') return notDescribed(groupId, ERRORS.INVALID_GROUP_ID[0], null);
  const what = isClassic ? `Group ${groupId} is not a consumer group.` : `Group ${groupId} not found.`;
  return notDescribed(groupId, ERRORS.GROUP_ID_NOT_FOUND[0], what);
}

export function notDescribed(
  groupId: string,
  errorCode: number,
  errorMessage: string | null,
): DescribedConsumerGroup {
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED_FOR,
  };
}

/** With what it has not given back yet: that is nobody else's so far. */
function heldBy({ assigned, revoking }: ConsumerMember): OwnedPartitions {
  if (revoking.size === 0) return assigned;
  const held = new Map(assigned);
  for (const [topicId, epochs] of revoking)
    held.set(topicId, new Map([...(held.get(topicId) ?? []), ...epochs]));
  return held;
}

/** Topics that are gone are left out: nobody could name them. */
function named(set: PartitionSet | OwnedPartitions, topics: TopicView): DescribedAssignment {
  const topicPartitions = listPartitions(set).flatMap(({ topicId, partitions }) => {
    const topic = topics.findById(topicId);
    return topic === undefined ? [] : [{ topicId, topicName: topic.name, partitions }];
  });
  return { topicPartitions };
}
