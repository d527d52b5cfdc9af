/** Committed offsets of one group: topic -> partition -> where its readers stand. Changed by replay alone. */
import type { OffsetCommitKey, OffsetCommitValue } from '../records.ts';

export class CommittedOffsets {
  readonly #topics = new Map<string, Map<number, OffsetCommitValue>>();

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  get count(): number {
    let count = 0;
    for (const partitions of this.#topics.values()) count += partitions.size;
    return count;
  }

  find(topic: string, partition: number): OffsetCommitValue | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  /** Topic -> its partitions, in the order of their first commit. */
  topics(): ReadonlyMap<string, ReadonlyMap<number, OffsetCommitValue>> {
    return this.#topics;
  }

  replay({ topic, partition }: OffsetCommitKey, value: OffsetCommitValue | null): void {
    let partitions = this.#topics.get(topic);
    if (value === null) {
      partitions?.delete(partition);
      if (partitions?.size === 0) this.#topics.delete(topic);
      return;
    }
    if (partitions === undefined) this.#topics.set(topic, (partitions = new Map()));
    partitions.set(partition, value);
  }
}
