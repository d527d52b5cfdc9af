/**
 * Classic clients in a consumer group: the old requests, answered from the new state, while a service is being moved from one
 * protocol to the other.
 *
 *   JoinGroup    a member with what it subscribes to and owns; its generation is the member epoch. Nobody leads.
 *   SyncGroup    what it is assigned, encoded as its own assignor would
 *   Heartbeat    REBALANCE_IN_PROGRESS when it must give something back, or something is free for it
 *   LeaveGroup   takes out any member, of the new protocol too: administrators send it
 *
 * A client that was told to join again must do so within its rebalance timeout, and ask for its assignment after that.
 */
import {
  decodeSubscription,
  errorCode,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type JoinGroupResponse,
  KafkaError,
  type LeaveGroupRequest,
  type LeaveGroupResponse,
  MalformedMessage,
  type SyncGroupRequest,
  type SyncGroupResponse,
} from '../../protocol/index.ts';
import {
  heartbeatAnswer,
  type JoinAttempt,
  leaveAnswer,
  leavingMembers,
  NEW_IDS_SINCE,
  termsIn,
} from '../classic/index.ts';
import type { Decision, Token } from '../decision.ts';
import { CONSUMER_PROTOCOL_TYPE } from '../subscription.ts';
import { timerKey } from '../timer-key.ts';
import { encodedAssignment, mayDowngrade } from './downgrade.ts';
import type { Draft } from './draft.ts';
import type { ConsumerGroup } from './group.ts';
import { advance, checkRoom, subscribe } from './heartbeat.ts';
import { requireMember } from './identity.ts';
import { removeMembers } from './leave.ts';
import { type ClassicTerms, type ConsumerMember, newMember, sortedNames } from './member.ts';
import { forgetPatience, stopWaitingFor, waitFor, waitOnceFor } from './patience.ts';
import { replaceStatic } from './replace.ts';
import { assignIfDue } from './target.ts';

type ClassicClient = ConsumerMember & { readonly classic: ClassicTerms };

/** Throws what the client is told instead; then nothing has happened. */
export function classicJoin(draft: Draft, { token, request, context }: JoinAttempt): void {
  const { decision, world } = draft;
  const live = draft.group;
  const { groupId, groupInstanceId: instanceId } = request;
  checkProtocols(draft, request.protocolType, request.protocols);
  checkRoom(live, request.memberId, world.settings.consumerGroupSizeMax);
  const newId = `${instanceId ?? context.clientId}-${context.uuid}`;
  if (request.memberId === '' && instanceId === null && context.version >= NEW_IDS_SINCE) {
    decision.answer(token, {
      ...joined(newId, -1, ''),
      errorCode: new KafkaError('MEMBER_ID_REQUIRED').code,
    });
    return;
  }
  const formerId = instanceId === null ? undefined : live.instances.get(instanceId);
  const member = findOrMake(draft, request.memberId, instanceId, newId);
  const terms = termsIn(request);
  const said = subscriptionIn(terms.protocols[0]!.metadata);
  const next: ClassicClient = {
    ...member,
    instanceId: instanceId ?? member.instanceId,
    rackId: said.rackId ?? member.rackId,
    clientId: context.clientId,
    clientHost: context.clientHost,
    rebalanceTimeoutMs: terms.rebalanceTimeoutMs,
    topicNames: sortedNames(said.topics),
    topicRegex: '', // such clients resolve expressions themselves
    classic: { sessionTimeoutMs: terms.sessionTimeoutMs, protocols: terms.protocols },
  };
  const hasNewSubscription = subscribe(draft, member, next);
  assignIfDue(draft);
  const claimed = byTopicId(draft, said.ownedPartitions);
  const reached = advance(draft, next, { claimed, hasNewSubscription });
  draft.commit();
  live.isStale = false;
  if (formerId !== undefined && formerId !== reached.id) forgetPatience(decision, live, formerId);
  stopWaitingFor(decision, live, 'revoke', reached.id);
  stopWaitingFor(decision, live, 'rejoin', reached.id);
  waitFor(decision, live, 'alive', reached.id, terms.sessionTimeoutMs);
  waitFor(decision, live, 'collect', reached.id, terms.rebalanceTimeoutMs);
  if (mayDowngrade(draft)) decision.setTimer(timerKey('downgrade', groupId), decision.now.sessionMs);
  decision.answer(token, joined(reached.id, reached.epoch, terms.protocols[0]!.name));
}

function checkProtocols(
  { group, world }: Draft,
  protocolType: string,
  protocols: readonly { readonly name: string }[],
): void {
  const others = [...group.members.values()].filter(({ classic }) => classic !== null);
  const isSpoken = (name: string) =>
    others.every(({ classic }) => classic!.protocols.some((protocol) => protocol.name === name));
  const isFine = protocolType === CONSUMER_PROTOCOL_TYPE && protocols.some(({ name }) => isSpoken(name));
  if (!isFine || world.settings.migrationPolicy === 'disabled')
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL');
}

