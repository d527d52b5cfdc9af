/**
 * Downgrade: the last member of the consumer protocol is gone, classic clients remain: the group becomes a classic one.
 *
 * Its generation is the group epoch, so members that were up to date stay in it, each with its target as assignment. The
 * record says that nobody knows since when it is stable (-1): the group owes a rebalance, also after a restart, because the
 * partitions of whoever left belong to nobody yet (C5).
 */
import { encodeAssignment } from '../../protocol/index.ts';
import type { GroupRecord, MemberMetadata } from '../records.ts';
import { CONSUMER_PROTOCOL_TYPE } from '../subscription.ts';
import { timerKey } from '../timer-key.ts';
import type { TopicView } from '../topics.ts';
import type { ConsumerWorld, Draft } from './draft.ts';
import type { ConsumerGroup } from './group.ts';
import type { ConsumerMember } from './member.ts';
import { listPartitions, type PartitionSet } from './partitions.ts';
import { groupTombstones } from './write.ts';

export function mayDowngrade({ group, world }: { group: ConsumerGroup; world: ConsumerWorld }): boolean {
  const { migrationPolicy, groupSizeMax } = world.settings;
  const isAllowed = migrationPolicy === 'downgrade' || migrationPolicy === 'bidirectional';
  return isAllowed && group.usesClassicOnly && group.members.size <= groupSizeMax;
}

export function downgrade(draft: Draft): void {
  const { group, decision, world } = draft;
  const record = classicRecord(group, world.topics);
  draft.write(...groupTombstones(group), record);
  decision.setTimer(timerKey('settle', group.groupId), decision.now.sessionMs);
}

function classicRecord(group: ConsumerGroup, topics: TopicView): GroupRecord {
  const members = [...group.members.values()];
  const protocol = commonProtocol(members);
  return {
    type: 'groupMetadata',
    key: { group: group.groupId },
    value: {
      protocolType: CONSUMER_PROTOCOL_TYPE,
      generation: group.epoch,
      protocol,
      leader: members[0]!.id,
      currentStateTimestamp: -1,
      members: members.map((member): MemberMetadata => {
        const { metadata } = member.classic!.protocols.find(({ name }) => name === protocol)!;
        return {
          memberId: member.id,
          groupInstanceId: member.instanceId,
          clientId: member.clientId,
          clientHost: member.clientHost,
          rebalanceTimeout: member.rebalanceTimeoutMs,
          sessionTimeout: member.classic!.sessionTimeoutMs,
          subscription: metadata,
          assignment: encodedAssignment(group.targetOf(member.id), metadata, topics),
        };
      }),
    },
  };
}

/** Members were let in only with a protocol that all others speak too. */
function commonProtocol(members: readonly ConsumerMember[]): string {
  const [first, ...others] = members.map((member) => member.classic!.protocols.map(({ name }) => name));
  return first!.find((name) => others.every((names) => names.includes(name)))!;
}

/** In the version in which the member sent its own metadata. */
export function encodedAssignment(
  owned: PartitionSet | ConsumerMember['assigned'],
  metadata: Buffer,
  topics: TopicView,
): Buffer {
  const assignedPartitions = listPartitions(owned).flatMap(({ topicId, partitions }) => {
    const topic = topics.findById(topicId);
    return topic === undefined ? [] : [{ topic: topic.name, partitions }];
  });
  const version = Math.min(Math.max(metadata.readInt16BE(0), 0), ASSIGNMENT_VERSION_MAX);
  return encodeAssignment({ assignedPartitions, userData: null }, version);
}

const ASSIGNMENT_VERSION_MAX = 3;
