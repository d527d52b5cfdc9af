/**
 * JoinGroup: v0-v9. A member enters, or comes back, or wants everybody to share anew.
 *
 *   no member id, dynamic   v4+: gets an id and must ask again (KIP-394), so that a lost answer leaves no ghost; before: is in
 *   no member id, static    takes the place of the member with its instance id, if there is one (see replace.ts)
 *   known member id         in Stable and CompletingRebalance a follower that says nothing new learns the generation;
 *                           all else starts a rebalance. The leader may always start one (topics changed, say)
 *
 * After a restart of the broker even a follower with nothing new starts a rebalance: it was told to join by one
 * that the restart cut off, and others may have left in it without a trace.
 */
import {
  ERRORS,
  errorCode,
  type JoinGroupRequest,
  type JoinGroupResponse,
  KafkaError,
} from '../../protocol/index.ts';
import type { Decision, Token } from '../decision.ts';
import type { GroupSettings } from '../settings.ts';
import { timerKey } from '../timer-key.ts';
import { joined, notJoined } from './answers.ts';
import type { ClassicGroup } from './group.ts';
import { ClassicMember } from './member.ts';
import { dropMember, finishJoinIfComplete, rebalance } from './rebalance.ts';
import { replaceStaticMember } from './replace.ts';
import { termsIn } from './terms.ts';
import { suspendSession } from './timers.ts';

/** Who asks, in which version, and an id nobody has had (with dashes) in case one is needed. */
export interface JoinContext {
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly uuid: string;
}

export interface JoinAttempt {
  readonly token: Token<JoinGroupResponse>;
  readonly request: JoinGroupRequest;
  readonly context: JoinContext;
}

/** New members are given an id first (KIP-394). */
export const NEW_IDS_SINCE = 4;

export function checkJoin(request: JoinGroupRequest, settings: GroupSettings): void {
  if (request.groupId === '') throw new KafkaError('INVALID_GROUP_ID');
  const { sessionTimeoutMs } = request;
  if (sessionTimeoutMs < settings.sessionTimeoutMinMs || sessionTimeoutMs > settings.sessionTimeoutMaxMs)
    throw new KafkaError('INVALID_SESSION_TIMEOUT');
}

export function join(
  decision: Decision,
  group: ClassicGroup,
  attempt: JoinAttempt,
  settings: GroupSettings,
): void {
  const { request, token } = attempt;
  try {
    if (!hasRoomFor(group, request.memberId, settings)) {
      dropMember(decision, group, request.memberId);
      decision.answer(token, notJoined('', ERRORS.GROUP_MAX_SIZE_REACHED[0]));
      finishJoinIfComplete(decision, group);
      return;
    }
    if (!group.accepts(request.protocolType, request.protocols))
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL');
    if (request.memberId === '') joinAsNew(decision, group, attempt, settings);
    else joinAsKnown(decision, group, attempt, settings);
  } catch (error) {
    decision.answer(token, notJoined(request.memberId, errorCode(error)));
  }
}

/** While a rebalance gathers, places go to those who are back first: so an over-full group shrinks. */
function hasRoomFor(group: ClassicGroup, memberId: string, { groupSizeMax }: GroupSettings): boolean {
  const member = group.members.get(memberId);
  if (group.state === 'Empty') return true;
  if (group.state === 'PreparingRebalance')
    return member?.join !== undefined || group.awaitingJoinCount < groupSizeMax;
  return member !== undefined || group.members.size < groupSizeMax;
}

function joinAsNew(
  decision: Decision,
  group: ClassicGroup,
  attempt: JoinAttempt,
  settings: GroupSettings,
): void {
  const { request, context, token } = attempt;
  const instance = request.groupInstanceId;
  const memberId = `${instance ?? context.clientId}-${context.uuid}`;
  const occupant = instance === null ? undefined : group.instances.get(instance);
  if (occupant !== undefined) {
    replaceStaticMember(decision, group, { ...attempt, oldMemberId: occupant, memberId }, settings);
  } else if (instance === null && context.version >= NEW_IDS_SINCE) {
    const deadlineMs = decision.now.sessionMs + request.sessionTimeoutMs;
    group.pendingJoins.set(memberId, deadlineMs);
    decision.setTimer(timerKey('session', group.groupId, memberId), deadlineMs);
    decision.answer(token, notJoined(memberId, ERRORS.MEMBER_ID_REQUIRED[0]));
  } else admit(decision, group, attempt, memberId, settings);
}

function joinAsKnown(
  decision: Decision,
  group: ClassicGroup,
  attempt: JoinAttempt,
  settings: GroupSettings,
): void {
  const { request, token } = attempt;
  const { memberId, groupInstanceId } = request;
  if (group.pendingJoins.has(memberId)) {
    if (groupInstanceId !== null) throw new KafkaError('UNKNOWN_MEMBER_ID'); // such ids are for dynamic members
    admit(decision, group, attempt, memberId, settings);
    return;
  }
  const member = group.requireMember(memberId, groupInstanceId);
  if (hasNothingNew(group, member, request)) {
    decision.answer(token, joined(group, member));
    return;
  }
  if (member.join !== undefined)
    decision.answer(member.join, notJoined(memberId, ERRORS.REBALANCE_IN_PROGRESS[0]));
  member.join = token;
  member.terms = termsIn(request);
  suspendSession(decision, group, member, settings.newMemberJoinTimeoutMs);
  rebalance(decision, group, settings);
}

function hasNothingNew(group: ClassicGroup, member: ClassicMember, request: JoinGroupRequest): boolean {
  if (!member.matches(request.protocols) || group.restored) return false;
  if (group.state === 'CompletingRebalance') return true;
  return group.state === 'Stable' && !group.isLeader(member.id);
}

function admit(
  decision: Decision,
  group: ClassicGroup,
  { request, context, token }: JoinAttempt,
  memberId: string,
  settings: GroupSettings,
): void {
  const { clientId, clientHost } = context;
  const { groupInstanceId } = request;
  const member = new ClassicMember({ memberId, groupInstanceId, clientId, clientHost }, termsIn(request));
  member.isNew = true;
  member.join = token;
  if (group.gathering !== undefined) group.gathering.newcomer = true;
  group.add(member, request.protocolType);
  suspendSession(decision, group, member, settings.newMemberJoinTimeoutMs);
  rebalance(decision, group, settings);
}
