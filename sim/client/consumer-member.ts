/**
 * ConsumerMember: one member of a consumer group (KIP-848), as a client lives in it: heartbeats say what it owns, answers say
 * what it shall own. What it must give back it gives up first, takes its time for that, and says so with the next heartbeat.
 */
import type { Random } from '../../src/env/index.ts';
import {
  consumerGroupHeartbeatApi,
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  type ErrorName,
  errorNameOf,
  offsetCommitApi,
} from '../../src/protocol/index.ts';
import type { GroupFacts, Holder } from '../history/group-facts.ts';
import type { History } from '../history/history.ts';
import type { Link } from './bootstrap.ts';
import { fetchCommitted, findCoordinator } from './committed.ts';
import { Disconnected } from './connection.ts';
import type { TopicRef } from './topics.ts';

export interface ConsumerMemberOptions {
  readonly name: string;
  /** 0: the broker gives it an id; 1: it chooses its own. */
  readonly version: 0 | 1;
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly instanceId: string | null;
  readonly assignor: 'uniform' | 'range' | null;
  /** How likely it leaves, or vanishes, at a heartbeat. */
  readonly restlessness: number;
}

const COMMIT_VERSION = 9;
const REBALANCE_TIMEOUT_MS = 10_000;
const REVOKE_MS_MAX = 400;
const LATE_MS_MAX = 500;
const JOIN = 0;
const LEAVE = -1;
const LEAVE_FOR_A_WHILE = -2;
/** After these it gives up all that it has and joins again. */
const OUT: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_MEMBER_ID',
  'FENCED_MEMBER_EPOCH',
  'FENCED_INSTANCE_ID',
]);
const AGAIN: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'UNRELEASED_INSTANCE_ID',
  'STALE_MEMBER_EPOCH',
]);
const REFUSED: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_MEMBER_ID',
  'STALE_MEMBER_EPOCH',
  'COORDINATOR_LOAD_IN_PROGRESS',
]);

export class ConsumerMember {
  readonly options: ConsumerMemberOptions;
  readonly #link: Link;
  readonly #history: History;
  readonly #random: Random;
  readonly #group: GroupFacts;
  readonly #topic: TopicRef;
  readonly #holder: Holder;
  readonly #watch: (running: Promise<void>) => void;
  #memberId = '';
  #epoch = JOIN;
  owns: readonly number[] = [];
  /** What it shall own, and when it is done with what it must give back. */
  #next: { readonly partitions: readonly number[]; readonly atMs: number } | undefined;
  /** The last heartbeat was not answered, or it says hello: everything is said. */
  #saysAll = true;
  #mustSayOwned = false;
  #isSettling = false;
  #isStopping = false;
  #nextCommit = 1;

