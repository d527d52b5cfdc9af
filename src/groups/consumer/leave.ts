/**
 * Leaving: members go (epoch -1), go for a while (-2, static ones), or are put out when their time is up.
 *
 * The group's epoch rises, and the others take over at their next heartbeat. When only clients of the classic protocol
 * remain, the group goes back to that protocol (see downgrade.ts).
 */
import type { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse } from '../../protocol/index.ts';
import type { Token } from '../decision.ts';
import { goodbye } from './answers.ts';
import { downgrade, mayDowngrade } from './downgrade.ts';
import type { Draft } from './draft.ts';
import { bumpIfNeeded } from './epoch.ts';
import { refreshExpressions } from './expressions.ts';
import { requireMember } from './identity.ts';
import { type ConsumerMember, LEAVING_FOR_A_WHILE_EPOCH } from './member.ts';
import { NO_PARTITIONS, type OwnedPartitions } from './partitions.ts';
import { forgetPatience } from './patience.ts';
import { currentRecord, memberTombstones } from './write.ts';

export function leave(
  draft: Draft,
  token: Token<ConsumerGroupHeartbeatResponse>,
  request: ConsumerGroupHeartbeatRequest,
): void {
  const { group, decision } = draft;
  const { memberId, memberEpoch, instanceId } = request;
  const member = requireMember(group, memberId, instanceId);
  if (memberEpoch === LEAVING_FOR_A_WHILE_EPOCH) leaveForAWhile(draft, member);
  else removeMembers(draft, [memberId]);
  draft.commit();
  decision.answer(token, goodbye(memberId, memberEpoch));
}

/** Keeps its partitions until its session ends: its epochs start anew, so that the newcomer's commits are taken. */
function leaveForAWhile(draft: Draft, member: ConsumerMember): void {
  draft.write(
    currentRecord(draft.group.groupId, {
      ...member,
      epoch: LEAVING_FOR_A_WHILE_EPOCH,
      assigned: atEpochZero(member.assigned),
      revoking: NO_PARTITIONS,
    }),
  );
}

function atEpochZero(owned: OwnedPartitions): OwnedPartitions {
  return new Map(
    Array.from(owned, ([topicId, epochs]) => [
      topicId,
      new Map(Array.from(epochs.keys(), (partition) => [partition, 0])),
    ]),
  );
}

/** Takes members out, with all that hangs on them. The caller commits. */
export function removeMembers(draft: Draft, memberIds: readonly string[]): void {
  const { decision } = draft;
  const { groupId } = draft.group;
  for (const memberId of memberIds) {
    forgetPatience(decision, draft.group, memberId);
    draft.write(...memberTombstones(groupId, memberId));
  }
  refreshExpressions(draft, { again: false });
  if (mayDowngrade(draft)) downgrade(draft);
  else bumpIfNeeded(draft, true);
}
