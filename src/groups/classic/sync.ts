/**
 * SyncGroup: v0-v5. Members ask for their assignment; the leader brings everybody's with its own question.
 *
 * Followers are parked until then. The assignments are written as one record, and replaying it makes the group stable;
 * the answers leave when it is durable, so nobody works in a generation that a crash could take back.
 */
import { ownCopy } from '../../base/index.ts';
import {
  ERRORS,
  errorCode,
  KafkaError,
  type SyncGroupRequest,
  type SyncGroupResponse,
} from '../../protocol/index.ts';
import type { Decision, Token } from '../decision.ts';
import { notSynced, synced } from './answers.ts';
import type { ClassicGroup } from './group.ts';
import { type ClassicMember, NOTHING } from './member.ts';
import { stopAwaitingSync } from './rebalance.ts';
import { groupMetadataRecord } from './record.ts';
import { refreshSession, suspendSession } from './timers.ts';

export function sync(
  decision: Decision,
  group: ClassicGroup,
  token: Token<SyncGroupResponse>,
  request: SyncGroupRequest,
): void {
  try {
    const member = checkSync(group, request);
    if (group.state === 'CompletingRebalance') {
      park(decision, group, member, token);
      if (group.isLeader(member.id)) assignAll(decision, group, request);
    } else {
      stopAwaitingSync(decision, group, member.id);
      decision.answer(token, synced(group, member.assignment));
      refreshSession(decision, group, member);
    }
  } catch (error) {
    decision.answer(token, notSynced(errorCode(error)));
  }
}

function checkSync(group: ClassicGroup, request: SyncGroupRequest): ClassicMember {
  const member = group.requireMember(request.memberId, request.groupInstanceId);
  group.requireGeneration(request.generationId);
  const { protocolType, protocolName } = request;
  if (
    (protocolType !== null && protocolType !== group.protocolType) ||
    (protocolName !== null && protocolName !== group.protocolName)
  )
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL');
  if (group.state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
  return member;
}

function park(
  decision: Decision,
  group: ClassicGroup,
  member: ClassicMember,
  token: Token<SyncGroupResponse>,
): void {
  if (member.sync !== undefined) decision.answer(member.sync, notSynced(ERRORS.REBALANCE_IN_PROGRESS[0])); // M1
  member.sync = token;
  suspendSession(decision, group, member, 0);
  stopAwaitingSync(decision, group, member.id);
}

function assignAll(decision: Decision, group: ClassicGroup, request: SyncGroupRequest): void {
  const given = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]));
  const assignments = new Map<string, Buffer>();
  for (const memberId of group.members.keys())
    assignments.set(memberId, ownCopy(given.get(memberId) ?? NOTHING)); // a copy: the request's buffer goes
  decision.write(groupMetadataRecord(group, { assignments, sinceMs: decision.now.wallMs }));
  for (const member of group.members.values()) {
    if (member.sync === undefined) continue;
    decision.answer(member.sync, synced(group, assignments.get(member.id)!));
    member.sync = undefined;
    refreshSession(decision, group, member);
  }
}
