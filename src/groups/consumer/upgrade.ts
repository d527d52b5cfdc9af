/**
 * Upgrade: a member of the consumer protocol comes to a classic group, and the group becomes a consumer group.
 *
 * Members stay, with what they own, in the epoch that was their generation; those that wait for a join or a sync are told
 * that a rebalance is on, and join again, now as classic members of a consumer group (classic-members.ts).
 */
import { decodeAssignment, decodeSubscription, KafkaError, MalformedMessage } from '../../protocol/index.ts';
import { type ClassicGroup, type ClassicMember, refuseParked } from '../classic/index.ts';
import { CONSUMER_PROTOCOL_TYPE } from '../subscription.ts';
import type { TopicView } from '../topics.ts';
import type { Draft } from './draft.ts';
import type { ConsumerGroup } from './group.ts';
import { type ConsumerMember, newMember, sortedNames } from './member.ts';
import { ownAll, type PartitionSet } from './partitions.ts';
import { waitFor } from './patience.ts';
import { metadataHash } from './topics.ts';
import { currentRecord, epochRecord, memberRecord, targetEpochRecord, targetRecord } from './write.ts';

/** Throws GROUP_ID_NOT_FOUND when the group cannot change. Fills the draft, which is of an empty group. */
export function upgrade(draft: Draft, classic: ClassicGroup): void {
  const { world } = draft;
  const { groupId } = classic;
  const { migrationPolicy, consumerGroupSizeMax } = world.settings;
  if (migrationPolicy !== 'upgrade' && migrationPolicy !== 'bidirectional')
    throw cannot(groupId, 'online upgrade is disabled.');
  if (classic.protocolType !== CONSUMER_PROTOCOL_TYPE)
    throw cannot(groupId, 'the group does not use the consumer embedded protocol.');
  if (classic.members.size > consumerGroupSizeMax)
    throw cannot(groupId, 'the group size exceeds the consumer group maximum size.');
  const converted = convertAll(classic, world.topics);
  if (classic.recorded) draft.write({ type: 'groupMetadata', key: { group: groupId }, value: null });
  const { generation } = classic;
  draft.write(...converted.map(({ member }) => memberRecord(groupId, member)));
  const targets = converted.map(({ target }) => target);
  draft.write(
    epochRecord(
      groupId,
      generation,
      isShared(draft.group, targets, world.topics) ? metadataHash(draft.group, world.topics) : 0,
    ),
    ...converted.map(({ member, target }) => targetRecord(groupId, member.id, target)),
    targetEpochRecord(groupId, generation, 0),
    ...converted.map(({ member }) => currentRecord(groupId, member)),
  );
}

/** Once nothing can fail any more: tells those who wait, and starts the sessions of all. */
export function tellUpgraded({ decision, group }: Draft, classic: ClassicGroup): void {
  for (const member of classic.members.values()) {
    refuseParked(decision, member, 'REBALANCE_IN_PROGRESS');
    waitFor(decision, group, 'alive', member.id, member.terms.sessionTimeoutMs);
  }
}

/** Every partition that members read is somebody's: then the group need not share anew only because it is another kind now. */
function isShared(group: ConsumerGroup, targets: readonly PartitionSet[], topics: TopicView): boolean {
  for (const name of group.subscribedTopics()) {
    const topic = topics.find(name);
    const owned = targets.reduce((sum, target) => sum + (target.get(topic?.id ?? '')?.size ?? 0), 0);
    if (topic !== undefined && owned !== topic.partitionCount) return false;
  }
  return true;
}

function convertAll(classic: ClassicGroup, topics: TopicView) {
  try {
    return Array.from(classic.members.values(), (member) => convert(classic, member, topics));
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    throw cannot(classic.groupId, 'the embedded consumer protocol is malformed.');
  }
}

function convert(
  classic: ClassicGroup,
  member: ClassicMember,
  topics: TopicView,
): { member: ConsumerMember; target: PartitionSet } {
  const { protocols } = member.terms;
  const protocolName = classic.protocolName ?? protocols[0]!.name;
  const subscription = decodeSubscription(member.metadataOf(protocolName));
  const target = targetIn(classic, member.assignment, topics);
  const { groupInstanceId, clientId, clientHost } = member.identity;
  const { generation } = classic;
  return {
    target,
    member: {
      ...newMember(member.id),
      instanceId: groupInstanceId,
      rackId: subscription.rackId,
      clientId,
      clientHost,
      topicNames: sortedNames(subscription.topics),
      rebalanceTimeoutMs: member.terms.rebalanceTimeoutMs,
      classic: { sessionTimeoutMs: member.terms.sessionTimeoutMs, protocols },
      epoch: generation,
      previousEpoch: generation,
      assigned: ownAll(target, generation),
    },
  };
}

/** A member that joined and never synced has no bytes at all. */
function targetIn(classic: ClassicGroup, assignment: Buffer, topics: TopicView): PartitionSet {
  if (assignment.length === 0) return new Map();
  const { assignedPartitions, userData } = decodeAssignment(assignment);
  if (userData !== null && userData.length > 0)
    throw cannot(
      classic.groupId,
      'an unsupported custom assignor is in use. Please switch to a default assignor before the upgrade.',
    );
  const target = new Map<string, Set<number>>();
  for (const { topic, partitions } of assignedPartitions) {
    const found = topics.find(topic);
    if (found !== undefined && partitions.length > 0) target.set(found.id, new Set(partitions));
  }
  return target;
}

function cannot(groupId: string, reason: string): KafkaError {
  return new KafkaError(
    'GROUP_ID_NOT_FOUND',
    `Cannot upgrade classic group ${groupId} to consumer group because ${reason}`,
  );
}
