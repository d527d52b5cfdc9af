/**
 * ConsumerGroupHeartbeat: v0-v1, of a member that joins (epoch 0) or lives in the group. One request, three steps:
 *
 *   1  the member is new or says something new: written down; other topics for the group raise its epoch
 *   2  the group is ahead of its assignment: a new target for all (target.ts)
 *   3  this member makes its next step towards its target (reconcile.ts)
 *
 * The assignment is in the answer when it changed, when the member joined, and when the request says everything.
 */
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  KafkaError,
} from '../../protocol/index.ts';
import type { Token } from '../decision.ts';
import { assigned, type HeartbeatContext } from './answers.ts';
import { bumpIfNeeded } from './epoch.ts';
import type { Draft } from './draft.ts';
import { compileExpression, isExpression, refreshExpressions } from './expressions.ts';
import type { ConsumerGroup } from './group.ts';
import { requireMember } from './identity.ts';
import {
  type ConsumerMember,
  hasSameStanding,
  JOINING_EPOCH,
  newMember,
  sameNames,
  samePerson,
  sortedNames,
} from './member.ts';
import { claimsOnly, samePartitions } from './partitions.ts';
import { forgetPatience, stopWaitingFor, waitFor } from './patience.ts';
import { reconcile } from './reconcile.ts';
import { replaceStatic } from './replace.ts';
import { assignIfDue } from './target.ts';
import { topicIdsOf } from './topics.ts';
import { currentRecord, memberRecord } from './write.ts';

export interface HeartbeatAsk {
  readonly token: Token<ConsumerGroupHeartbeatResponse>;
  readonly request: ConsumerGroupHeartbeatRequest;
  readonly context: HeartbeatContext;
}

/** Throws what the member is told instead; then nothing has happened. */
export function heartbeat(draft: Draft, { token, request, context }: HeartbeatAsk): void {
  const { decision, world } = draft;
  const { groupId } = draft.group;
  const live = draft.group;
  const terms = world.settings.consumerTerms(groupId);
  checkRoom(live, request.memberId, world.settings.consumerGroupSizeMax);
  if (isExpression(request.subscribedTopicRegex)) compileExpression(request.subscribedTopicRegex);
  const formerId = request.instanceId === null ? undefined : live.instances.get(request.instanceId);
  const member = findOrMake(draft, request, context);
  const next = asAsked(member, request, context);
  const hasNewSubscription = subscribe(draft, member, next);
  assignIfDue(draft);
  const reached = advance(draft, next, { claimed: request.topicPartitions, hasNewSubscription });
  draft.commit();
  live.isStale = false;
  if (formerId !== undefined && formerId !== reached.id) forgetPatience(decision, live, formerId);
  keepPatience(draft, live, { before: next, after: reached, sessionMs: terms.sessionTimeoutMs });
  const isTold =
    request.memberEpoch === JOINING_EPOCH ||
    saysEverything(request) ||
    !samePartitions(member.assigned, reached.assigned);
  decision.answer(token, assigned(reached, terms.heartbeatIntervalMs, isTold));
}

export function checkRoom(group: ConsumerGroup, memberId: string, sizeMax: number): void {
  if (group.members.size >= sizeMax && !group.members.has(memberId))
    throw new KafkaError(
      'GROUP_MAX_SIZE_REACHED',
      `The consumer group has reached its maximum capacity of ${sizeMax} members.`,
    );
}

function findOrMake(
  draft: Draft,
  request: ConsumerGroupHeartbeatRequest,
  context: HeartbeatContext,
): ConsumerMember {
  const { group } = draft;
  const { instanceId, memberEpoch, topicPartitions } = request;
  const isJoining = memberEpoch === JOINING_EPOCH;
  const memberId = request.memberId === '' ? context.newMemberId : request.memberId;
  const occupant = group.staticMember(instanceId);
  if (isJoining && occupant !== undefined && occupant.id !== memberId)
    return replaceStatic(draft, occupant, memberId, { speaksClassic: false });
  if (isJoining) return group.members.get(memberId) ?? newMember(memberId);
  const claimed = requireMember(group, memberId, instanceId);
  checkEpoch(claimed, memberEpoch, topicPartitions);
  return claimed;
}

