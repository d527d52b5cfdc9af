/**
 * Member: one member of a classic consumer group: joins, takes its part, heartbeats, commits, reads offsets back, and
 * sometimes leaves or vanishes without a word. The leader deals partitions out in turn.
 */
import type { Random } from '../../src/env/index.ts';
import {
  decodeAssignment,
  encodeAssignment,
  encodeSubscription,
  type ErrorName,
  errorNameOf,
  heartbeatApi,
  joinGroupApi,
  type JoinGroupResponse,
  leaveGroupApi,
  offsetCommitApi,
  syncGroupApi,
} from '../../src/protocol/index.ts';
import type { GroupFacts } from '../history/group-facts.ts';
import type { History } from '../history/history.ts';
import type { Link } from './bootstrap.ts';
import { Disconnected } from './connection.ts';
import { fetchCommitted, findCoordinator } from './committed.ts';
import type { TopicRef } from './topics.ts';

export interface MemberOptions {
  readonly name: string;
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  /** Static members keep their place over restarts. */
  readonly instanceId: string | null;
  /** How likely it leaves, or vanishes, at a heartbeat. */
  readonly restlessness: number;
}

const JOIN_VERSION = 7;
const SYNC_VERSION = 5;
const HEARTBEAT_VERSION = 4;
const COMMIT_VERSION = 8;
const LEAVE_VERSION = 4;
const PROTOCOL = 'in-turn';
/** After these nothing was committed, and nothing will be. */
const REFUSED: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
  'COORDINATOR_LOAD_IN_PROGRESS',
]);
/** What a group may answer while the broker was interrupted. */
const AGAIN: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'MEMBER_ID_REQUIRED',
  'FENCED_INSTANCE_ID',
]);

export class Member {
  readonly options: MemberOptions;
  readonly #link: Link;
  readonly #history: History;
  readonly #random: Random;
  readonly #group: GroupFacts;
  readonly #topic: TopicRef;
  #memberId = '';
  /** In force while the member is in a generation. */
  generationId = -1;
  owns: readonly number[] = [];
  #isSettling = false;
  #isStopping = false;
  #nextCommit = 1;

  constructor(
    link: Link,
    history: History,
    random: Random,
    group: GroupFacts,
    topic: TopicRef,
    options: MemberOptions,
  ) {
    this.#link = link;
    this.#history = history;
    this.#random = random;
    this.#group = group;
    this.#topic = topic;
    this.options = options;
  }

  toString(): string {
    return `${this.options.name} of ${this.#group.name} in generation ${this.generationId} with ${this.owns.length} partitions`;
  }

  /** It shall stay from now on. */
  settle(): void {
    this.#isSettling = true;
  }

  stop(): void {
    this.#isStopping = true;
  }

