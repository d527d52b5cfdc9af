/** ClassicMember: one connection that lives in a classic group as clients do: join, sync, a heartbeat every three seconds, again. */
import {
  encodeAssignment,
  encodeSubscription,
  heartbeatApi,
  joinGroupApi,
  type JoinGroupResponse,
  syncGroupApi,
} from '../../src/protocol/index.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import type { LoadMember, MemberPlace } from './member.ts';

/** As Kafka's clients come. */
const HEARTBEAT_EVERY_MS = 3_000;
const SESSION_MS = 45_000;
const REBALANCE_MS = 300_000;
const MEMBER_ID_REQUIRED = 79;
const REBALANCE_IN_PROGRESS = 27;

export class ClassicMember implements LoadMember {
  heartbeats = 0;
  joins = 0;
  readonly #place: MemberPlace;
  readonly #client: WireClient;
  #memberId = '';
  #generation = -1;
  #owned = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(client: WireClient, place: MemberPlace) {
    this.#client = client;
    this.#place = place;
  }

  static async connect(place: MemberPlace): Promise<ClassicMember> {
    return new ClassicMember(await WireClient.connect(place.port), place);
  }

  /** The generation in which it has its assignment; −1: none. */
  get epoch(): number {
    return this.#generation;
  }

  get owned(): number {
    return this.#owned;
  }

  join(): Promise<void> {
    return this.#unlessClosed(this.#joinUntilIn());
  }

  /** What is under way when the connection is closed fails, and that is all right. */
  async #unlessClosed(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#isClosed) throw error;
    }
  }

  async #joinUntilIn(): Promise<void> {
    for (;;) {
      this.#generation = -1;
      const joined = await this.#askToJoin();
      if (joined.errorCode !== 0) continue; // the group went on without it: again
      const { topic, groupId } = this.#place;
      const share = (partitions: readonly number[]) =>
        encodeAssignment({
          assignedPartitions: [{ topic, partitions: [...partitions] }],
          userData: null,
        });
      const synced = await this.#client.send(syncGroupApi, 5, {
        groupId,
        generationId: joined.generationId,
        memberId: this.#memberId,
        protocolType: 'consumer',
        protocolName: 'range',
        assignments: joined.members.map(({ memberId }, index) => ({ memberId, assignment: share([index]) })),
      });
      if (synced.errorCode !== 0) continue;
      this.#generation = joined.generationId;
      this.#owned = 1;
      this.#beatLater();
      return;
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#client.close();
  }

  async #askToJoin(): Promise<JoinGroupResponse> {
    const { groupId, topic } = this.#place;
    const metadata = encodeSubscription({ topics: [topic], userData: null, ownedPartitions: [] }, 1);
    for (;;) {
      this.joins += 1;
      const answer = await this.#client.send(joinGroupApi, 9, {
        groupId,
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: REBALANCE_MS,
        memberId: this.#memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata }],
      });
      this.#memberId = answer.memberId;
      if (answer.errorCode !== MEMBER_ID_REQUIRED) return answer;
    }
  }

  #beatLater(): void {
    // Spread out: members that got their assignment together do not speak together for ever.
    this.#timer = setTimeout(
      () => void this.#unlessClosed(this.#beat()),
      HEARTBEAT_EVERY_MS * (0.9 + 0.2 * Math.random()),
    );
  }

  async #beat(): Promise<void> {
    const { groupId } = this.#place;
    this.heartbeats += 1;
    const { errorCode } = await this.#client.send(heartbeatApi, 4, {
      groupId,
      generationId: this.#generation,
      memberId: this.#memberId,
    });
    if (errorCode === 0) return this.#beatLater();
    if (errorCode !== REBALANCE_IN_PROGRESS) throw new Error(`a heartbeat was answered with ${errorCode}`);
    await this.#joinUntilIn();
  }
}