/** The present epoch, or the one before it while nothing more is claimed than was given. */
function checkEpoch(
  member: ConsumerMember,
  received: number,
  claimed: ConsumerGroupHeartbeatRequest['topicPartitions'],
): void {
  if (received === member.epoch) return;
  const isLate = received === member.previousEpoch && claimsOnly(claimed, member.assigned);
  if (received < member.epoch && isLate) return;
  const relation = received > member.epoch ? 'greater' : 'smaller';
  throw new KafkaError(
    'FENCED_MEMBER_EPOCH',
    `The consumer group member has a ${relation} member epoch (${received}) than the one known by the group coordinator ` +
      `(${member.epoch}). The member must abandon all its partitions and rejoin.`,
  );
}

/** What is left out stays as it was. */
function asAsked(
  member: ConsumerMember,
  request: ConsumerGroupHeartbeatRequest,
  context: HeartbeatContext,
): ConsumerMember {
  const { subscribedTopicNames: names } = request;
  return {
    ...member,
    instanceId: request.instanceId ?? member.instanceId,
    rackId: request.rackId ?? member.rackId,
    rebalanceTimeoutMs:
      request.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
    assignor: request.serverAssignor ?? member.assignor,
    topicNames: names === null ? member.topicNames : sortedNames(names),
    topicRegex: request.subscribedTopicRegex ?? member.topicRegex,
    clientId: context.clientId,
    clientHost: context.clientHost,
    classic: null,
  };
}

/** Writes down what is new of the member and raises the group's epoch if others must know. True: it reads other topics. */
export function subscribe(draft: Draft, member: ConsumerMember, next: ConsumerMember): boolean {
  const isKnown = draft.group.members.has(next.id);
  if (!isKnown || !samePerson(member, next)) draft.write(memberRecord(draft.group.groupId, next));
  const hasNewNames = !sameNames(member.topicNames, next.topicNames);
  const hasNewRegex = member.topicRegex !== next.topicRegex;
  const { isStale } = draft.group;
  const readsOthers = (hasNewRegex || isStale) && refreshExpressions(draft, { again: isStale });
  const mustBump = hasNewNames || hasNewRegex || readsOthers;
  if (mustBump || isStale) bumpIfNeeded(draft, mustBump);
  return hasNewNames || hasNewRegex;
}

export interface Step {
  readonly claimed: ConsumerGroupHeartbeatRequest['topicPartitions'];
  readonly hasNewSubscription: boolean;
}

export function advance(
  draft: Draft,
  member: ConsumerMember,
  { claimed, hasNewSubscription }: Step,
): ConsumerMember {
  const { group, world } = draft;
  const reached = reconcile(member, {
    target: group.targetOf(member.id),
    targetEpoch: group.assignmentEpoch,
    topicIds: topicIdsOf(group, member, world.topics),
    ownerOf: (topicId, partition) => group.ownerOf(topicId, partition),
    claimed,
    hasNewSubscription,
  });
  if (hasSameStanding(reached, member)) return member;
  draft.write(currentRecord(group.groupId, reached));
  return reached;
}

function keepPatience(
  { decision }: Draft,
  live: ConsumerGroup,
  { before, after, sessionMs }: { before: ConsumerMember; after: ConsumerMember; sessionMs: number },
): void {
  waitFor(decision, live, 'alive', after.id, sessionMs);
  if (after === before) return;
  if (after.state === 'unrevoked') waitFor(decision, live, 'revoke', after.id, after.rebalanceTimeoutMs);
  else stopWaitingFor(decision, live, 'revoke', after.id);
}

function saysEverything(request: ConsumerGroupHeartbeatRequest): boolean {
  const subscribes = request.subscribedTopicNames !== null || request.subscribedTopicRegex !== null;
  return request.rebalanceTimeoutMs !== -1 && subscribes && request.topicPartitions !== null;
}