function findOrMake(
  draft: Draft,
  memberId: string,
  instanceId: string | null,
  newId: string,
): ConsumerMember {
  const { group } = draft;
  if (instanceId === null)
    return group.members.get(memberId) ?? newMember(memberId === '' ? newId : memberId);
  if (memberId !== '') return requireMember(group, memberId, instanceId);
  const occupant = group.staticMember(instanceId);
  return occupant === undefined
    ? newMember(newId)
    : replaceStatic(draft, occupant, newId, { speaksClassic: true });
}

function subscriptionIn(metadata: Buffer) {
  try {
    return decodeSubscription(metadata);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', 'Malformed embedded consumer protocol.');
  }
}

function byTopicId(
  { world }: Draft,
  owned: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): { topicId: string; partitions: number[] }[] {
  return owned.flatMap(({ topic, partitions }) => {
    const found = world.topics.find(topic);
    return found === undefined ? [] : [{ topicId: found.id, partitions: [...partitions] }];
  });
}

function joined(memberId: string, generationId: number, protocolName: string): JoinGroupResponse {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    generationId,
    protocolType: generationId < 0 ? null : CONSUMER_PROTOCOL_TYPE,
    protocolName: generationId < 0 ? null : protocolName,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  };
}

export function classicSync(
  { decision, group, world }: Draft,
  token: Token<SyncGroupResponse>,
  request: SyncGroupRequest,
): void {
  const member = requireClassic(group, request);
  const { protocolType, protocolName } = request;
  const [{ name, metadata }] = member.classic.protocols as [ClassicTerms['protocols'][number]];
  if ((protocolType ?? CONSUMER_PROTOCOL_TYPE) !== CONSUMER_PROTOCOL_TYPE || (protocolName ?? name) !== name)
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL');
  if (group.assignmentEpoch > member.epoch && member.state !== 'unrevoked') {
    waitOnceFor(decision, group, 'rejoin', member.id, member.rebalanceTimeoutMs);
    throw new KafkaError('REBALANCE_IN_PROGRESS');
  }
  stopWaitingFor(decision, group, 'collect', member.id);
  waitFor(decision, group, 'alive', member.id, member.classic.sessionTimeoutMs);
  decision.answer(token, {
    throttleTimeMs: 0,
    errorCode: 0,
    protocolType,
    protocolName,
    assignment: encodedAssignment(member.assigned, metadata, world.topics),
  });
}

export function classicHeartbeat(
  decision: Decision,
  group: ConsumerGroup,
  token: Token<HeartbeatResponse>,
  request: HeartbeatRequest,
): void {
  const member = requireClassic(group, request);
  waitFor(decision, group, 'alive', member.id, member.classic.sessionTimeoutMs);
  const mustJoin =
    member.epoch < group.assignmentEpoch ||
    member.state === 'unrevoked' ||
    (member.state === 'unreleased' && !waitsForOthers(group, member));
  if (mustJoin) waitOnceFor(decision, group, 'rejoin', member.id, member.rebalanceTimeoutMs);
  decision.answer(token, heartbeatAnswer(mustJoin ? new KafkaError('REBALANCE_IN_PROGRESS').code : 0));
}

function waitsForOthers(group: ConsumerGroup, member: ConsumerMember): boolean {
  for (const [topicId, partitions] of group.targetOf(member.id))
    for (const partition of partitions) {
      const owner = group.ownerOf(topicId, partition);
      if (owner !== undefined && owner !== member.id) return true;
    }
  return false;
}

export function classicLeave(
  draft: Draft,
  token: Token<LeaveGroupResponse>,
  { request, version }: { request: LeaveGroupRequest; version: number },
): void {
  const { group, decision } = draft;
  const gone: string[] = [];
  const answers = leavingMembers(request, version).map(({ memberId, groupInstanceId }) => {
    try {
      const occupant = group.staticMember(groupInstanceId);
      const id = memberId === '' && occupant !== undefined ? occupant.id : memberId;
      const member = requireMember(group, id, groupInstanceId);
      if (!gone.includes(member.id)) gone.push(member.id);
      return { memberId, groupInstanceId, errorCode: 0 };
    } catch (error) {
      return { memberId, groupInstanceId, errorCode: errorCode(error) };
    }
  });
  if (gone.length > 0) removeMembers(draft, gone);
  draft.commit();
  decision.answer(token, leaveAnswer(version, answers));
}

function requireClassic(
  group: ConsumerGroup,
  request: { memberId: string; groupInstanceId: string | null; generationId: number },
): ClassicClient {
  const member = requireMember(group, request.memberId, request.groupInstanceId);
  requireClassicTerms(member);
  if (request.generationId !== member.epoch) throw new KafkaError('ILLEGAL_GENERATION');
  return member;
}

function requireClassicTerms(member: ConsumerMember): asserts member is ClassicClient {
  if (member.classic === null)
    throw new KafkaError('UNKNOWN_MEMBER_ID', `Member ${member.id} does not use the classic protocol.`);
}
