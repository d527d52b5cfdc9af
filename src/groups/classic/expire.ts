/** Expiry: what happens when a timer of a classic group rings. Early and outdated bells change nothing. */
import type { Decision } from '../decision.ts';
import type { GroupSettings } from '../settings.ts';
import type { ClassicGroup } from './group.ts';
import { dropMember, finishJoinIfComplete, onJoinTimer, onSyncTimer, rebalance } from './rebalance.ts';
import { type TimerKind, timerKey } from '../timer-key.ts';
import { refreshSession, watchUntil } from './timers.ts';

export function fireTimer(
  decision: Decision,
  group: ClassicGroup,
  kind: TimerKind,
  memberId: string,
  settings: GroupSettings,
): void {
  if (kind === 'join') onJoinTimer(decision, group);
  else if (kind === 'sync') onSyncTimer(decision, group, settings);
  else if (kind === 'settle') resume(decision, group, settings);
  else if (kind !== 'session') return;
  else if (group.pendingJoins.has(memberId)) expirePending(decision, group, memberId);
  else expireMember(decision, group, memberId, settings);
}

function expirePending(decision: Decision, group: ClassicGroup, memberId: string): void {
  const deadlineMs = group.pendingJoins.get(memberId)!;
  if (deadlineMs > decision.now.sessionMs) {
    decision.setTimer(timerKey('session', group.groupId, memberId), deadlineMs);
    return;
  }
  group.remove(memberId);
  finishJoinIfComplete(decision, group);
}

function expireMember(
  decision: Decision,
  group: ClassicGroup,
  memberId: string,
  settings: GroupSettings,
): void {
  const member = group.members.get(memberId);
  if (member === undefined) return;
  const { deadlineMs } = member;
  member.ringsAtMs = Number.POSITIVE_INFINITY;
  if (deadlineMs > decision.now.sessionMs) {
    if (deadlineMs !== Number.POSITIVE_INFINITY) watchUntil(decision, group, member, deadlineMs);
    return;
  }
  dropMember(decision, group, memberId);
  rebalance(decision, group, settings);
}

/**
 * After a load, and after a consumer group became this one: every member gets a whole session to be heard of (its heartbeats
 * need no new join). A stable group without a date owes a rebalance, and so does one that is larger than it may be.
 */
export function resume(decision: Decision, group: ClassicGroup, settings: GroupSettings): void {
  group.restored = group.members.size > 0;
  for (const member of group.members.values()) refreshSession(decision, group, member);
  const owesRebalance = group.stateSinceMs === -1 || group.members.size > settings.groupSizeMax;
  if (group.state === 'Stable' && owesRebalance) rebalance(decision, group, settings);
}
