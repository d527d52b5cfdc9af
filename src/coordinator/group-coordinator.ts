/**
 * GroupCoordinator: the group APIs over the shards that this broker hosts. One shard per `__consumer_offsets` partition.
 *
 * Each verb gives its answer at once when it may, else a promise. Operating errors (no coordinator, still loading, a lost
 * write) become codes in the answer that the API has for them; only bugs are thrown.
 */
import type { EventSink } from '../base/index.ts';
import type { Clock, Random } from '../env/index.ts';
import {
  type Decision,
  type DeletedGroup,
  type DescribedConsumerGroup,
  type DescribedGroup,
  type FetchedGroup,
  type GroupFilter,
  type GroupMind,
  type GroupSettings,
  type HeartbeatContext,
  type JoinContext,
  type ListedGroup,
  type OffsetFetchQuestion,
  refused,
  type Token,
  type TopicView,
  type Versioned,
} from '../groups/index.ts';
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
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
  uuidToBase64,
} from '../protocol/index.ts';
import { partitionOfGroup } from './group-hash.ts';
import { type GroupShard, groupShardKind } from './group-shard.ts';
import { type OffsetsBatch, offsetsBatch, type ReaderPosition } from './offsets-batch.ts';
import type { CoordinatorPartition } from './partition.ts';
import { SessionClock } from './session-clock.ts';
import { Shard } from './shard.ts';

export interface GroupCoordinatorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink;
  readonly settings: GroupSettings;
  /** The topics there are, always as they are now. */
  readonly topics: TopicView;
  /** offsets.retention.check.interval.ms */
  readonly retentionCheckMs: number;
  /** Makes `__consumer_offsets`, durably, when somebody looks for a coordinator for the first time. */
  readonly createPartitions: () => Promise<readonly CoordinatorPartition[]>;
}

export type JoiningClient = Omit<JoinContext, 'uuid'>;
export type HeartbeatingClient = Omit<HeartbeatContext, 'newMemberId'>;
type Answered<A> = A | Promise<A>;
type Question<A> = (mind: GroupMind, decision: Decision, token: Token<A>) => void;

