/**
 * Consumer group (KIP-848): members, the assignment that all move towards, and how far each has come.
 *
 *   epoch             rises with every change of members, subscriptions or topics
 *   assignment epoch  the group epoch that the target was computed for
 *   member epoch      the assignment epoch that the member has reached
 *
 * Changed by replay alone, but for the patience that the coordinator has with its members.
 *
 *   G1  member epoch <= assignment epoch <= group epoch
 *   G2  a partition has at most one owner: who is assigned it, or has not finished giving it back (C2)
 *   G3  an instance id names at most one member
 */
import type { GroupRecord } from '../records.ts';
import { CONSUMER_PROTOCOL_TYPE } from '../subscription.ts';
import { type ConsumerMember, FIRST_EPOCH, isReconciled } from './member.ts';
import { NO_PARTITIONS, type OwnedPartitions, type PartitionSet } from './partitions.ts';
import { OverlayMap } from './overlay.ts';
import type { Patience } from './patience.ts';
import { replayConsumerRecord } from './replay.ts';

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable';

/** The topics that a regular expression stands for, as of some moment. */
export interface ResolvedExpression {
  readonly topics: readonly string[];
  readonly resolvedAtMs: number;
}

export class ConsumerGroup {
  readonly type = 'consumer';
  readonly protocolType = CONSUMER_PROTOCOL_TYPE;
  readonly stateSinceMs = -1;
  readonly groupId: string;
  epoch = FIRST_EPOCH;
  /** Of the topics that members read: ids and partition counts. */
  metadataHash = 0;
  assignmentEpoch = 0;
  /** Wall time of the last assignment; 0: none yet. */
  assignedAtMs = 0;
  /** Written before KIP-1101; taken back with the next epoch. */
  hasPartitionMetadata = false;
  readonly members: Map<string, ConsumerMember>;
  readonly target: Map<string, PartitionSet>;
  readonly expressions: Map<string, ResolvedExpression>;
  /** instance id -> member id. */
  readonly instances: Map<string, string>;
  /** `topic id/partition` -> member id. */
  readonly #owners: Map<string, string>;
  /** Volatile: topics may have changed since the hash was computed. */
  isStale = true;
  /** Volatile: until when the coordinator waits for whom. */
  readonly patience: Map<string, Patience>;

  /** `over`: the group that it is a draft of, see `draft`. */
  constructor(groupId: string, over?: ConsumerGroup) {
    this.groupId = groupId;
    this.members = over === undefined ? new Map() : new OverlayMap(over.members);
    this.target = over === undefined ? new Map() : new OverlayMap(over.target);
    this.expressions = over === undefined ? new Map() : new OverlayMap(over.expressions);
    this.instances = over === undefined ? new Map() : new OverlayMap(over.instances);
    this.#owners = over === undefined ? new Map() : new OverlayMap(over.#owners);
    this.patience = over?.patience ?? new Map();
  }

  get state(): ConsumerGroupState {
    if (this.members.size === 0) return 'Empty';
    if (this.epoch > this.assignmentEpoch) return 'Assigning';
    for (const member of this.members.values())
      if (!isReconciled(member, this.assignmentEpoch)) return 'Reconciling';
    return 'Stable';
  }

  get usesClassicOnly(): boolean {
    for (const member of this.members.values()) if (member.classic === null) return false;
    return this.members.size > 0;
  }

  staticMember(instanceId: string | null): ConsumerMember | undefined {
    const memberId = instanceId === null ? undefined : this.instances.get(instanceId);
    return memberId === undefined ? undefined : this.members.get(memberId);
  }

  targetOf(memberId: string): PartitionSet {
    return this.target.get(memberId) ?? NO_PARTITIONS;
  }

  ownerOf(topicId: string, partition: number): string | undefined {
    return this.#owners.get(`${topicId}/${partition}`);
  }

  /** Names that a member reads: its own, and those that its expression stands for. */
  topicNamesOf(member: ConsumerMember): readonly string[] {
    const expression = this.expressions.get(member.topicRegex);
    if (expression === undefined) return member.topicNames;
    return member.topicNames.length === 0
      ? expression.topics
      : [...new Set([...member.topicNames, ...expression.topics])];
  }

  subscribedTopics(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const member of this.members.values()) for (const name of member.topicNames) names.add(name);
    for (const { topics } of this.expressions.values()) for (const name of topics) names.add(name);
    return names;
  }

  replay(record: GroupRecord): void {
    replayConsumerRecord(this, record);
  }

  setMember(member: ConsumerMember): void {
    this.#release(member.id);
    this.members.set(member.id, member);
    if (member.instanceId !== null) this.instances.set(member.instanceId, member.id); // G3
    this.#take(member.id, member.assigned);
    this.#take(member.id, member.revoking); // G2
  }

  removeMember(memberId: string): void {
    this.#release(memberId);
    const instanceId = this.members.get(memberId)?.instanceId ?? null;
    if (instanceId !== null && this.instances.get(instanceId) === memberId) this.instances.delete(instanceId);
    this.members.delete(memberId);
  }

  /** What a decision tries its records on: this group with changes of its own, while this one stays as it is. */
  draft(): ConsumerGroup {
    const draft = new ConsumerGroup(this.groupId, this);
    draft.epoch = this.epoch;
    draft.metadataHash = this.metadataHash;
    draft.assignmentEpoch = this.assignmentEpoch;
    draft.assignedAtMs = this.assignedAtMs;
    draft.hasPartitionMetadata = this.hasPartitionMetadata;
    draft.isStale = this.isStale;
    return draft;
  }

  #take(memberId: string, owned: OwnedPartitions): void {
    for (const [topicId, partitions] of owned)
      for (const partition of partitions.keys()) this.#owners.set(`${topicId}/${partition}`, memberId);
  }

  #release(memberId: string): void {
    const former = this.members.get(memberId);
    if (former === undefined) return;
    for (const owned of [former.assigned, former.revoking])
      for (const [topicId, partitions] of owned)
        for (const partition of partitions.keys()) {
          const key = `${topicId}/${partition}`;
          if (this.#owners.get(key) === memberId) this.#owners.delete(key);
        }
  }
}
