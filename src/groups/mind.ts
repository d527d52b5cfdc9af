/**
 * Group mind: all groups of one `__consumer_offsets` partition, as one pure state.
 *
 * One method per event. Each puts what it wants into the decision; the caller appends the records, replays them here,
 * and gives out the answers when they are durable. Offsets and finished generations change by `replay` alone; members on
 * their way through a rebalance live in memory only, as in Kafka.
 */
import { assert } from '../base/index.ts';
import {
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
} from '../protocol/index.ts';
import * as classic from './classic/index.ts';
import { ClassicGroup, type JoinContext } from './classic/index.ts';
import type { Decision, Token } from './decision.ts';
import { deletableGroup, type DeletedGroup } from './delete.ts';
import { type GroupFilter, type ListedGroup, listed } from './list.ts';
import { commitOffsets } from './offsets/commit.ts';
import { CommittedOffsets } from './offsets/committed.ts';
import { deleteOffsets, forgetOffsets, offsetsNotDeleted } from './offsets/delete.ts';
import { type FetchedGroup, fetchOffsets, type OffsetFetchQuestion } from './offsets/fetch.ts';
import { expiredOffsets } from './offsets/retention.ts';
import type { GroupRecord } from './records.ts';
import type { GroupSettings } from './settings.ts';

/** A request with the version it came in, where versions differ in meaning. */
export interface Versioned<Q> {
  readonly request: Q;
  readonly version: number;
}

export class GroupMind {
  readonly #settings: GroupSettings;
  readonly #groups = new Map<string, ClassicGroup>();
  readonly #offsets = new Map<string, CommittedOffsets>();

  constructor(settings: GroupSettings) {
    this.#settings = settings;
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
      const group = memberId === '' ? this.#ensureGroup(groupId) : this.#groups.get(groupId);
      if (group === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID');
      classic.join(decision, group, { token, request, context }, this.#settings);
      this.#sweep(group);
    } catch (error) {
      decision.answer(token, classic.notJoined(memberId, errorCode(error)));
    }
  }

  sync(decision: Decision, token: Token<SyncGroupResponse>, request: SyncGroupRequest): void {
    const group = this.#groups.get(request.groupId);
    if (group === undefined) decision.answer(token, classic.notSynced(missingGroupCode(request.groupId)));
    else classic.sync(decision, group, token, request);
  }

  heartbeat(decision: Decision, token: Token<HeartbeatResponse>, request: HeartbeatRequest): void {
    const group = this.#groups.get(request.groupId);
    if (group === undefined)
      decision.answer(token, classic.heartbeatAnswer(missingGroupCode(request.groupId)));
    else classic.heartbeat(decision, group, token, request);
  }

  leave(decision: Decision, token: Token<LeaveGroupResponse>, ask: Versioned<LeaveGroupRequest>): void {
    const { groupId } = ask.request;
    const group = this.#groups.get(groupId);
    if (groupId === '') decision.answer(token, classic.left(ERRORS.INVALID_GROUP_ID[0], []));
    else if (group === undefined) decision.answer(token, classic.leftNothing(ask.request, ask.version));
    else {
      classic.leave(decision, group, token, ask, this.#settings);
      this.#sweep(group);
    }
  }

  commitOffsets(
    decision: Decision,
    token: Token<OffsetCommitResponse>,
    ask: Versioned<OffsetCommitRequest>,
  ): void {
    const group = this.#groups.get(ask.request.groupId);
    decision.answer(token, commitOffsets(decision, group, ask, this.#settings));
  }

  fetchOffsets(decision: Decision, token: Token<FetchedGroup>, question: OffsetFetchQuestion): void {
    decision.answer(token, fetchOffsets(this.#offsets.get(question.groupId), question));
  }

  deleteOffsets(decision: Decision, token: Token<OffsetDeleteResponse>, request: OffsetDeleteRequest): void {
    const { groupId } = request;
    try {
      const group = this.#groups.get(groupId);
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
      decision.write({ type: 'groupMetadata', key: { group: groupId }, value: null });
    }
    decision.answer(token, answer);
  }

  describe(
    decision: Decision,
    token: Token<classic.DescribedGroup>,
    { groupId, version }: { groupId: string; version: number },
  ): void {
    const group = this.#groups.get(groupId);
    const answer = group === undefined ? classic.describeMissing(groupId, version) : classic.describe(group);
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
    if (offsetsLeft === 0 && group.state === 'Empty' && group.pendingJoins.size === 0)
      decision.write({ type: 'groupMetadata', key: { group: groupId }, value: null });
  }

  /** Forgets the offsets of a topic that is gone, in every group. */
  forgetTopic(decision: Decision, topic: string): void {
    for (const [groupId, offsets] of this.#offsets)
      forgetOffsets(decision, groupId, offsets, (name) => name === topic);
  }

  fire(decision: Decision, key: string): void {
    const [kind, groupId, memberId] = classic.parseTimerKey(key);
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    classic.fireTimer(decision, group, kind, memberId, this.#settings);
    this.#sweep(group);
  }

  replay(record: GroupRecord): void {
    if (record.type === 'offsetCommit') this.#replayOffset(record);
    else if (record.value !== null)
      classic.replayGroupMetadata(this.#ensureGroup(record.key.group), record.value);
    else if (this.#offsets.has(record.key.group)) {
      this.#groups.set(record.key.group, new ClassicGroup(record.key.group));
    } else this.#groups.delete(record.key.group);
  }

  /** The log has been replayed whole: time begins for those who were members. */
  loaded(decision: Decision): void {
    for (const group of this.#groups.values()) classic.resume(decision, group);
  }

  #replayOffset({ key, value }: GroupRecord & { type: 'offsetCommit' }): void {
    let offsets = this.#offsets.get(key.group);
    if (offsets === undefined) this.#offsets.set(key.group, (offsets = new CommittedOffsets()));
    offsets.replay(key, value);
    const group = this.#ensureGroup(key.group);
    if (!offsets.isEmpty) return;
    this.#offsets.delete(key.group);
    this.#sweep(group);
  }

  #ensureGroup(groupId: string): ClassicGroup {
    let group = this.#groups.get(groupId);
    if (group === undefined) this.#groups.set(groupId, (group = new ClassicGroup(groupId)));
    return group;
  }

  /** A group of which nothing is left and nothing was written was only a visitor. */
  #sweep(group: ClassicGroup): void {
    if (group.recorded || group.state !== 'Empty' || this.#offsets.has(group.groupId)) return;
    if (group.members.size > 0 || group.pendingJoins.size > 0) return;
    assert(this.#groups.get(group.groupId) === group, 'a group is itself');
    this.#groups.delete(group.groupId);
  }
}

function missingGroupCode(groupId: string): number {
  return ERRORS[groupId === '' ? 'INVALID_GROUP_ID' : 'UNKNOWN_MEMBER_ID'][0];
}
