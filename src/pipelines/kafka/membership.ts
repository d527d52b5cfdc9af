/**
 * GroupMembership: this process in a consumer group of the classic protocol, with an assignor of its own: partition n of every
 * topic goes to the same member, so a task finds all its inputs in one place.
 */
import type { Consumer, GroupPartitionsAssigner } from '@platformatic/kafka';
import type { Fetched, Membership, Position } from '../log-client.ts';
import { ASSIGNMENT, areDifferent, shareOut } from '../share.ts';
import type { Fetcher } from './fetcher.ts';

export const PROTOCOL = { name: ASSIGNMENT, version: 1 };

/** What the leader of the group sees. */
export interface Group {
  isMixed: boolean;
}

/** `group` is kept up to date. */
export function assignByNumber(group: Group): GroupPartitionsAssigner {
  return (_leader, members, _topics, metadata) => {
    const reading = new Map([...members].map(([id, { topics = [] }]) => [id, topics]));
    group.isMixed = areDifferent(reading);
    const shares = shareOut(reading, (topic) => metadata.topics.get(topic)!.partitionsCount);
    return [...shares].map(([memberId, share]) => ({
      memberId,
      assignments: new Map([...share].map(([topic, partitions]) => [topic, { topic, partitions }])),
    }));
  };
}

export class GroupMembership implements Membership {
  readonly consumer: Consumer;
  readonly #group: Group;
  readonly #fetcher: Fetcher;
  #generation = 0;
  #assignment = new Map<string, readonly number[]>();
  #isLost = false;

  private constructor(consumer: Consumer, fetcher: Fetcher, group: Group) {
    this.consumer = consumer;
    this.#group = group;
    this.#fetcher = fetcher;
  }

  static async join(
    consumer: Consumer,
    fetcher: Fetcher,
    { topics, group }: { readonly topics: readonly string[]; readonly group: Group },
  ): Promise<GroupMembership> {
    const membership = new GroupMembership(consumer, fetcher, group);
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

  get isMixed(): boolean {
    return this.#group.isMixed;
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
