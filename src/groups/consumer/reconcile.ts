/**
 * Reconciliation: the next step of one member towards its target.
 *
 *   1  what it has and shall not have any more it must give back first; until it says so it stays in its epoch
 *   2  then it moves to the epoch of the target and gets what is free
 *   3  what others have not given back yet comes with a later heartbeat (C2)
 *
 * A member that changes its subscription loses the topics it left at once, even while the new target is not computed.
 */
import { KafkaError } from '../../protocol/index.ts';
import { type ConsumerMember, movedTo } from './member.ts';
import {
  claimsAny,
  isEmpty,
  type ListedPartitions,
  NO_PARTITIONS,
  type OwnedPartitions,
  type PartitionSet,
} from './partitions.ts';

export interface Surroundings {
  readonly target: PartitionSet;
  readonly targetEpoch: number;
  /** Topics that the member reads and that exist. */
  readonly topicIds: ReadonlySet<string>;
  readonly ownerOf: (topicId: string, partition: number) => string | undefined;
  /** What the member says it owns; null: it does not say. */
  readonly claimed: readonly ListedPartitions[] | null;
  readonly hasNewSubscription: boolean;
}

/** The member as it shall be: itself, when there is nothing to do. Throws FENCED_MEMBER_EPOCH. */
export function reconcile(member: ConsumerMember, around: Surroundings): ConsumerMember {
  switch (member.state) {
    case 'stable':
      if (member.epoch !== around.targetEpoch) return step(member, around);
      return around.hasNewSubscription ? withoutLeftTopics(member, around) : member;
    case 'unrevoked':
      if (!claimsAny(around.claimed, member.revoking)) return step(member, around);
      return around.hasNewSubscription ? withoutLeftTopics(member, around) : member;
    case 'unreleased':
      return step(member, around);
    case 'unknown':
      if (around.claimed === null || around.claimed.length > 0)
        throw new KafkaError(
          'FENCED_MEMBER_EPOCH',
          'The member is in a state that this broker does not know. It must give up its partitions and join again.',
        );
      return step(movedTo(member, around.targetEpoch), around);
  }
}

/** Topics that the member does not read any more go first, before anybody computes who gets them. */
function withoutLeftTopics(member: ConsumerMember, { topicIds, claimed }: Surroundings): ConsumerMember {
  const left = [...member.assigned].filter(([topicId]) => !topicIds.has(topicId));
  if (left.length === 0) return member;
  const assigned = new Map([...member.assigned].filter(([topicId]) => topicIds.has(topicId)));
  const revoking = new Map(member.revoking);
  for (const [topicId, partitions] of left)
    revoking.set(topicId, new Map([...(revoking.get(topicId) ?? []), ...partitions]));
  if (claimsAny(claimed, revoking)) return { ...member, state: 'unrevoked', assigned, revoking };
  return { ...member, assigned };
}

function step(member: ConsumerMember, around: Surroundings): ConsumerMember {
  const { target, targetEpoch, topicIds, claimed } = around;
  const shall = (topicId: string, partition: number) =>
    topicIds.has(topicId) && target.get(topicId)?.has(partition) === true;
  const kept = filter(member.assigned, shall);
  const revoking = filter(member.assigned, (topicId, partition) => !shall(topicId, partition));
  if (!isEmpty(revoking) && claimsAny(claimed, revoking))
    return { ...member, state: 'unrevoked', assigned: kept, revoking };
  const { assigned, isWaiting } = withFree(member, kept, around);
  const moved = movedTo(member, targetEpoch);
  return { ...moved, state: isWaiting ? 'unreleased' : 'stable', assigned, revoking: NO_PARTITIONS };
}

function withFree(
  member: ConsumerMember,
  kept: OwnedPartitions,
  { target, targetEpoch, topicIds, ownerOf }: Surroundings,
): { assigned: OwnedPartitions; isWaiting: boolean } {
  const assigned = new Map(Array.from(kept, ([topicId, epochs]) => [topicId, new Map(epochs)]));
  let isWaiting = false;
  for (const [topicId, partitions] of target) {
    if (!topicIds.has(topicId)) continue;
    for (const partition of partitions) {
      if (kept.get(topicId)?.has(partition)) continue;
      const owner = ownerOf(topicId, partition);
      if (owner !== undefined && owner !== member.id) {
        isWaiting = true;
        continue;
      }
      let epochs = assigned.get(topicId);
      if (epochs === undefined) assigned.set(topicId, (epochs = new Map()));
      epochs.set(partition, targetEpoch);
    }
  }
  return { assigned, isWaiting };
}

function filter(
  owned: OwnedPartitions,
  wanted: (topicId: string, partition: number) => boolean,
): OwnedPartitions {
  const result = new Map<string, Map<number, number>>();
  for (const [topicId, epochs] of owned) {
    const some = [...epochs].filter(([partition]) => wanted(topicId, partition));
    if (some.length > 0) result.set(topicId, new Map(some));
  }
  return result;
}
