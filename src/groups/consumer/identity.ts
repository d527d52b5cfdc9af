/** Identity: the member that a request claims to come from, or why it is not that. */
import { KafkaError } from '../../protocol/index.ts';
import type { ConsumerGroup } from './group.ts';
import type { ConsumerMember } from './member.ts';

/** Throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID. */
export function requireMember(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
): ConsumerMember {
  if (instanceId !== null) return requireOccupant(group, instanceId, memberId);
  const member = group.members.get(memberId);
  if (member === undefined) throw unknownMember(memberId, group.groupId);
  return member;
}

function requireOccupant(group: ConsumerGroup, instanceId: string, memberId: string): ConsumerMember {
  const occupant = group.staticMember(instanceId);
  if (occupant === undefined)
    throw new KafkaError('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown.`);
  if (occupant.id !== memberId)
    throw new KafkaError(
      'FENCED_INSTANCE_ID',
      `Static member ${memberId} with instance id ${instanceId} was fenced by member ${occupant.id}.`,
    );
  return occupant;
}

export function unknownMember(memberId: string, groupId: string): KafkaError {
  return new KafkaError('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${groupId}.`);
}
