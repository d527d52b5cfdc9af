/**
 * LocalMembership: this broker as a member of a consumer group, like any other: tools see it, runners on the other side of a
 * socket share the work with it, and nobody can move the group's offsets while it runs.
 *
 *   join -> sync -> heartbeat, heartbeat ... -> told to join again -> join ...
 *
 * The member is static (KIP-345): after a crash of the broker it takes its own place again at once, instead of waiting for the
 * session of its former self. What ended its stay is told by the next `fetch`, which joins again where that can help.
 */
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  errorNameOf,
  type JoinGroupResponse,
  KafkaError,
} from '../../protocol/index.ts';
import { PlanError } from '../../streams/index.ts';
import { goneTopic, KnownTopics } from '../missing-topic.ts';
import type { Fetched, Membership, Position } from '../log-client.ts';
import { ASSIGNMENT, areDifferent, shareOut } from '../share.ts';
import { type LocalLog, partitionOf } from './local-log.ts';
import type { Reader } from './reader.ts';

export interface MemberOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Who this is over restarts; two that run at a time have different ones. */
  readonly instance: string;
}

const CLIENT = { clientId: 'gregor-pipeline', clientHost: '/in-the-broker', version: 9 };
const PROTOCOL_TYPE = 'consumer';
/** The broker does not count the time in which it stood still itself, so only a broker that is gone is missed. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 500;
const RETRY_MS = 50;
const OFFSETS_RETRY_MS = 20;

/** Answers that asking again would not change, and what to do. */
const REFUSALS: Readonly<Record<string, string>> = {
  INCONSISTENT_GROUP_PROTOCOL:
    'the group has members that are no pipeline: give the pipeline another name, or stop them',
  FENCED_INSTANCE_ID: 'another runner of the same pipeline in this broker took its place',
  GROUP_MAX_SIZE_REACHED: 'the group is full (group.max.size)',
  INVALID_SESSION_TIMEOUT: `group.min.session.timeout.ms or group.max.session.timeout.ms leaves no room for ${SESSION_MS} ms`,
  INVALID_GROUP_ID: 'that is no name for a group',
};

export class LocalMembership implements Membership {
  readonly group: string;
  readonly #log: LocalLog;
  readonly #reader: Reader;
  readonly #options: MemberOptions;
  readonly #left = new AbortController();
  readonly #known = new KnownTopics();
  #memberId = '';
  /** The group has been shared out with this member id in it. */
  #isSettled = false;
  #groupGeneration = -1;
  #generation = 0;
  #assignment: ReadonlyMap<string, readonly number[]> = new Map();
  #lost: Error | undefined;
  #isMixed = false;
  /** Ends the waiting of a `fetch`. */
  #stopWaiting: () => void = () => {};

  private constructor(log: LocalLog, reader: Reader, options: MemberOptions) {
    this.#log = log;
    this.#reader = reader;
    this.#options = options;
    this.group = options.group;
  }

  static async join(log: LocalLog, reader: Reader, options: MemberOptions): Promise<LocalMembership> {
    const membership = new LocalMembership(log, reader, options);
    await log.groups.open();
    await membership.#join();
    void membership.#stay();
    return membership;
  }

  get generation(): number {
    return this.#generation;
  }

  get isMixed(): boolean {
    return this.#isMixed;
  }

  get assignment(): ReadonlyMap<string, readonly number[]> {
    return this.#assignment;
  }