  constructor(
    link: Link,
    history: History,
    random: Random,
    group: GroupFacts,
    topic: TopicRef,
    options: ConsumerMemberOptions & { readonly watch: (running: Promise<void>) => void },
  ) {
    this.#link = link;
    this.#history = history;
    this.#random = random;
    this.#group = group;
    this.#topic = topic;
    this.options = options;
    this.#watch = options.watch;
    const { name, sessionTimeoutMs: sessionMs } = options;
    this.#holder = { name, sessionMs, owns: new Set(), heardAt: 0 };
    group.holders.push(this.#holder);
  }

  toString(): string {
    return `${this.options.name} of ${this.#group.name} in epoch ${this.#epoch} with ${this.owns.length} partitions`;
  }

  /** −1: in none, or not yet done with what it was told. */
  get generationId(): number {
    return this.#epoch === JOIN || this.#next !== undefined ? -1 : this.#epoch;
  }

  settle(): void {
    this.#isSettling = true;
  }

  stop(): void {
    this.#isStopping = true;
  }

  async run(): Promise<void> {
    while (!this.#isStopping)
      try {
        await this.#live();
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error;
        this.#saysAll = true;
        await this.#link.pause();
      }
  }

  async #live(): Promise<void> {
    const { clock } = this.#link.env;
    if (this.#epoch !== JOIN && this.#random.below(2) === 0) await this.#commit();
    if (this.#random.below(3) === 0)
      await fetchCommitted(
        this.#link,
        this.#history,
        this.#group,
        this.#topic,
        await this.#link.connection(),
      );
    this.#giveBack();
    await this.#heartbeat();
    await clock.sleep(this.#random.next() * 2 * this.options.heartbeatMs);
    if (!this.#isSettling && this.#random.next() < this.options.restlessness) await this.#goAway();
  }

  async #heartbeat(): Promise<void> {
    const { version } = this.options;
    const connection = await this.#link.connection();
    if (this.#epoch === JOIN && this.#memberId === '' && version > 0) this.#memberId = this.#random.uuid();
    const sentAt = this.#link.env.clock.monotonic();
    const request = this.#request();
    const answer = await connection.send(
      consumerGroupHeartbeatApi,
      version,
      request,
      this.#link.patience.requestTimeoutMs,
    );
    const error = errorNameOf(answer.errorCode);
    if (error !== 'NONE') return this.#refused(error, `a heartbeat (${answer.errorMessage})`);
    this.#holder.heardAt = sentAt;
    this.#saysAll = false;
    if (request.topicPartitions !== null) this.#mustSayOwned = false;
    this.#take(answer);
  }

  #request(): ConsumerGroupHeartbeatRequest {
    const isJoining = this.#epoch === JOIN;
    const saysAll = isJoining || this.#saysAll;
    // As in Kafka, a topic that is named claims something, even without partitions.
    const owned = this.owns.length === 0 ? [] : [{ topicId: this.#topic.id, partitions: [...this.owns] }];
    return {
      groupId: this.#group.name,
      memberId: this.#memberId,
      memberEpoch: this.#epoch,
      instanceId: this.options.instanceId,
      rackId: null,
      rebalanceTimeoutMs: saysAll ? REBALANCE_TIMEOUT_MS : -1,
      subscribedTopicNames: saysAll ? [this.#topic.name] : null,
      subscribedTopicRegex: null,
      serverAssignor: saysAll ? this.options.assignor : null,
      topicPartitions: isJoining ? [] : saysAll || this.#mustSayOwned ? owned : null,
    };
  }

  #take({ memberId, memberEpoch, assignment }: ConsumerGroupHeartbeatResponse): void {
    this.#memberId = memberId ?? this.#memberId;
    this.#epoch = memberEpoch;
    if (assignment === null) return;
    const partitions = assignment.topicPartitions.flatMap((one) => one.partitions);
    const generation = { generationId: memberEpoch, memberId: this.#who, owns: partitions.map(String) };
    const now = this.#link.env.clock.monotonic();
    this.#history.generation(this.#group, generation);
    this.#history.handed(this.#group, this.#holder, generation.owns, now);
    const isLess = this.owns.some((partition) => !partitions.includes(partition));
    const atMs = isLess && this.#random.below(2) === 0 ? now + this.#random.below(REVOKE_MS_MAX) : now;
    this.#next = { partitions, atMs };
    this.#giveBack();
  }

  /** A static member that comes back takes the place of its earlier self. */
  get #who(): string {
    return this.options.instanceId ?? this.#memberId;
  }

  /** From now on it works on what it was told, and nothing else. */
  #giveBack(): void {
    if (this.#next === undefined || this.#link.env.clock.monotonic() < this.#next.atMs) return;
    const { partitions } = this.#next;
    const lost = this.owns.filter((partition) => !partitions.includes(partition));
    this.#works(partitions);
    this.#mustSayOwned = true;
    if (lost.length > 0 && this.#random.below(3) === 0) this.#watch(this.#commitLate(lost[0]!));
  }

  #works(partitions: readonly number[]): void {
    this.owns = partitions;
    this.#holder.owns = new Set(partitions.map(String));
    this.#next = undefined;
  }

  async #commit(): Promise<void> {
    if (this.owns.length === 0) return;
    const partition = this.owns[this.#random.below(this.owns.length)]!;
    const error = await this.#commitAs(partition, this.#epoch);
    if (error !== 'NONE' && !OUT.has(error)) await this.#refused(error, 'OffsetCommit');
  }

  /** What it has given back it commits once more, as one who has not noticed. */
  async #commitLate(partition: number): Promise<void> {
    const epoch = this.#epoch;
    await this.#link.env.clock.sleep(this.#random.below(LATE_MS_MAX));
    if (epoch === this.#epoch) return;
    try {
      await this.#commitAs(partition, epoch);
    } catch (error) {
      if (!(error instanceof Disconnected)) throw error;
    }
  }

  async #commitAs(partition: number, epoch: number): Promise<ErrorName> {
    const offset = this.#nextCommit++ * 100 + Number(this.options.name.replaceAll(/\D/g, ''));
    const memberId = this.#memberId;
    const connection = await this.#link.connection();
    const commit = this.#history.committing(this.#group, {
      partition: String(partition),
      memberId: this.#who,
      offset,
      generationId: epoch,
    });
    try {
      const partitions = [{ partitionIndex: partition, committedOffset: offset, committedMetadata: '' }];
      const { topics } = await connection.send(
        offsetCommitApi,
        COMMIT_VERSION,
        {
          groupId: this.#group.name,
          generationIdOrMemberEpoch: epoch,
          memberId,
          groupInstanceId: this.options.instanceId,
          topics: [{ name: this.#topic.name, partitions }],
        },
        this.#link.patience.requestTimeoutMs,
      );
      const error = errorNameOf(topics[0]!.partitions[0]!.errorCode);
      const outcome = error === 'NONE' ? 'committed' : REFUSED.has(error) ? 'refused' : 'unknown';
      this.#history.committed(this.#group, commit, outcome);
      return error;
    } catch (error) {
      if (commit.outcome === 'open') this.#history.committed(this.#group, commit, 'unknown');
      throw error;
    }
  }

  async #refused(error: ErrorName, what: string): Promise<void> {
    // It was out already, and a member of the other protocol came first.
    const isOtherGroup = error === 'GROUP_ID_NOT_FOUND' && this.#group.kind === 'mixed';
    if (OUT.has(error) || isOtherGroup) {
      if (this.#epoch !== JOIN) this.#history.expelled(this.#group, this.options.name);
      this.#joinAnew();
    } else if (!AGAIN.has(error)) this.#history.violated(`C1: ${what} of ${this} was refused with ${error}`);
    if (error === 'COORDINATOR_NOT_AVAILABLE')
      await findCoordinator(this.#link, this.#group, await this.#link.connection());
    await this.#link.pause();
  }

  #joinAnew(): void {
    this.#works([]);
    this.#epoch = JOIN;
    this.#saysAll = true;
    if (this.options.version === 0) this.#memberId = '';
  }

  /** Leaves properly, or is silent until its session has ended, and comes back as another process. */
  async #goAway(): Promise<void> {
    const { instanceId, version } = this.options;
    const leaving = { ...this.#request(), memberEpoch: instanceId === null ? LEAVE : LEAVE_FOR_A_WHILE };
    const isMember = this.#epoch !== JOIN;
    this.#joinAnew();
    this.#memberId = '';
    if (isMember && this.#random.below(2) === 0) {
      const connection = await this.#link.connection();
      await connection.send(
        consumerGroupHeartbeatApi,
        version,
        leaving,
        this.#link.patience.requestTimeoutMs,
      );
    } else this.#link.drop();
    await this.#link.env.clock.sleep(this.#random.below(1_000));
  }
}
