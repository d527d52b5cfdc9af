/**
 * Static replacement: a process came back under its instance id with another member id. The target moves to the newcomer
 * without a rebalance, and so do the partitions: it joins in epoch 0 and is reconciled at once.
 *
 * A former member that speaks the consumer protocol must have left for a while (epoch -2) first, or its session must end:
 * until then its instance id is not released. One that speaks the classic protocol is fenced. The caller forgets the
 * patience with the former member once the draft is committed.
 */
import { KafkaError } from '../../protocol/index.ts';
import type { Draft } from './draft.ts';
import { type ConsumerMember, JOINING_EPOCH, LEAVING_FOR_A_WHILE_EPOCH } from './member.ts';
import { currentRecord, memberRecord, memberTombstones, targetRecord } from './write.ts';

export function replaceStatic(
  draft: Draft,
  former: ConsumerMember,
  memberId: string,
  { speaksClassic }: { speaksClassic: boolean },
): ConsumerMember {
  const { group } = draft;
  const { groupId } = group;
  const isReleased = former.epoch === LEAVING_FOR_A_WHILE_EPOCH;
  if (!speaksClassic && former.classic === null && !isReleased)
    throw new KafkaError(
      'UNRELEASED_INSTANCE_ID',
      `Static member ${memberId} with instance id ${former.instanceId} cannot join the group because the instance id is ` +
        `still in use by member ${former.id}.`,
    );
  const target = group.targetOf(former.id);
  const member: ConsumerMember = {
    ...former,
    id: memberId,
    epoch: JOINING_EPOCH,
    previousEpoch: JOINING_EPOCH,
  };
  draft.write(
    ...memberTombstones(groupId, former.id),
    memberRecord(groupId, member),
    targetRecord(groupId, memberId, target),
    currentRecord(groupId, member),
  );
  return member;
}
