/**
 * GroupMember: this process as one member of a classic consumer group that reads one topic.
 *
 * Commits once a second what was done, and at the end. After a rebalance it goes on from what the group committed:
 * a record may come twice, none is skipped.
 */
import type { BytesConsumer } from './session.ts';

const COMMIT_MS = 1000;
const NOTHING_COMMITTED = -1n;
const EARLIEST = -2n;

export class GroupMember {
  readonly #consumer: BytesConsumer;
  readonly #topic: string;
  readonly #done = new Map<number, { offset: bigint; leaderEpoch: number }>();
  #timer: NodeJS.Timeout | undefined;
  #hasChanged = false;
  #onChange: () => void = () => {};

  constructor(consumer: BytesConsumer, topic: string) {
    this.#consumer = consumer;
    this.#topic = topic;
  }

  async join(): Promise<void> {
    if (!this.#consumer.topics.has(this.#topic)) this.#consumer.topics.track(this.#topic);
    await this.#consumer.joinGroup({});
    this.#consumer.on('consumer:group:join', () => {
      this.#done.clear();
      this.#hasChanged = true;
      this.#onChange();
    });
    this.#timer = setInterval(() => void this.commit().catch(() => undefined), COMMIT_MS); // the last commit reports
  }

  /** Where the group stands in the partitions that are ours; their start where it never was. */
  async positions(): Promise<Map<number, bigint>> {
    const ours =
      (this.#consumer.assignments ?? []).find(({ topic }) => topic === this.#topic)?.partitions ?? [];
    if (ours.length === 0) return new Map();
    const topics = [{ topic: this.#topic, partitions: ours }];
    const committed = (await this.#consumer.listCommittedOffsets({ topics })).get(this.#topic) ?? [];
    const asked = { topics: [this.#topic], partitions: { [this.#topic]: ours }, timestamp: EARLIEST };
    const starts = (await this.#consumer.listOffsets(asked)).get(this.#topic) ?? [];
    return new Map(
      ours.map((partition) => {
        const [offset, start] = [committed[partition] ?? NOTHING_COMMITTED, starts[partition] ?? 0n];
        return [partition, offset > start ? offset : start];
      }),
    );
  }

  /** Everything before `offset` was written out. */
  done(partition: number, offset: bigint, leaderEpoch: number): void {
    if (this.#hasChanged) return; // it may belong to somebody else by now
    this.#done.set(partition, { offset, leaderEpoch });
  }

  async commit(): Promise<void> {
    const offsets = [...this.#done].map(([partition, place]) => ({
      topic: this.#topic,
      partition,
      ...place,
    }));
    if (offsets.length === 0) return;
    this.#done.clear();
    await this.#consumer.commit({ offsets });
  }

  /** Resolves when the group was shared out anew. */
  nextChange(): Promise<void> {
    if (this.#hasChanged) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }

  /** True once after each change. */
  takeChange(): boolean {
    const had = this.#hasChanged;
    this.#hasChanged = false;
    return had;
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    try {
      await this.#consumer.leaveGroup(false);
    } catch {
      // the end of the session does the same, later
    }
  }
}
