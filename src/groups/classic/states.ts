/**
 * Group states of the classic protocol.
 *
 *             first join                 all here, or time is up         the leader's assignment is durable
 *   Empty --------------> PreparingRebalance ---------> CompletingRebalance ---------> Stable
 *     ^                     |    ^                              |                        |
 *     +-- nobody is left ---+    +---- join, leave, expiry -----+------------------------+
 *
 * Every state may end in Dead. A restart brings a group back as Empty or Stable: as its last record says.
 */
import { assert } from '../../base/index.ts';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export const GROUP_TRANSITIONS: Record<GroupState, readonly GroupState[]> = {
  Empty: ['PreparingRebalance', 'Dead'],
  PreparingRebalance: ['CompletingRebalance', 'Empty', 'Dead'],
  CompletingRebalance: ['Stable', 'PreparingRebalance', 'Dead'],
  Stable: ['PreparingRebalance', 'Dead'],
  Dead: [],
};

export function mayMove(from: GroupState, to: GroupState): boolean {
  return GROUP_TRANSITIONS[from].includes(to);
}

export function assertMove(from: GroupState, to: GroupState): void {
  assert(mayMove(from, to), () => `a group must not move from ${from} to ${to}`);
}
