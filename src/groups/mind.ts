/**
 * Group mind: all groups of one `__consumer_offsets` partition, as one pure state.
 *
 * One method per event. Each puts what it wants into the decision; the caller appends the records, replays them here,
 * and gives out the answers when they are durable. Offsets and finished generations change by `replay` alone; members on
 * their way through a rebalance live in memory only, as in Kafka.
 */
import { assert } from '../base/index.ts';
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  ERRORS,
  errorCode,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type JoinGroupRequest,
  type JoinGroupResponse,
  KafkaError,
  type LeaveGroupRequest,
  type LeaveGroupResponse,
  type OffsetCommitRequest,
  type OffsetCommitResponse,
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
  type SyncGroupRequest,
  type SyncGroupResponse,
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitResponse,
} from '../protocol/index.ts';
import * as classic from './classic/index.ts';
import { ClassicGroup, type JoinContext } from './classic/index.ts';
import * as consumer from './consumer/index.ts';
import { type ConsumerWorld, ConsumerGroup, Draft, JOINING_EPOCH } from './consumer/index.ts';
import type { Decision, Token } from './decision.ts';
import { deletableGroup, type DeletedGroup } from './delete.ts';
import type { Group } from './group.ts';
import { type GroupFilter, type ListedGroup, listed } from './list.ts';
import { commitOffsets } from './offsets/commit.ts';
import { CommittedOffsets } from './offsets/committed.ts';
import { deleteOffsets, forgetOffsets, offsetsNotDeleted } from './offsets/delete.ts';
import { type FetchedGroup, fetchOffsets, type OffsetFetchQuestion } from './offsets/fetch.ts';
import { PendingOffsets } from './offsets/pending.ts';
import { expiredOffsets } from './offsets/retention.ts';
import { commitInTransaction } from './offsets/txn-commit.ts';
import type { GroupRecord, PendingOffsetRecord, ReplayedRecord, TransactionEndRecord } from './records.ts';
import { bytesOfHeartbeat, bytesOfJoin, checkAssignments, GroupRoom } from './room.ts';
import type { GroupSettings } from './settings.ts';
import { parseTimerKey } from './timer-key.ts';
import { NO_TOPICS, type TopicView } from './topics.ts';

/** A request with the version it came in, where versions differ in meaning. */
export interface Versioned<Q> {
  readonly request: Q;
  readonly version: number;
}

export class GroupMind {
  readonly #settings: GroupSettings;
  readonly #world: ConsumerWorld;
  readonly #groups = new Map<string, Group>();
  readonly #room = new GroupRoom(this.#groups);
  readonly #offsets = new Map<string, CommittedOffsets>();
  readonly #pending = new Map<string, PendingOffsets>();

  constructor(settings: GroupSettings, topics: TopicView = NO_TOPICS) {
    this.#settings = settings;
    this.#world = { settings, topics };
  }

