/**
 * Classic group: the members that share a set of partitions by Kafka's first protocol, and where they stand.
 *
 * Durable, set by replay alone: the last stable (or empty) generation with its assignments.
 * Volatile, set by decisions: who waits for a join or sync answer, who is awaited, until when.
 *
 *   G1  generation only rises, by one for each finished join phase
 *   G2  there is a leader exactly when there are members
 *   G3  Stable: every member has the assignment that the record of this generation gives it
 *   G4  a static instance id names at most one member
 */
import { assert } from '../../base/index.ts';
import { KafkaError } from '../../protocol/index.ts';
import { CONSUMER_PROTOCOL_TYPE, subscribedTopicsIn } from '../subscription.ts';
import type { ClassicMember, MemberProtocol } from './member.ts';
import { assertMove, type GroupState } from './states.ts';

export class ClassicGroup {
  readonly type = 'classic';
  readonly groupId: string;
  /** A record of the group stands in the log (offsets alone do not count). */
  recorded = false;
  /** Brought back from the log and not rebalanced since: a member that joins now was in a rebalance that we forgot. */
  restored = false;
  protocolType: string | null = null;
  protocolName: string | null = null;
  generation = 0;
  leaderId: string | null = null;
  readonly members = new Map<string, ClassicMember>();
  /** instance id -> member id. */
  readonly instances = new Map<string, string>();
  /** Ids that we gave out and that have not joined yet (KIP-394) -> session time at which we forget them. */
  readonly pendingJoins = new Map<string, number>();
  /** Members of the current generation that have not sent their SyncGroup. */
  readonly pendingSyncs = new Set<string>();
  /** Session time at which the join phase ends whoever is missing. */
  joinDeadlineMs: number | undefined;
  syncDeadlineMs: number | undefined;
  /** The first join phase of an empty group: it waits for company, and longer while company comes. */
  gathering: { remainingMs: number; delayMs: number; newcomer: boolean } | undefined;
  /** Wall time of the last move; -1 when the log does not say. */
  stateSinceMs = -1;
  #state: GroupState = 'Empty';

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  get state(): GroupState {
    return this.#state;
  }

  moveTo(state: GroupState, wallMs: number): void {
    assertMove(this.#state, state);
    this.#state = state;
    this.stateSinceMs = wallMs;
  }

  /** For replay: the state that a record describes, whatever was before. */
  restoreState(state: 'Empty' | 'Stable', sinceMs: number): void {
    this.#state = state;
    this.stateSinceMs = sinceMs;
  }

  /** The longest patience among the members. */
  get rebalanceTimeoutMs(): number {
    let max = 0;
    for (const { terms } of this.members.values()) max = Math.max(max, terms.rebalanceTimeoutMs);
    return max;
  }

  /** Topics that members read, if their protocol is the consumers' and can be understood; undefined: nobody knows. */
  subscribedTopics(): ReadonlySet<string> | undefined {
    const topics = new Set<string>();
    if (this.members.size === 0) return topics;
    if (this.protocolType !== CONSUMER_PROTOCOL_TYPE || this.protocolName === null) return undefined;
    for (const member of this.members.values()) {
      const own = subscribedTopicsIn(member.metadataOf(this.protocolName));
      if (own === undefined) return undefined;
      for (const topic of own) topics.add(topic);
    }
    return topics;
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId;
  }

  add(member: ClassicMember, protocolType: string): void {
    const { memberId, groupInstanceId } = member.identity;
    if (this.members.size === 0) this.protocolType = protocolType;
    if (groupInstanceId !== null) {
      assert(!this.instances.has(groupInstanceId), 'an instance id names one member'); // G4
      this.instances.set(groupInstanceId, memberId);
    }
    this.members.set(memberId, member);
    this.leaderId ??= memberId; // G2
    this.pendingJoins.delete(memberId);
  }

  remove(memberId: string): void {
    const member = this.members.get(memberId);
    this.pendingJoins.delete(memberId);
    this.pendingSyncs.delete(memberId);
    if (member === undefined) return;
    this.members.delete(memberId);
    if (member.identity.groupInstanceId !== null) this.instances.delete(member.identity.groupInstanceId);
    if (this.leaderId === memberId) this.leaderId = this.members.keys().next().value ?? null; // G2
  }

  /** The member that a request claims to come from. */
  requireMember(memberId: string, groupInstanceId: string | null): ClassicMember {
    if (groupInstanceId !== null) {
      const known = this.instances.get(groupInstanceId);
      if (known === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID');
      if (known !== memberId) throw new KafkaError('FENCED_INSTANCE_ID');
    }
    const member = this.members.get(memberId);
    if (member === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID');
    return member;
  }

  requireGeneration(generation: number): void {
    if (generation !== this.generation) throw new KafkaError('ILLEGAL_GENERATION');
  }

  /** Whether somebody with these protocols can take part: one of them is spoken by every member. */
  accepts(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (protocolType === '' || protocols.length === 0) return false;
    if (this.#state === 'Empty') return true;
    if (this.members.size === 0) return this.protocolType === protocolType;
    return this.protocolType === protocolType && protocols.some(({ name }) => this.#spokenByAll(name));
  }

  /** The protocol with the most votes: each member votes for the first of its own that all members speak. */
  electProtocol(): string {
    assert(this.members.size > 0, 'nobody to vote');
    const votes = new Map<string, number>();
    const common = new Map<string, boolean>();
    for (const { terms } of this.members.values()) {
      const choice = terms.protocols.find(({ name }) => {
        if (!common.has(name)) common.set(name, this.#spokenByAll(name));
        return common.get(name)!;
      });
      assert(choice !== undefined, 'a member without a common protocol was let in');
      votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
    }
    return [...votes].reduce((best, other) => (other[1] > best[1] ? other : best))[0];
  }

  #spokenByAll(name: string): boolean {
    for (const member of this.members.values()) if (!member.supports(name)) return false;
    return true;
  }

  get awaitingJoinCount(): number {
    let count = 0;
    for (const member of this.members.values()) if (member.join !== undefined) count++;
    return count;
  }

  get allHaveJoined(): boolean {
    if (this.pendingJoins.size > 0) return false;
    for (const member of this.members.values()) if (member.join === undefined) return false;
    return true;
  }
}
