/**
 * Rebalance: from "somebody came, went or changed" to a new generation.
 *
 *   prepare     call everybody back: parked syncs are refused, heartbeats say REBALANCE_IN_PROGRESS
 *   finishJoin  close the doors: those who are missing are out, a leader and a protocol are chosen, all learn of it
 *   (sync.ts)   the leader's assignment makes the generation stable
 *
 * An empty group waits for company first (group.initial.rebalance.delay.ms); each newcomer prolongs that, up to the
 * rebalance timeout. A static member that is missing stays: only its session ends its membership (KIP-345).
 */
import { ERRORS, type ErrorName } from '../../protocol/index.ts';
import type { Decision } from '../decision.ts';
import type { GroupSettings } from '../settings.ts';
import { timerKey } from '../timer-key.ts';
import { joined, notJoined, notSynced } from './answers.ts';
import type { ClassicGroup } from './group.ts';
import { type ClassicMember, NOTHING } from './member.ts';
import { groupMetadataRecord } from './record.ts';
import { mayMove } from './states.ts';
import { endSession, refreshSession } from './timers.ts';

/** Somebody wants a rebalance: start one, or if one gathers already, see whether all are here now. */
export function rebalance(decision: Decision, group: ClassicGroup, settings: GroupSettings): void {
  if (mayMove(group.state, 'PreparingRebalance')) prepare(decision, group, settings);
  else finishJoinIfComplete(decision, group);
}

/** Somebody that was waited for came or is gone for good. */
export function finishJoinIfComplete(decision: Decision, group: ClassicGroup): void {
  const waiting = group.state === 'PreparingRebalance' && group.gathering === undefined;
  if (waiting && group.allHaveJoined) finishJoin(decision, group);
}

function prepare(decision: Decision, group: ClassicGroup, settings: GroupSettings): void {
  for (const member of group.members.values()) {
    refuseSync(decision, group, member, ERRORS.REBALANCE_IN_PROGRESS[0]);
    if (group.state === 'CompletingRebalance') member.assignment = NOTHING; // of a generation that is over
  }
  stopAwaitingSyncs(decision, group);
  const first = group.state === 'Empty';
  group.moveTo('PreparingRebalance', decision.now.wallMs);
  if (first && settings.initialRebalanceDelayMs > 0) {
    const delayMs = settings.initialRebalanceDelayMs;
    const remainingMs = Math.max(group.rebalanceTimeoutMs - delayMs, 0);
    group.gathering = { delayMs, remainingMs, newcomer: false };
    awaitJoins(decision, group, delayMs);
  } else if (first || group.allHaveJoined) finishJoin(decision, group);
  else awaitJoins(decision, group, group.rebalanceTimeoutMs);
}

function awaitJoins(decision: Decision, group: ClassicGroup, ms: number): void {
  group.joinDeadlineMs = decision.now.sessionMs + ms;
  decision.setTimer(timerKey('join', group.groupId), group.joinDeadlineMs);
}

/** The join timer rang. */
export function onJoinTimer(decision: Decision, group: ClassicGroup): void {
  const { gathering, joinDeadlineMs } = group;
  if (group.state !== 'PreparingRebalance' || joinDeadlineMs === undefined) return;
  if (joinDeadlineMs > decision.now.sessionMs)
    decision.setTimer(timerKey('join', group.groupId), joinDeadlineMs);
  else if (gathering?.newcomer && gathering.remainingMs > 0) {
    const delayMs = Math.min(gathering.delayMs, gathering.remainingMs);
    group.gathering = {
      delayMs: gathering.delayMs,
      remainingMs: gathering.remainingMs - delayMs,
      newcomer: false,
    };
    awaitJoins(decision, group, delayMs);
  } else finishJoin(decision, group);
}

