/**
 * Keys of timers: what rings, in which group, for whom.
 *
 *   classic group    session · join · sync · settle (carry on with a rebalance that an earlier decision owes)
 *   consumer group   alive · revoke · rejoin · collect (see consumer/patience.ts) · assign · downgrade
 */
export type TimerKind =
  | 'session'
  | 'join'
  | 'sync'
  | 'settle'
  | 'alive'
  | 'revoke'
  | 'rejoin'
  | 'collect'
  | 'assign'
  | 'downgrade';

export function timerKey(kind: TimerKind, groupId: string, memberId = ''): string {
  return JSON.stringify([kind, groupId, memberId]);
}

export function parseTimerKey(key: string): readonly [kind: TimerKind, groupId: string, memberId: string] {
  return JSON.parse(key) as [TimerKind, string, string];
}