  join(
    decision: Decision,
    token: Token<JoinGroupResponse>,
    request: JoinGroupRequest,
    context: JoinContext,
  ): void {
    const { groupId, memberId } = request;
    try {
      classic.checkJoin(request, this.#settings);
      this.#room.enter(bytesOfJoin(request, context.clientId));
      const existing = this.#groups.get(groupId);
      if (existing?.type === 'consumer' && existing.members.size > 0)
        return consumer.classicJoin(this.#draft(decision, existing), { token, request, context });
      if (existing?.type !== 'classic' && memberId !== '') throw new KafkaError('UNKNOWN_MEMBER_ID');
      const group = this.#classicFor(decision, groupId);
      classic.join(decision, group, { token, request, context }, this.#settings);
      this.#sweep(group);
    } catch (error) {
      decision.answer(token, classic.notJoined(memberId, errorCode(error)));
    }
  }

  sync(decision: Decision, token: Token<SyncGroupResponse>, request: SyncGroupRequest): void {
    const group = this.#groups.get(request.groupId);
    try {
      checkAssignments(request.assignments);
    } catch (error) {
      return decision.answer(token, classic.notSynced(errorCode(error)));
    }
    if (group === undefined) decision.answer(token, classic.notSynced(missingGroupCode(request.groupId)));
    else if (group.type === 'classic') {
      this.#payDebt(decision, group);
      classic.sync(decision, group, token, request);
    } else
      orElse(
        () => consumer.classicSync(this.#draft(decision, group), token, request),
        (error) => decision.answer(token, classic.notSynced(errorCode(error))),
      );
  }

  heartbeat(decision: Decision, token: Token<HeartbeatResponse>, request: HeartbeatRequest): void {
    const group = this.#groups.get(request.groupId);
    if (group === undefined)
      decision.answer(token, classic.heartbeatAnswer(missingGroupCode(request.groupId)));
    else if (group.type === 'classic') {
      this.#payDebt(decision, group);
      classic.heartbeat(decision, group, token, request);
    } else
      orElse(
        () => consumer.classicHeartbeat(decision, group, token, request),
        (error) => decision.answer(token, classic.heartbeatAnswer(errorCode(error))),
      );
  }

  leave(decision: Decision, token: Token<LeaveGroupResponse>, ask: Versioned<LeaveGroupRequest>): void {
    const { groupId } = ask.request;
    const group = this.#groups.get(groupId);
    if (groupId === '') decision.answer(token, classic.left(ERRORS.INVALID_GROUP_ID[0], []));
    else if (group === undefined) decision.answer(token, classic.leftNothing(ask.request, ask.version));
    else if (group.type === 'consumer') consumer.classicLeave(this.#draft(decision, group), token, ask);
    else {
      classic.leave(decision, group, token, ask, this.#settings);
      this.#sweep(group);
    }
  }

  consumerHeartbeat(
    decision: Decision,
    token: Token<ConsumerGroupHeartbeatResponse>,
    request: ConsumerGroupHeartbeatRequest,
    context: consumer.HeartbeatContext,
  ): void {
    try {
      consumer.checkHeartbeat(request, context.version, this.#settings);
      const isSubscribing = request.subscribedTopicNames !== null || request.subscribedTopicRegex !== null;
      if (isSubscribing) this.#room.enter(bytesOfHeartbeat(request, context.clientId));
      const existing = this.#groups.get(request.groupId);
      if (request.memberEpoch < JOINING_EPOCH)
        return consumer.leave(
          this.#draft(decision, requireConsumer(existing, request.groupId)),
          token,
          request,
        );
      if (request.memberEpoch > JOINING_EPOCH || existing?.type === 'consumer') {
        const draft = this.#draft(decision, requireConsumer(existing, request.groupId));
        return consumer.heartbeat(draft, { token, request, context });
      }
      this.#foundConsumerGroup(decision, existing, { token, request, context });
    } catch (error) {
      decision.answer(token, consumer.refusal(error));
    }
  }

  /** The first member of the consumer protocol in a new group, or in one that was classic. */
  #foundConsumerGroup(
    decision: Decision,
    existing: ClassicGroup | undefined,
    ask: consumer.HeartbeatAsk,
  ): void {
    const group = new ConsumerGroup(ask.request.groupId);
    const draft = this.#draft(decision, group);
    const hasMembers = existing !== undefined && existing.members.size > 0;
    if (hasMembers) consumer.upgrade(draft, existing);
    else if (existing?.recorded === true)
      draft.write({ type: 'groupMetadata', key: { group: group.groupId }, value: null });
    consumer.heartbeat(draft, ask);
    if (hasMembers) consumer.tellUpgraded(draft, existing);
    this.#groups.set(group.groupId, group); // replaying the decision fills it
  }

  commitOffsets(
    decision: Decision,
    token: Token<OffsetCommitResponse>,
    ask: Versioned<OffsetCommitRequest>,
  ): void {
    const group = this.#groups.get(ask.request.groupId);
    decision.answer(token, commitOffsets(decision, group, ask, this.#settings));
  }

  commitInTransaction(
    decision: Decision,
    token: Token<TxnOffsetCommitResponse>,
    ask: Versioned<TxnOffsetCommitRequest>,
  ): void {
    const group = this.#groups.get(ask.request.groupId);
    decision.answer(token, commitInTransaction(decision, group, ask, this.#settings));
  }

  fetchOffsets(decision: Decision, token: Token<FetchedGroup>, question: OffsetFetchQuestion): void {
    try {
      const { groupId, member } = question;
      const group = this.#groups.get(groupId);
      if (group?.type === 'consumer' && member !== undefined)
        consumer.checkFetch(group, member.id, member.epoch);
      decision.answer(token, fetchOffsets(this.#offsets.get(groupId), this.#pending.get(groupId), question));
    } catch (error) {
      decision.answer(token, { groupId: question.groupId, topics: [], errorCode: errorCode(error) });
    }
  }

  deleteOffsets(decision: Decision, token: Token<OffsetDeleteResponse>, request: OffsetDeleteRequest): void {
    const { groupId } = request;
    try {
      const group = this.#groups.get(groupId);
      if (groupId === '') throw new KafkaError('INVALID_GROUP_ID');
      if (group === undefined) throw new KafkaError('GROUP_ID_NOT_FOUND');
      decision.answer(token, deleteOffsets(decision, group, this.#offsets.get(groupId), request));
    } catch (error) {
      decision.answer(token, offsetsNotDeleted(errorCode(error)));
    }
  }

  deleteGroup(decision: Decision, token: Token<DeletedGroup>, groupId: string): void {
    const group = this.#groups.get(groupId);
    const answer = deletableGroup(groupId, group);
    if (answer.errorCode === 0) {
      const offsets = this.#offsets.get(groupId);
      if (offsets !== undefined) forgetOffsets(decision, groupId, offsets, () => true);
      this.#forgetPending(decision, groupId);
      this.#bury(decision, group!);
    }
    decision.answer(token, answer);
  }

  describe(
    decision: Decision,
    token: Token<classic.DescribedGroup>,
    { groupId, version }: { groupId: string; version: number },
  ): void {
    const group = this.#groups.get(groupId);
    const answer =
      group?.type === 'classic'
        ? classic.describe(group)
        : classic.describeMissing(groupId, version, { isConsumer: group !== undefined });
    decision.answer(token, answer);
  }

  describeConsumer(decision: Decision, token: Token<consumer.DescribedConsumerGroup>, groupId: string): void {
    const group = this.#groups.get(groupId);
    const answer =
      group?.type === 'consumer'
        ? consumer.describe(group, this.#world)
        : consumer.describeMissing(groupId, group !== undefined);
    decision.answer(token, answer);
  }

  list(decision: Decision, token: Token<ListedGroup[]>, filter: GroupFilter): void {
    decision.answer(token, listed(this.#groups.values(), filter));
  }

  groupIds(): string[] {
    return [...this.#groups.keys()];
  }

  /** Forgets offsets that are past their time, and the group itself when that leaves nothing of it. */
  expireOffsets(decision: Decision, groupId: string): void {
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    const offsets = this.#offsets.get(groupId) ?? new CommittedOffsets();
    const { wallMs } = decision.now;
    const retentionMs = this.#settings.offsetsRetentionMs;
    const expired = expiredOffsets(group, offsets, { wallMs, retentionMs });
    for (const { topic, partition } of expired)
      decision.write({ type: 'offsetCommit', key: { group: groupId, topic, partition }, value: null });
    const offsetsLeft = offsets.count - expired.length;
    const isVisited = group.type === 'classic' && group.pendingJoins.size > 0;
    const isPending = this.#pending.has(groupId);
    if (offsetsLeft === 0 && group.state === 'Empty' && !isVisited && !isPending) this.#bury(decision, group);
  }

  /** Forgets the offsets of a topic that is gone, in every group. */
  forgetTopic(decision: Decision, topic: string): void {
    for (const [groupId, offsets] of this.#offsets)
      forgetOffsets(decision, groupId, offsets, (name) => name === topic);
    for (const groupId of this.#pending.keys()) this.#forgetPending(decision, groupId, topic);
  }

  /** A topic appeared, changed or went: groups that read it look at it anew with their next heartbeat. */
  topicChanged(topic: string): void {
    for (const group of this.#groups.values()) {
      if (group.type !== 'consumer' || group.isStale) continue;
      group.isStale = group.subscribedTopics().has(topic) || matchesOne(group, topic);
    }
  }

  fire(decision: Decision, key: string): void {
    const [kind, groupId, memberId] = parseTimerKey(key);
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    if (group.type === 'consumer') return consumer.fireTimer(decision, group, kind, memberId, this.#world);
    classic.fireTimer(decision, group, kind, memberId, this.#settings);
    this.#sweep(group);
  }

  replay(record: ReplayedRecord): void {
    if (record.type === 'pendingOffset' || record.type === 'transactionEnd') this.#replayTransaction(record);
    else if (record.type === 'offsetCommit') {
      this.#pending.get(record.key.group)?.overtaken(record.key);
      if (this.#pending.get(record.key.group)?.isEmpty === true) this.#pending.delete(record.key.group);
      this.#replayOffset(record);
    } else if (record.type === 'groupMetadata') this.#replayClassic(record);
    else this.#replayConsumer(record);
  }

  /** The log has been replayed whole: time begins for those who were members. */
  loaded(decision: Decision): void {
    for (const group of this.#groups.values())
      if (group.type === 'classic') classic.resume(decision, group, this.#settings);
      else consumer.resume(decision, group, this.#world);
  }

  #replayClassic({ key, value }: GroupRecord & { type: 'groupMetadata' }): void {
    const existing = this.#groups.get(key.group);
    if (value === null) {
      if (existing?.type !== 'consumer') this.#forget(key.group); // it has become a consumer group in the same decision
      return;
    }
    if (existing?.type === 'consumer') this.#groups.delete(key.group);
    classic.replayGroupMetadata(this.#ensureClassic(key.group), value);
  }

  #replayConsumer(record: Exclude<GroupRecord, { type: 'offsetCommit' | 'groupMetadata' }>): void {
    const { groupId } = record.key;
    const existing = this.#groups.get(groupId);
    if (existing?.type === 'consumer') {
      existing.replay(record);
      if (record.type === 'consumerGroupMetadata' && record.value === null) this.#forget(groupId);
    } else if (record.value !== null && existing?.recorded !== true) {
      const group = new ConsumerGroup(groupId);
      this.#groups.set(groupId, group);
      group.replay(record);
    }
  }

  /** An offset of a transaction that is open, or the end of one. */
  #replayTransaction(record: PendingOffsetRecord | TransactionEndRecord): void {
    if (record.type === 'pendingOffset') {
      this.#pendingOf(record.key.group).add(record.producerId, record);
      if (!this.#groups.has(record.key.group)) this.#ensureClassic(record.key.group);
      return;
    }
    for (const [groupId, pending] of this.#pending) {
      const ended = record.isCommit ? pending.commit(record.producerId) : pending.take(record.producerId);
      if (pending.isEmpty) this.#pending.delete(groupId);
      if (record.isCommit)
        for (const { key, value } of ended) this.#replayOffset({ type: 'offsetCommit', key, value });
      const group = this.#groups.get(groupId);
      if (ended.length > 0 && group?.type === 'classic') this.#sweep(group);
    }
  }

  /** Tombstones for what only transactions hold; `topic` undefined: of all topics. */
  #forgetPending(decision: Decision, groupId: string, topic?: string): void {
    const offsets = this.#offsets.get(groupId);
    for (const key of this.#pending.get(groupId)?.keys() ?? []) {
      const isCommitted = offsets?.find(key.topic, key.partition) !== undefined; // then it has one already
      if (!isCommitted && (topic === undefined || topic === key.topic))
        decision.write({ type: 'offsetCommit', key, value: null });
    }
  }

  #pendingOf(groupId: string): PendingOffsets {
    let pending = this.#pending.get(groupId);
    if (pending === undefined) this.#pending.set(groupId, (pending = new PendingOffsets()));
    return pending;
  }

  #replayOffset({ key, value }: GroupRecord & { type: 'offsetCommit' }): void {
    let offsets = this.#offsets.get(key.group);
    if (offsets === undefined) this.#offsets.set(key.group, (offsets = new CommittedOffsets()));
    offsets.replay(key, value);
    const group = this.#groups.get(key.group) ?? this.#ensureClassic(key.group);
    if (!offsets.isEmpty) return;
    this.#offsets.delete(key.group);
    if (group.type === 'classic') this.#sweep(group);
  }

  #draft(decision: Decision, group: ConsumerGroup): Draft {
    return new Draft(decision, group, this.#world);
  }

  #ensureClassic(groupId: string): ClassicGroup {
    const existing = this.#groups.get(groupId);
    if (existing?.type === 'classic') return existing;
    const group = new ClassicGroup(groupId);
    this.#groups.set(groupId, group);
    return group;
  }

  /** The classic group that a client joins: an empty consumer group of that name makes way. */
  #classicFor(decision: Decision, groupId: string): ClassicGroup {
    const existing = this.#groups.get(groupId);
    if (existing?.type === 'consumer')
      for (const record of consumer.groupTombstones(existing)) decision.write(record);
    return this.#ensureClassic(groupId);
  }

  /** A group that was a consumer group until just now owes a rebalance: begun at the first chance, not only by the timer. */
  #payDebt(decision: Decision, group: ClassicGroup): void {
    if (group.state === 'Stable' && group.stateSinceMs === -1)
      classic.resume(decision, group, this.#settings);
  }

  #bury(decision: Decision, group: Group): void {
    if (group.type === 'consumer')
      for (const record of consumer.groupTombstones(group)) decision.write(record);
    else decision.write({ type: 'groupMetadata', key: { group: group.groupId }, value: null });
  }

  /** Offsets outlive the group that they were committed by. */
  #forget(groupId: string): void {
    if (this.#offsets.has(groupId)) this.#groups.set(groupId, new ClassicGroup(groupId));
    else this.#groups.delete(groupId);
  }

  /** A group of which nothing is left and nothing was written was only a visitor. */
  #sweep(group: ClassicGroup): void {
    if (group.recorded || group.state !== 'Empty' || this.#offsets.has(group.groupId)) return;
    if (this.#pending.has(group.groupId)) return;
    if (group.members.size > 0 || group.pendingJoins.size > 0) return;
    assert(this.#groups.get(group.groupId) === group, 'a group is itself');
    this.#groups.delete(group.groupId);
  }
}

function requireConsumer(group: Group | undefined, groupId: string): ConsumerGroup {
  if (group?.type === 'consumer') return group;
  const what = group === undefined ? 'not found' : 'is not a consumer group';
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} ${what}.`);
}

function matchesOne(group: ConsumerGroup, topic: string): boolean {
  for (const expression of group.expressions.keys())
    if (consumer.matchesExpression(expression, topic)) return true;
  return false;
}

function orElse(attempt: () => void, refuse: (error: unknown) => void): void {
  try {
    attempt();
  } catch (error) {
    refuse(error);
  }
}

function missingGroupCode(groupId: string): number {
  return ERRORS[groupId === '' ? 'INVALID_GROUP_ID' : 'UNKNOWN_MEMBER_ID'][0];
}
