/**
 * ConsumerMember: one connection that lives in a group of the consumer protocol as clients do: a heartbeat at the interval that it was
 * told, and one at once when it has given back or taken what it was told to.
 */
import { consumerGroupHeartbeatApi, type ConsumerGroupHeartbeatResponse } from '../../src/protocol/index.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import type { LoadMember, MemberPlace } from './member.ts';

const REBALANCE_MS = 300_000;

export class ConsumerMember implements LoadMember {
  heartbeats = 0;
  joins = 0;
  epoch = -1;
  readonly #place: MemberPlace;
  readonly #client: WireClient;
  readonly #memberId = crypto.randomUUID();
  #partitions: readonly number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(client: WireClient, place: MemberPlace) {
    this.#client = client;
    this.#place = place;
  }

  static async connect(place: MemberPlace): Promise<ConsumerMember> {
    return new ConsumerMember(await WireClient.connect(place.port), place);
  }

  get owned(): number {
    return this.#partitions.length;
  }

  join(): Promise<void> {
    return this.#unlessClosed(this.#enter());
  }

  /** What is under way when the connection is closed fails, and that is all right. */
  async #unlessClosed(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.#isClosed) throw error;
    }
  }

  async #enter(): Promise<void> {
    this.joins += 1;
    const { topic } = this.#place;
    this.#hear(
      await this.#say({
        memberEpoch: 0,
        rebalanceTimeoutMs: REBALANCE_MS,
        subscribedTopicNames: [topic],
        topicPartitions: [],
      }),
    );
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#client.close();
  }

  async #say(more: {
    memberEpoch: number;
    rebalanceTimeoutMs?: number;
    subscribedTopicNames?: string[];
    topicPartitions?: { topicId: string; partitions: number[] }[];
  }): Promise<ConsumerGroupHeartbeatResponse> {
    this.heartbeats += 1;
    const answer = await this.#client.send(consumerGroupHeartbeatApi, 1, {
      groupId: this.#place.groupId,
      memberId: this.#memberId,
      ...more,
    });
    if (answer.errorCode !== 0) throw new Error(`a heartbeat was answered with ${answer.errorCode}`);
    return answer;
  }

  #hear({ memberEpoch, heartbeatIntervalMs, assignment }: ConsumerGroupHeartbeatResponse): void {
    this.epoch = memberEpoch;
    if (assignment === null) {
      this.#timer = setTimeout(() => void this.#unlessClosed(this.#beat(false)), heartbeatIntervalMs);
      return;
    }
    this.#partitions = assignment.topicPartitions.flatMap(({ partitions }) => partitions);
    this.#timer = setTimeout(() => void this.#unlessClosed(this.#beat(true)), 0);
  }

  async #beat(tellsOwned: boolean): Promise<void> {
    const { topicId } = this.#place;
    const owned = this.#partitions.length === 0 ? [] : [{ topicId, partitions: [...this.#partitions] }];
    this.#hear(
      await this.#say({ memberEpoch: this.epoch, ...(tellsOwned ? { topicPartitions: owned } : {}) }),
    );
  }
}