  async committed(topic: string, index: number): Promise<number> {
    const { partition, topicId } = partitionOf(this.#log, topic, index);
    const topics = [{ name: topic, topicId, partitionIndexes: [index] }];
    for (;;) {
      const answer = await this.#log.groups.fetchOffsets({
        groupId: this.group,
        topics,
        requireStable: true,
      });
      const found = answer.topics[0]?.partitions[0];
      const name = errorNameOf(answer.errorCode === 0 ? (found?.errorCode ?? 0) : answer.errorCode);
      if (name === 'NONE')
        return (found?.committedOffset ?? -1) >= 0 ? found!.committedOffset : partition.logStartOffset;
      if (name !== 'UNSTABLE_OFFSET_COMMIT') throw new KafkaError(name, `offsets of ${this.group}`);
      await this.#log.clock.sleep(OFFSETS_RETRY_MS); // a transaction that somebody else ends
    }
  }

  async fetch(positions: readonly Position[], waitMs: number): Promise<readonly Fetched[]> {
    for (const { topic } of positions) {
      const found = this.#log.image.find(topic);
      if (found === undefined) throw goneTopic(topic);
      this.#known.check(topic, found.id);
    }
    if (this.#lost instanceof PlanError) throw this.#lost;
    if (this.#lost !== undefined) {
      this.#lost = undefined;
      await this.#join();
      void this.#stay();
    }
    return this.#reader.fetch(positions, waitMs, (stop) => {
      this.#stopWaiting = stop;
    });
  }

  async leave(): Promise<void> {
    this.#left.abort();
    this.#stopWaiting();
    const { group: groupId, instance: groupInstanceId } = this.#options;
    const members = [{ memberId: this.#memberId, groupInstanceId, reason: 'the pipeline stops' }];
    await this.#log.groups.leaveGroup({ groupId, memberId: '', members }, 5);
  }

  /** Until it leaves: tells that it is here, and joins again when it is told to. */
  async #stay(): Promise<void> {
    const { clock, groups } = this.#log;
    const { signal } = this.#left;
    try {
      for (;;) {
        await clock.sleep(HEARTBEAT_MS, signal);
        if (signal.aborted) return;
        const { errorCode } = await groups.heartbeat({
          groupId: this.group,
          generationId: this.#groupGeneration,
          memberId: this.#memberId,
          groupInstanceId: this.#options.instance,
        });
        if (signal.aborted) return;
        const name = errorNameOf(errorCode);
        if (name === 'NONE' || name.startsWith('COORDINATOR_')) continue;
        this.#refuse(name);
        if (name === 'UNKNOWN_MEMBER_ID') this.#forgetName();
        await this.#join();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#lost = error as Error;
      this.#stopWaiting();
    }
  }

  async #join(): Promise<void> {
    const { clock, groups } = this.#log;
    const { group: groupId, topics, instance: groupInstanceId } = this.#options;
    while (!this.#left.signal.aborted) {
      const joined = await groups.joinGroup(
        {
          groupId,
          sessionTimeoutMs: SESSION_MS,
          rebalanceTimeoutMs: SESSION_MS,
          memberId: this.#memberId,
          groupInstanceId,
          protocolType: PROTOCOL_TYPE,
          protocols: [
            {
              name: ASSIGNMENT,
              metadata: encodeSubscription({ topics: [...new Set(topics)], ownedPartitions: [] }),
            },
          ],
          reason: null,
        },
        CLIENT,
      );
      const name = errorNameOf(joined.errorCode);
      this.#refuse(name);
      if (name === 'NOT_COORDINATOR') throw new KafkaError(name, 'the broker stops, or its disk failed');
      if (name === 'NONE') {
        this.#memberId = joined.memberId;
        if (await this.#sync(joined)) return;
      } else if (name === 'UNKNOWN_MEMBER_ID') this.#forgetName();
      else if (name === 'MEMBER_ID_REQUIRED') this.#memberId = joined.memberId;
      await clock.sleep(RETRY_MS, this.#left.signal);
    }
  }

  /** False: the group is being shared out anew already. */
  async #sync({ generationId, leader, members, skipAssignment, protocolName }: JoinGroupResponse) {
    if (protocolName !== ASSIGNMENT) this.#refuse('INCONSISTENT_GROUP_PROTOCOL');
    const { group: groupId, instance: groupInstanceId } = this.#options;
    const isLeader = leader === this.#memberId && !skipAssignment;
    const synced = await this.#log.groups.syncGroup({
      groupId,
      generationId,
      memberId: this.#memberId,
      groupInstanceId,
      protocolType: PROTOCOL_TYPE,
      protocolName,
      assignments: isLeader ? this.#assign(members) : [],
    });
    const name = errorNameOf(synced.errorCode);
    this.#refuse(name);
    if (name !== 'NONE') {
      // A coordinator that was loaded anew may have another name of this instance in its log, and would take this one for an outlived one.
      if (!this.#isSettled && name !== 'REBALANCE_IN_PROGRESS') this.#forgetName();
      return false;
    }
    this.#isSettled = true;
    const own = synced.assignment.length === 0 ? [] : decodeAssignment(synced.assignment).assignedPartitions;
    this.#assignment = new Map(own.map(({ topic, partitions }) => [topic, partitions]));
    this.#groupGeneration = generationId;
    this.#generation++;
    this.#stopWaiting();
    return true;
  }

  #forgetName(): void {
    this.#memberId = '';
    this.#isSettled = false;
  }

  #assign(members: JoinGroupResponse['members']) {
    const reading = new Map(
      members.map(({ memberId, metadata }) => [memberId, decodeSubscription(metadata).topics]),
    );
    this.#isMixed = areDifferent(reading);
    const shares = shareOut(reading, (topic) => this.#log.image.find(topic)?.partitionCount ?? 0);
    return [...shares].map(([memberId, share]) => ({
      memberId,
      assignment: encodeAssignment({
        assignedPartitions: [...share].map(([topic, partitions]) => ({ topic, partitions })),
      }),
    }));
  }

  #refuse(name: string): void {
    const reason = REFUSALS[name];
    if (reason !== undefined)
      throw new PlanError(`the pipeline cannot be a member of the group '${this.group}': ${reason}`);
  }
}
