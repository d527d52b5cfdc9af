/**
 * GroupMembership: this process in a consumer group of the classic protocol, with an assignor of its own: partition n of every
 * topic goes to the same member, so a task finds all its inputs in one place.
 */
import type { Consumer, GroupPartitionsAssigner } from '@platformatic/kafka';
import type { Fetched, Membership, Position } from '../log-client.ts';
import { ASSIGNMENT, shareOf } from '../share.ts';
import type { Fetcher } from './fetcher.ts';

export const PROTOCOL = { name: ASSIGNMENT, version: 1 };

export const assignByNumber: GroupPartitionsAssigner = (_leader, members, topics, metadata) => {
  const ids = [...members.keys()].sort();
  return ids.map((memberId, n) => ({
    memberId,
    assignments: new Map(
      [...topics].map((topic) => {
        const count = metadata.topics.get(topic)!.partitionsCount;
        return [topic, { topic, partitions: shareOf(count, n, ids.length) }];
      }),
    ),
  }));
};

export class GroupMembership implements Membership {
  readonly consumer: Consumer;
  readonly #fetcher: Fetcher;
  #generation = 0;
  #assignment = new Map<string, readonly number[]>();
  #isLost = false;

  private constructor(consumer: Consumer, fetcher: Fetcher) {
    this.consumer = consumer;
    this.#fetcher = fetcher;
  }

  static async join(
    consumer: Consumer,
    fetcher: Fetcher,
    topics: readonly string[],
  ): Promise<GroupMembership> {
    const membership = new GroupMembership(consumer, fetcher);
    for (const topic of new Set(topics)) consumer.topics.track(topic);
    consumer.on('consumer:group:join', () => membership.#joined());
    // The library tells so when joining again failed for good; it does not try any more.
    consumer.on('error', () => {
      membership.#isLost = true;
    });
    await consumer.joinGroup({});
    return membership;
  }

  get generation(): number {
    return this.#generation;
  }

  get assignment(): ReadonlyMap<string, readonly number[]> {
    return this.#assignment;
  }

  async committed(topic: string, partition: number): Promise<number> {
    const topics = [{ topic, partitions: [partition] }];
    const offset = Number(
      (await this.consumer.listCommittedOffsets({ topics })).get(topic)?.[partition] ?? -1n,
    );
    return offset >= 0 ? offset : this.#fetcher.start(topic, partition);
  }

  async fetch(positions: readonly Position[], waitMs: number): Promise<Fetched[]> {
    if (this.#isLost) {
      await this.consumer.joinGroup({});
      this.#isLost = false;
    }
    return this.#fetcher.fetch(positions, waitMs);
  }

  async leave(): Promise<void> {
    try {
      await this.consumer.leaveGroup(true);
    } catch {
      // the end of the session does the same, later
    }
  }

  #joined(): void {
    this.#generation++;
    this.#assignment = new Map(
      (this.consumer.assignments ?? []).map(({ topic, partitions }) => [topic, partitions]),
    );
  }
}