function finishJoin(decision: Decision, group: ClassicGroup): void {
  group.gathering = undefined;
  group.joinDeadlineMs = undefined;
  decision.cancelTimer(timerKey('join', group.groupId));
  for (const member of group.members.values())
    if (member.join === undefined && !member.isStatic) dropMember(decision, group, member.id);
  if (group.members.size > 0 && !findLeader(group)) {
    awaitJoins(decision, group, group.rebalanceTimeoutMs); // only silent static members: wait for a voice or their end
    return;
  }
  group.generation += 1; // G1
  group.restored = false;
  if (group.members.size === 0) becomeEmpty(decision, group);
  else openGeneration(decision, group);
}

/** The leader must be one who is here. */
function findLeader(group: ClassicGroup): boolean {
  if (group.leaderId !== null && group.members.get(group.leaderId)?.join !== undefined) return true;
  for (const member of group.members.values())
    if (member.join !== undefined) {
      group.leaderId = member.id;
      return true;
    }
  return false;
}

function becomeEmpty(decision: Decision, group: ClassicGroup): void {
  group.protocolName = null;
  decision.write(groupMetadataRecord(group, { sinceMs: decision.now.wallMs }));
}

function openGeneration(decision: Decision, group: ClassicGroup): void {
  group.protocolName = group.electProtocol();
  group.moveTo('CompletingRebalance', decision.now.wallMs);
  for (const member of group.members.values()) {
    group.pendingSyncs.add(member.id);
    member.isNew = false;
    if (member.join === undefined) continue;
    decision.answer(member.join, joined(group, member));
    member.join = undefined;
    refreshSession(decision, group, member);
  }
  group.syncDeadlineMs = decision.now.sessionMs + group.rebalanceTimeoutMs;
  decision.setTimer(timerKey('sync', group.groupId), group.syncDeadlineMs);
}

/** The sync timer rang: who never asked for its assignment is not at work. */
export function onSyncTimer(decision: Decision, group: ClassicGroup, settings: GroupSettings): void {
  if (group.syncDeadlineMs === undefined) return;
  if (group.syncDeadlineMs > decision.now.sessionMs) {
    decision.setTimer(timerKey('sync', group.groupId), group.syncDeadlineMs);
    return;
  }
  for (const memberId of group.pendingSyncs) dropMember(decision, group, memberId);
  rebalance(decision, group, settings);
}

export function stopAwaitingSync(decision: Decision, group: ClassicGroup, memberId: string): void {
  group.pendingSyncs.delete(memberId);
  if (group.pendingSyncs.size === 0) stopAwaitingSyncs(decision, group);
}

function stopAwaitingSyncs(decision: Decision, group: ClassicGroup): void {
  group.pendingSyncs.clear();
  if (group.syncDeadlineMs === undefined) return;
  group.syncDeadlineMs = undefined;
  decision.cancelTimer(timerKey('sync', group.groupId));
}

/** Answers what a member has parked: whatever it waits for comes differently. */
export function refuseParked(decision: Decision, member: ClassicMember, error: ErrorName): void {
  const [code] = ERRORS[error];
  if (member.join !== undefined) decision.answer(member.join, notJoined(member.id, code));
  if (member.sync !== undefined) decision.answer(member.sync, notSynced(code));
  member.join = undefined;
  member.sync = undefined;
}

/** Takes a member out and answers what it had parked, so that a living client comes back as a new one. */
export function dropMember(decision: Decision, group: ClassicGroup, memberId: string): void {
  const member = group.members.get(memberId);
  if (member?.join !== undefined) decision.answer(member.join, notJoined('', ERRORS.UNKNOWN_MEMBER_ID[0]));
  if (member?.sync !== undefined) decision.answer(member.sync, notSynced(ERRORS.UNKNOWN_MEMBER_ID[0]));
  group.remove(memberId);
  endSession(decision, group, memberId);
}

function refuseSync(decision: Decision, group: ClassicGroup, member: ClassicMember, errorCode: number): void {
  if (member.sync === undefined) return;
  decision.answer(member.sync, notSynced(errorCode));
  member.sync = undefined;
  if (member.join === undefined) refreshSession(decision, group, member);
}
