/**
 * Target assignment: what each member shall own in the present group epoch, computed for all at once and written down where
 * it differs from before. Members move towards it one by one (see reconcile.ts).
 *
 * Not more often than `consumer.assignment.interval.ms`: whoever comes meanwhile shares in the next one, for which a timer
 * is set.
 */
import { timerKey } from '../timer-key.ts';
import { ASSIGNORS, type AssignedMember, type AssignorName } from './assignors/index.ts';
import type { ConsumerWorld, Draft } from './draft.ts';
import type { ConsumerGroup } from './group.ts';
import { samePartitions } from './partitions.ts';
import { topicIdsOf } from './topics.ts';
import { targetEpochRecord, targetRecord } from './write.ts';

export function assignIfDue(draft: Draft): void {
  const { group, decision, world } = draft;
  if (group.assignmentEpoch >= group.epoch) return;
  const waitMs = waitMsFor(group, decision.now.wallMs, world);
  if (waitMs > 0) {
    decision.setTimer(timerKey('assign', group.groupId), decision.now.sessionMs + waitMs);
    return;
  }
  const { members, partitionCounts } = question(draft);
  const targets = ASSIGNORS[assignorOf(group, world)]({ members, partitionCounts });
  for (const { id } of members) {
    const target = targets.get(id) ?? new Map();
    if (!group.target.has(id) || !samePartitions(group.targetOf(id), target))
      draft.write(targetRecord(group.groupId, id, target));
  }
  draft.write(targetEpochRecord(group.groupId, group.epoch, decision.now.wallMs));
}

function waitMsFor(group: ConsumerGroup, wallMs: number, { settings }: ConsumerWorld): number {
  const { assignmentIntervalMs } = settings.consumerTerms(group.groupId);
  if (group.assignedAtMs === 0 || wallMs < group.assignedAtMs) return 0; // never yet, or a clock that was set back
  return group.assignedAtMs + assignmentIntervalMs - wallMs;
}

function question({ group, world }: Draft) {
  const partitionCounts = new Map<string, number>();
  const members: AssignedMember[] = [];
  for (const member of group.members.values()) {
    const topicIds = topicIdsOf(group, member, world.topics);
    for (const topicId of topicIds)
      if (!partitionCounts.has(topicId))
        partitionCounts.set(topicId, world.topics.findById(topicId)!.partitionCount);
    const { id, instanceId } = member;
    members.push({ id, instanceId, topicIds, current: group.targetOf(id) });
  }
  return { members, partitionCounts };
}

/** The one that most members ask for; the first of `group.consumer.assignors` when nobody does. */
export function assignorOf(group: ConsumerGroup, { settings }: ConsumerWorld): AssignorName {
  const votes = new Map<string, number>();
  for (const { assignor } of group.members.values())
    if (assignor !== null) votes.set(assignor, (votes.get(assignor) ?? 0) + 1);
  let best: string = settings.consumerAssignors[0]!;
  for (const [name, count] of votes) if (count > (votes.get(best) ?? 0)) best = name;
  return (best in ASSIGNORS ? best : settings.consumerAssignors[0]!) as AssignorName;
}