  async run(): Promise<void> {
    while (!this.#isStopping)
      try {
        await this.#join();
        while (this.generationId >= 0 && !this.#isStopping) await this.#live();
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error;
        await this.#link.pause(); // it is still a member until its session ends
        if (this.generationId < 0) continue;
      }
  }

  async #join(): Promise<void> {
    const { sessionTimeoutMs, instanceId } = this.options;
    const connection = await this.#link.connection();
    if (this.generationId >= 0) return;
    const answer = await connection.send(
      joinGroupApi,
      JOIN_VERSION,
      {
        groupId: this.#group.name,
        sessionTimeoutMs,
        rebalanceTimeoutMs: 10_000,
        memberId: this.#memberId,
        groupInstanceId: instanceId,
        protocolType: 'consumer',
        protocols: [{ name: PROTOCOL, metadata: encodeSubscription({ topics: [this.#topic.name] }) }],
      },
      this.#link.patience.requestTimeoutMs + 10_000,
    );
    const error = errorNameOf(answer.errorCode);
    if (error === 'MEMBER_ID_REQUIRED') this.#memberId = answer.memberId;
    else if (error !== 'NONE') await this.#refused(error, 'JoinGroup');
    else {
      this.#memberId = answer.memberId;
      await this.#sync(answer);
    }
  }

  async #sync(joined: JoinGroupResponse): Promise<void> {
    const connection = await this.#link.connection();
    const answer = await connection.send(
      syncGroupApi,
      SYNC_VERSION,
      {
        groupId: this.#group.name,
        generationId: joined.generationId,
        memberId: this.#memberId,
        groupInstanceId: this.options.instanceId,
        protocolType: 'consumer',
        protocolName: PROTOCOL,
        assignments: joined.leader === this.#memberId ? this.#deal(joined) : [],
      },
      this.#link.patience.requestTimeoutMs + 10_000,
    );
    const error = errorNameOf(answer.errorCode);
    if (error !== 'NONE') return this.#refused(error, 'SyncGroup');
    const { assignedPartitions } = decodeAssignment(answer.assignment);
    this.owns = assignedPartitions.flatMap(({ partitions }) => partitions);
    this.generationId = joined.generationId;
    const owns = this.owns.map(String);
    // A static member that comes back takes the place of its earlier self, in the same generation.
    const memberId = this.options.instanceId ?? this.#memberId;
    this.#history.generation(this.#group, { generationId: joined.generationId, memberId, owns });
  }

  #deal({ members }: JoinGroupResponse) {
    return members.map(({ memberId }, index) => {
      const partitions = Array.from({ length: this.#topic.partitions }, (_, partition) => partition).filter(
        (partition) => partition % members.length === index,
      );
      const assignment = encodeAssignment({ assignedPartitions: [{ topic: this.#topic.name, partitions }] });
      return { memberId, assignment };
    });
  }

  /** One heartbeat's time: perhaps a commit, perhaps a look at what is committed, then the heartbeat. */
  async #live(): Promise<void> {
    const { clock } = this.#link.env;
    if (this.#random.below(2) === 0) await this.#commit();
    if (this.#random.below(3) === 0)
      await fetchCommitted(
        this.#link,
        this.#history,
        this.#group,
        this.#topic,
        await this.#link.connection(),
      );
    await clock.sleep(this.#random.next() * 2 * this.options.heartbeatMs);
    if (!this.#isSettling && this.#random.next() < this.options.restlessness) return this.#goAway();
    const connection = await this.#link.connection();
    const { errorCode } = await connection.send(
      heartbeatApi,
      HEARTBEAT_VERSION,
      {
        groupId: this.#group.name,
        generationId: this.generationId,
        memberId: this.#memberId,
        groupInstanceId: this.options.instanceId,
      },
      this.#link.patience.requestTimeoutMs,
    );
    const error = errorNameOf(errorCode);
    if (error !== 'NONE') await this.#refused(error, 'Heartbeat');
  }

  async #commit(): Promise<void> {
    if (this.owns.length === 0) return;
    const partition = this.owns[this.#random.below(this.owns.length)]!;
    const offset = this.#nextCommit++ * 100 + Number(this.options.name.replaceAll(/\D/g, ''));
    const connection = await this.#link.connection();
    const commit = this.#history.committing(this.#group, {
      partition: String(partition),
      memberId: this.options.instanceId ?? this.#memberId,
      offset,
      generationId: this.generationId,
    });
    try {
      const { topics } = await connection.send(
        offsetCommitApi,
        COMMIT_VERSION,
        {
          groupId: this.#group.name,
          generationIdOrMemberEpoch: this.generationId,
          memberId: this.#memberId,
          groupInstanceId: this.options.instanceId,
          topics: [
            {
              name: this.#topic.name,
              partitions: [{ partitionIndex: partition, committedOffset: offset, committedMetadata: '' }],
            },
          ],
        },
        this.#link.patience.requestTimeoutMs,
      );
      const error = errorNameOf(topics[0]!.partitions[0]!.errorCode);
      const outcome = error === 'NONE' ? 'committed' : REFUSED.has(error) ? 'refused' : 'unknown';
      this.#history.committed(this.#group, commit, outcome);
      if (error !== 'NONE') await this.#refused(error, 'OffsetCommit');
    } catch (error) {
      if (commit.outcome === 'open') this.#history.committed(this.#group, commit, 'unknown');
      throw error;
    }
  }

  async #refused(error: ErrorName, api: string): Promise<void> {
    if (!AGAIN.has(error))
      this.#history.violated(
        `C1: ${this.options.name} of ${this.#group.name}: ${api} was refused with ${error}`,
      );
    if (error === 'UNKNOWN_MEMBER_ID') this.#history.expelled(this.#group, this.options.name);
    if (error === 'UNKNOWN_MEMBER_ID' || error === 'FENCED_INSTANCE_ID') this.#memberId = '';
    if (error === 'COORDINATOR_NOT_AVAILABLE')
      await findCoordinator(this.#link, this.#group, await this.#link.connection());
    // A coordinator that loads still knows the member; everything else means: join again.
    if (error.startsWith('COORDINATOR') || error === 'NOT_COORDINATOR') await this.#link.pause();
    else if (api !== 'OffsetCommit' || error !== 'REBALANCE_IN_PROGRESS') this.generationId = -1;
    if (this.generationId < 0) this.owns = [];
  }

  /** Leaves properly, or is silent until its session has ended, and comes back. */
  async #goAway(): Promise<void> {
    const memberId = this.#memberId;
    this.generationId = -1;
    this.owns = [];
    this.#memberId = '';
    if (this.#random.below(2) === 0) {
      const connection = await this.#link.connection();
      const members = [{ memberId, groupInstanceId: this.options.instanceId, reason: null }];
      await connection.send(
        leaveGroupApi,
        LEAVE_VERSION,
        { groupId: this.#group.name, members },
        this.#link.patience.requestTimeoutMs,
      );
    } else this.#link.drop();
    await this.#link.env.clock.sleep(this.#random.below(1_000));
  }
}
