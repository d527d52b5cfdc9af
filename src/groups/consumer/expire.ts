/** Expiry: what happens when a timer of a consumer group rings. Early and outdated bells change nothing. */
import type { Decision } from '../decision.ts';
import type { TimerKind } from '../timer-key.ts';
import { downgrade, mayDowngrade } from './downgrade.ts';
import { type ConsumerWorld, Draft } from './draft.ts';
import type { ConsumerGroup } from './group.ts';
import { removeMembers } from './leave.ts';
import { assignIfDue } from './target.ts';
import { isTimeUp, PATIENCE_KINDS, type PatienceKind, waitFor } from './patience.ts';

export function fireTimer(
  decision: Decision,
  group: ConsumerGroup,
  kind: TimerKind,
  memberId: string,
  world: ConsumerWorld,
): void {
  const draft = new Draft(decision, group, world);
  if (kind === 'downgrade') {
    if (mayDowngrade(draft)) downgrade(draft);
  } else if (kind === 'assign') {
    if (group.members.size > 0) assignIfDue(draft);
  } else if (isPatience(kind) && isTimeUp(decision, group, kind, memberId)) {
    if (!group.members.has(memberId)) group.patience.delete(memberId);
    else removeMembers(draft, [memberId]);
  }
  draft.commit();
}

function isPatience(kind: TimerKind): kind is PatienceKind {
  return (PATIENCE_KINDS as readonly string[]).includes(kind);
}

/** After a load: every member gets a whole session, and those that must give partitions back their whole time. */
export function resume(decision: Decision, group: ConsumerGroup, { settings }: ConsumerWorld): void {
  const { sessionTimeoutMs } = settings.consumerTerms(group.groupId);
  for (const member of group.members.values()) {
    waitFor(decision, group, 'alive', member.id, member.classic?.sessionTimeoutMs ?? sessionTimeoutMs);
    if (member.classic === null && member.state === 'unrevoked')
      waitFor(decision, group, 'revoke', member.id, member.rebalanceTimeoutMs);
  }
}
