/**
 * Pending offsets: what open transactions want to commit for one group. They count once their marker is in the log.
 *
 * An offset that was committed without a transaction after the pending one has its place later in the log, and stays.
 * Changed by replay alone.
 */
import type { OffsetCommitKey, OffsetCommitValue } from '../records.ts';

export interface PendingOffset {
  readonly key: OffsetCommitKey;
  readonly value: OffsetCommitValue;
}

interface Ordered extends PendingOffset {
  /** Of its place in the log. */
  readonly order: number;
}

const placeOf = ({ topic, partition }: { topic: string; partition: number }) => `${partition}:${topic}`;

export class PendingOffsets {
  /** Producer id -> place -> what it wants. */
  readonly #producers = new Map<number, Map<string, Ordered>>();
  #order = 0;

  get isEmpty(): boolean {
    return this.#producers.size === 0;
  }

  has(topic: string, partition: number): boolean {
    const place = placeOf({ topic, partition });
    for (const offsets of this.#producers.values()) if (offsets.has(place)) return true;
    return false;
  }

  /** The places of all of them, each once. */
  keys(): OffsetCommitKey[] {
    const keys = new Map<string, OffsetCommitKey>();
    for (const offsets of this.#producers.values())
      for (const [place, { key }] of offsets) keys.set(place, key);
    return [...keys.values()];
  }

  add(producerId: number, offset: PendingOffset): void {
    const offsets = this.#producers.get(producerId) ?? new Map<string, Ordered>();
    this.#producers.set(producerId, offsets);
    offsets.set(placeOf(offset.key), { ...offset, order: this.#order++ });
  }

  /** A commit or a tombstone counts that has its place in the log behind all that are pending, or behind those up to `order`. */
  overtaken(key: OffsetCommitKey, order = Number.POSITIVE_INFINITY): void {
    const place = placeOf(key);
    for (const [producerId, offsets] of this.#producers) {
      if ((offsets.get(place)?.order ?? order) >= order) continue;
      offsets.delete(place);
      if (offsets.size === 0) this.#producers.delete(producerId);
    }
  }

  /** The transaction of this producer has ended: what it wanted, in the order in which it asked. */
  take(producerId: number): PendingOffset[] {
    const offsets = [...(this.#producers.get(producerId)?.values() ?? [])];
    this.#producers.delete(producerId);
    return offsets;
  }

  /** The same, and what others wanted before for the same partitions is overtaken. */
  commit(producerId: number): PendingOffset[] {
    const offsets = this.#producers.get(producerId);
    const taken = this.take(producerId);
    if (offsets !== undefined) for (const { key, order } of offsets.values()) this.overtaken(key, order);
    return taken;
  }
}
