/**
 * LeaveGroup: v0-v5. Members go, or an administrator sends them away.
 *
 * v3 names any number of members, each with its own error; a static one may be named by its instance id alone
 * (KIP-345). Below v3 there is one member, and its error is the answer's.
 */
import {
  ERRORS,
  errorCode,
  KafkaError,
  type LeaveGroupRequest,
  type LeaveGroupResponse,
} from '../../protocol/index.ts';
import type { Decision, Token } from '../decision.ts';
import type { GroupSettings } from '../settings.ts';
import { left } from './answers.ts';
import type { ClassicGroup } from './group.ts';
import { dropMember, finishJoinIfComplete, rebalance } from './rebalance.ts';
import { endSession } from './timers.ts';

export type LeaveAnswer = LeaveGroupResponse['members'][number];
const FIRST_VERSION_WITH_BATCHES = 3;

/** The members that a request names, in one shape for all versions. */
export function leavingMembers(
  request: LeaveGroupRequest,
  version: number,
): { memberId: string; groupInstanceId: string | null }[] {
  if (version >= FIRST_VERSION_WITH_BATCHES) return request.members;
  return [{ memberId: request.memberId, groupInstanceId: null }];
}

export function leave(
  decision: Decision,
  group: ClassicGroup,
  token: Token<LeaveGroupResponse>,
  { request, version }: { request: LeaveGroupRequest; version: number },
  settings: GroupSettings,
): void {
  const before = { members: group.members.size, pending: group.pendingJoins.size };
  const answers = leavingMembers(request, version).map(({ memberId, groupInstanceId }): LeaveAnswer => {
    try {
      leaveOne(decision, group, memberId, groupInstanceId);
      return { memberId, groupInstanceId, errorCode: 0 };
    } catch (error) {
      return { memberId, groupInstanceId, errorCode: errorCode(error) };
    }
  });
  decision.answer(token, leaveAnswer(version, answers));
  if (group.members.size < before.members) rebalance(decision, group, settings);
  else if (group.pendingJoins.size < before.pending) finishJoinIfComplete(decision, group);
}

/** The answer when there is no such group. */
export function leftNothing(request: LeaveGroupRequest, version: number): LeaveGroupResponse {
  const [errorCode] = ERRORS.UNKNOWN_MEMBER_ID;
  const members = leavingMembers(request, version);
  return leaveAnswer(
    version,
    members.map(({ memberId, groupInstanceId }) => ({ memberId, groupInstanceId, errorCode })),
  );
}

export function leaveAnswer(version: number, members: LeaveAnswer[]): LeaveGroupResponse {
  if (version >= FIRST_VERSION_WITH_BATCHES) return left(0, members);
  return left(members[0]!.errorCode, []);
}

function leaveOne(
  decision: Decision,
  group: ClassicGroup,
  memberId: string,
  groupInstanceId: string | null,
): void {
  if (group.pendingJoins.has(memberId)) {
    group.remove(memberId);
    endSession(decision, group, memberId);
    return;
  }
  if (memberId !== '') {
    dropMember(decision, group, group.requireMember(memberId, groupInstanceId).id);
    return;
  }
  const occupant = groupInstanceId === null ? undefined : group.instances.get(groupInstanceId);
  if (occupant === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID');
  dropMember(decision, group, occupant);
}
