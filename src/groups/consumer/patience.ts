/**
 * Patience: until when the coordinator waits for a member of a consumer group. In session time, never written down.
 *
 *   alive     the session: any heartbeat starts it anew
 *   revoke    partitions that were asked for must be given back, within the member's rebalance timeout
 *   rejoin    a classic client was told to join again, within its rebalance timeout
 *   collect   a classic client that joined must ask for its assignment (SyncGroup), within its rebalance timeout
 *
 * A timer may ring early or for something long gone: the deadlines decide, not the bell. So a heartbeat only moves a
 * deadline and touches no timer.
 */
import type { Decision } from '../decision.ts';
import { timerKey } from '../timer-key.ts';
import type { ConsumerGroup } from './group.ts';

export const PATIENCE_KINDS = ['alive', 'revoke', 'rejoin', 'collect'] as const;
export type PatienceKind = (typeof PATIENCE_KINDS)[number];

interface Deadline {
  atMs: number;
  /** When the timer rings next; infinite: none is set. */
  ringsAtMs: number;
}

export type Patience = Partial<Record<PatienceKind, Deadline>>;

export function waitFor(
  decision: Decision,
  group: ConsumerGroup,
  kind: PatienceKind,
  memberId: string,
  ms: number,
): void {
  let patience = group.patience.get(memberId);
  if (patience === undefined) group.patience.set(memberId, (patience = {}));
  const deadline = (patience[kind] ??= { atMs: 0, ringsAtMs: Number.POSITIVE_INFINITY });
  deadline.atMs = decision.now.sessionMs + ms;
  if (deadline.atMs >= deadline.ringsAtMs) return;
  deadline.ringsAtMs = deadline.atMs;
  decision.setTimer(timerKey(kind, group.groupId, memberId), deadline.atMs);
}

/** Like waitFor, but a wait that has begun goes on. */
export function waitOnceFor(
  decision: Decision,
  group: ConsumerGroup,
  kind: PatienceKind,
  memberId: string,
  ms: number,
): void {
  if (group.patience.get(memberId)?.[kind] === undefined) waitFor(decision, group, kind, memberId, ms);
}

export function stopWaitingFor(
  decision: Decision,
  group: ConsumerGroup,
  kind: PatienceKind,
  memberId: string,
): void {
  const patience = group.patience.get(memberId);
  if (patience?.[kind] === undefined) return;
  delete patience[kind];
  decision.cancelTimer(timerKey(kind, group.groupId, memberId));
}

export function forgetPatience(decision: Decision, group: ConsumerGroup, memberId: string): void {
  for (const kind of PATIENCE_KINDS) stopWaitingFor(decision, group, kind, memberId);
  group.patience.delete(memberId);
}

/** A timer rang: whether the member's time is really up. Sets the timer again when it is not. */
export function isTimeUp(
  decision: Decision,
  group: ConsumerGroup,
  kind: PatienceKind,
  memberId: string,
): boolean {
  const deadline = group.patience.get(memberId)?.[kind];
  if (deadline === undefined) return false;
  deadline.ringsAtMs = Number.POSITIVE_INFINITY;
  if (deadline.atMs <= decision.now.sessionMs) return true;
  deadline.ringsAtMs = deadline.atMs;
  decision.setTimer(timerKey(kind, group.groupId, memberId), deadline.atMs);
  return false;
}