export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions;
  readonly #sessions: SessionClock;
  readonly #shards = new Map<number, GroupShard>();
  readonly #changedTopics = new Set<string>();
  #partitionCount = 0;
  #opening: Promise<void> | undefined;
  #stopRetention: () => void;

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options;
    this.#sessions = new SessionClock(options.clock);
    this.#stopRetention = this.#scheduleRetention();
  }

  /** Resolves when there is somewhere to keep groups: at once, except before the first group ever. */
  async open(): Promise<void> {
    if (this.#partitionCount > 0) return;
    this.#opening ??= this.#options
      .createPartitions()
      .then((partitions) => this.host(partitions, partitions.length))
      .finally(() => {
        this.#opening = undefined;
      });
    await this.#opening;
  }

  /** How many partitions `__consumer_offsets` has; 0 while it does not exist. */
  get partitionCount(): number {
    return this.#partitionCount;
  }

  /** Takes over partitions of the `partitionCount` that there are; resolves when their groups are loaded. */
  async host(partitions: readonly CoordinatorPartition[], partitionCount: number): Promise<void> {
    this.#partitionCount = partitionCount;
    const { clock, events, settings, topics } = this.#options;
    const world = { clock, sessions: this.#sessions, events };
    const shards = partitions.map((partition) => {
      this.#shards.get(partition.index)?.close();
      const shard = new Shard(groupShardKind(settings, topics), partition, world);
      this.#shards.set(partition.index, shard);
      return shard;
    });
    await Promise.all(shards.map((shard) => shard.load()));
  }

  /** Lets go of a partition: whoever waits there is told to look for its new coordinator. */
  unhost(partitionIndex: number): void {
    this.#shards.get(partitionIndex)?.close();
    this.#shards.delete(partitionIndex);
  }

  close(): void {
    this.#stopRetention();
    for (const index of this.#shards.keys()) this.unhost(index);
  }

  joinGroup(request: JoinGroupRequest, client: JoiningClient): Answered<JoinGroupResponse> {
    const context = { ...client, uuid: dashed(this.#options.random.uuid()) };
    return this.#ask<JoinGroupResponse>(
      request.groupId,
      (mind, decision, token) => mind.join(decision, token, request, context),
      (code) => refused.join(request, code),
    );
  }

  syncGroup(request: SyncGroupRequest): Answered<SyncGroupResponse> {
    return this.#ask<SyncGroupResponse>(
      request.groupId,
      (mind, decision, token) => mind.sync(decision, token, request),
      (code) => refused.sync(code),
    );
  }

  heartbeat(request: HeartbeatRequest): Answered<HeartbeatResponse> {
    return this.#ask<HeartbeatResponse>(
      request.groupId,
      (mind, decision, token) => mind.heartbeat(decision, token, request),
      (code) => refused.heartbeat(code),
    );
  }

  consumerGroupHeartbeat(
    request: ConsumerGroupHeartbeatRequest,
    client: HeartbeatingClient,
  ): Answered<ConsumerGroupHeartbeatResponse> {
    const context = { ...client, newMemberId: uuidToBase64(this.#options.random.uuid()) };
    return this.#ask<ConsumerGroupHeartbeatResponse>(
      request.groupId,
      (mind, decision, token) => mind.consumerHeartbeat(decision, token, request, context),
      (code) => refused.consumerHeartbeat(code),
    );
  }

  leaveGroup(request: LeaveGroupRequest, version: number): Answered<LeaveGroupResponse> {
    return this.#ask<LeaveGroupResponse>(
      request.groupId,
      (mind, decision, token) => mind.leave(decision, token, { request, version }),
      (code) => refused.leave(code),
    );
  }

  commitOffsets(request: OffsetCommitRequest, version: number): Answered<OffsetCommitResponse> {
    const ask: Versioned<OffsetCommitRequest> = { request, version };
    return this.#ask<OffsetCommitResponse>(
      request.groupId,
      (mind, decision, token) => mind.commitOffsets(decision, token, ask),
      (code) => refused.commit(request, code),
    );
  }

  commitInTransaction(request: TxnOffsetCommitRequest, version: number): Answered<TxnOffsetCommitResponse> {
    return this.#ask<TxnOffsetCommitResponse>(
      request.groupId,
      (mind, decision, token) => mind.commitInTransaction(decision, token, { request, version }),
      (code) => refused.commitInTransaction(request, code),
    );
  }

  /** The marker of a transaction has its place in this partition of `__consumer_offsets`. In the turn of its append. */
  transactionEnded(
    partitionIndex: number,
    { producerId, isCommit }: { readonly producerId: number; readonly isCommit: boolean },
    durable: Promise<void>,
  ): void {
    this.#shards.get(partitionIndex)?.take({ type: 'transactionEnd', producerId, isCommit }, durable);
  }

  /**
   * Where readers inside this broker stand, for a frame that holds more than that: fenced by whoever appends, not by the group.
   * To be appended in this turn. Throws COORDINATOR_NOT_AVAILABLE or NOT_COORDINATOR.
   */
  offsetsBatch(groupId: string, positions: readonly ReaderPosition[]): OffsetsBatch {
    const shard = this.requireShard(groupId);
    return offsetsBatch(groupId, positions, shard, this.#options.clock.now());
  }

  fetchOffsets(question: OffsetFetchQuestion): Answered<FetchedGroup> {
    return this.#ask<FetchedGroup>(
      question.groupId,
      (mind, decision, token) => mind.fetchOffsets(decision, token, question),
      (code) => refused.fetch(question, code),
    );
  }

  deleteOffsets(request: OffsetDeleteRequest): Answered<OffsetDeleteResponse> {
    return this.#ask<OffsetDeleteResponse>(
      request.groupId,
      (mind, decision, token) => mind.deleteOffsets(decision, token, request),
      (code) => refused.deleteOffsets(code),
    );
  }

  deleteGroup(groupId: string): Answered<DeletedGroup> {
    return this.#ask<DeletedGroup>(
      groupId,
      (mind, decision, token) => mind.deleteGroup(decision, token, groupId),
      (code) => refused.deleteGroup(groupId, code),
    );
  }

  describeGroup(groupId: string, version: number): Answered<DescribedGroup> {
    return this.#ask<DescribedGroup>(
      groupId,
      (mind, decision, token) => mind.describe(decision, token, { groupId, version }),
      (code) => refused.describe(groupId, code),
    );
  }

  describeConsumerGroup(groupId: string): Answered<DescribedConsumerGroup> {
    return this.#ask<DescribedConsumerGroup>(
      groupId,
      (mind, decision, token) => mind.describeConsumer(decision, token, groupId),
      (code) => refused.describeConsumer(groupId, code),
    );
  }

  /** The groups of all shards here; throws COORDINATOR_LOAD_IN_PROGRESS while one of them is loading. */
  async listGroups(filter: GroupFilter): Promise<ListedGroup[]> {
    const lists = Array.from(this.#shards.values(), (shard) =>
      shard.ask<ListedGroup[]>((mind, decision, token) => mind.list(decision, token, filter)),
    );
    return (await Promise.all(lists)).flat();
  }

  /** Forgets what every group committed for a topic that is gone. */
  forgetTopic(topic: string): void {
    for (const shard of this.#shards.values())
      shard.run((mind, decision) => mind.forgetTopic(decision, topic));
  }

  /** A topic was created, grew or was deleted. Many changes of one turn (its partitions, say) are looked at once, after it. */
  topicChanged(topic: string): void {
    this.#changedTopics.add(topic);
    if (this.#changedTopics.size > 1) return;
    queueMicrotask(() => {
      for (const shard of this.#shards.values())
        for (const name of this.#changedTopics) shard.run((mind) => mind.topicChanged(name));
      this.#changedTopics.clear();
    });
  }

  /** Throws NOT_COORDINATOR or COORDINATOR_NOT_AVAILABLE when the group is not kept here. */
  requireShard(groupId: string): GroupShard {
    if (this.#partitionCount === 0) throw new KafkaError('COORDINATOR_NOT_AVAILABLE');
    const shard = this.#shards.get(partitionOfGroup(groupId, this.#partitionCount));
    if (shard === undefined) throw new KafkaError('NOT_COORDINATOR');
    return shard;
  }

  #ask<A>(groupId: string, question: Question<A>, refuse: (errorCode: number) => A): Answered<A> {
    try {
      const answer = this.requireShard(groupId).ask<A>(question);
      return answer instanceof Promise ? answer.catch((error) => refuse(errorCode(error))) : answer;
    } catch (error) {
      return refuse(errorCode(error));
    }
  }

  #scheduleRetention(): () => void {
    return this.#options.clock.after(this.#options.retentionCheckMs, () => {
      for (const shard of this.#shards.values()) expireOffsets(shard);
      this.#stopRetention = this.#scheduleRetention();
    });
  }
}

/** One decision per group, so that one batch never holds the tombstones of all. */
function expireOffsets(shard: GroupShard): void {
  let groupIds: string[] = [];
  shard.run((mind) => {
    groupIds = mind.groupIds();
  });
  for (const groupId of groupIds) shard.run((mind, decision) => mind.expireOffsets(decision, groupId));
}

function dashed(uuid: string): string {
  return uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
