/**
 * Timers of classic groups, by key:
 *
 *   session   a member (or an id that was given out) is gone unless it shows life before its deadline
 *   join      the join phase ends without those who are missing
 *   sync      members that never asked for their assignment are removed
 *   settle    a rebalance that a decision owes begins
 *
 * A timer may ring early or for something long gone: the deadlines in the state decide, not the bell. So a heartbeat
 * only moves a deadline and touches no timer.
 */
import type { Decision } from '../decision.ts';
import { timerKey } from '../timer-key.ts';
import type { ClassicGroup } from './group.ts';
import type { ClassicMember } from './member.ts';

/** The member is alive: its session starts anew. */
export function refreshSession(decision: Decision, group: ClassicGroup, member: ClassicMember): void {
  watchUntil(decision, group, member, decision.now.sessionMs + member.terms.sessionTimeoutMs);
}

/** A parked request keeps a member alive; one that was never in a generation only for so long. */
export function suspendSession(
  decision: Decision,
  group: ClassicGroup,
  member: ClassicMember,
  newMemberJoinTimeoutMs: number,
): void {
  if (member.isNew) watchUntil(decision, group, member, decision.now.sessionMs + newMemberJoinTimeoutMs);
  else member.deadlineMs = Number.POSITIVE_INFINITY; // M2
}

export function watchUntil(
  decision: Decision,
  group: ClassicGroup,
  member: ClassicMember,
  deadlineMs: number,
): void {
  member.deadlineMs = deadlineMs;
  if (deadlineMs >= member.ringsAtMs) return;
  member.ringsAtMs = deadlineMs;
  decision.setTimer(timerKey('session', group.groupId, member.id), deadlineMs);
}

export function endSession(decision: Decision, group: ClassicGroup, memberId: string): void {
  decision.cancelTimer(timerKey('session', group.groupId, memberId));
}
