/**
 * Static replacement (KIP-345): a process came back under its instance id, without the member id of its former life.
 *
 * The former member is fenced at once. In a stable group the newcomer takes over its assignment without a rebalance,
 * unless the group would now speak another protocol or the newcomer reads other topics; the new id is written down
 * before the answer leaves. v9 tells a returning leader to skip the assignment (KIP-814); older versions are told
 * the old leader's id, so that nobody computes one.
 */
import { ERRORS, type JoinGroupResponse } from '../../protocol/index.ts';
import type { Decision } from '../decision.ts';
import type { GroupSettings } from '../settings.ts';
import { CONSUMER_PROTOCOL_TYPE, subscribedTopicsIn } from '../subscription.ts';
import { joined, notJoined, notSynced } from './answers.ts';
import type { ClassicGroup } from './group.ts';
import type { JoinAttempt } from './join.ts';
import { ClassicMember } from './member.ts';
import { rebalance } from './rebalance.ts';
import { groupMetadataRecord } from './record.ts';
import { termsIn } from './terms.ts';
import { endSession, refreshSession, suspendSession } from './timers.ts';

const FIRST_VERSION_WITH_SKIP_ASSIGNMENT = 9;

export interface StaticReturn extends JoinAttempt {
  readonly oldMemberId: string;
  readonly memberId: string;
}

export function replaceStaticMember(
  decision: Decision,
  group: ClassicGroup,
  attempt: StaticReturn,
  settings: GroupSettings,
): void {
  const { token } = attempt;
  const formerLeader = group.leaderId ?? '';
  const former = group.members.get(attempt.oldMemberId)!;
  const topics = topicsOf(group, former);
  const member = takePlace(decision, group, former, attempt);
  if (
    group.state === 'Stable' &&
    group.electProtocol() === group.protocolName &&
    topicsOf(group, member) === topics
  ) {
    decision.write(groupMetadataRecord(group));
    decision.answer(token, answerWithoutRebalance(group, member, attempt, formerLeader));
    refreshSession(decision, group, member);
    return;
  }
  member.join = token;
  suspendSession(decision, group, member, settings.newMemberJoinTimeoutMs);
  rebalance(decision, group, settings);
}

function takePlace(
  decision: Decision,
  group: ClassicGroup,
  former: ClassicMember,
  { memberId, request, context }: StaticReturn,
): ClassicMember {
  const { groupInstanceId } = former.identity;
  const fenced = ERRORS.FENCED_INSTANCE_ID[0];
  if (former.join !== undefined) decision.answer(former.join, notJoined(former.id, fenced));
  if (former.sync !== undefined) decision.answer(former.sync, notSynced(fenced));
  const wasLeader = group.isLeader(former.id);
  const owedSync = group.pendingSyncs.has(former.id);
  group.remove(former.id);
  endSession(decision, group, former.id);
  const { clientId, clientHost } = context;
  const member = new ClassicMember({ memberId, groupInstanceId, clientId, clientHost }, termsIn(request));
  member.assignment = former.assignment;
  group.add(member, request.protocolType);
  if (wasLeader) group.leaderId = memberId;
  if (owedSync) group.pendingSyncs.add(memberId);
  return member;
}

function answerWithoutRebalance(
  group: ClassicGroup,
  member: ClassicMember,
  { context }: StaticReturn,
  formerLeader: string,
): JoinGroupResponse {
  if (context.version < FIRST_VERSION_WITH_SKIP_ASSIGNMENT)
    return joined(group, member, { leader: formerLeader, members: false });
  return joined(group, member, { skipAssignment: group.isLeader(member.id) });
}

/** What the member reads, as one comparable word. Unknown protocols say nothing: they count as unchanged. */
function topicsOf(group: ClassicGroup, member: ClassicMember): string {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return '';
  return JSON.stringify(subscribedTopicsIn(member.metadataOf(group.protocolName))?.sort() ?? null);
}
