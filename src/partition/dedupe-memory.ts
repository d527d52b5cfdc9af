/**
 * DedupeMemory: what the ids of all partitions take, and what happens when that is too much: the oldest ids of the partition
 * with the most go, which cuts its window short. That is counted and told (I10), at most once a minute.
 */
import type { EventSink } from '../base/index.ts';
import { CHUNK_ENTRIES, type DedupeState } from '../log/index.ts';
import { type DedupeRule, isWithin } from './dedupe.ts';

const TOLD_EVERY_MS = 60_000;

/** A partition, as far as this needs to know it. */
export interface Deduplicating {
  readonly topicId: string;
  readonly index: number;
  readonly state: DedupeState | undefined;
  /** Undefined during replay, when no setting is known. */
  readonly rule: DedupeRule | undefined;
}

export interface DedupeProgress {
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly ids: number;
  /** Ids that were forgotten within their window, since the start. */
  readonly cutShort: number;
}

export class DedupeMemory {
  readonly #limitBytes: number;
  readonly #events: EventSink;
  readonly #known = new Map<Deduplicating, number>();
  #usedBytes = 0;
  #cutShort = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(limitBytes: number, events: EventSink) {
    this.#limitBytes = limitBytes;
    this.#events = events;
  }

  get progress(): DedupeProgress {
    let ids = 0;
    for (const { state } of this.#known.keys()) ids += state?.counting.size ?? 0;
    return { usedBytes: this.#usedBytes, limitBytes: this.#limitBytes, ids, cutShort: this.#cutShort };
  }

  /** The ids of open transactions cannot be let go: their batches are refused beyond half of the limit. */
  hasRoomToHold(partition: Deduplicating): boolean {
    return (partition.state?.heldBytes ?? 0) <= this.#limitBytes / 2;
  }

  changed(partition: Deduplicating, now: number): void {
    const bytes = partition.state?.bytes ?? 0;
    this.#usedBytes += bytes - (this.#known.get(partition) ?? 0);
    this.#known.set(partition, bytes);
    while (this.#usedBytes > this.#limitBytes && this.#letGo(now));
  }

  forget(partition: Deduplicating): void {
    this.#usedBytes -= this.#known.get(partition) ?? 0;
    this.#known.delete(partition);
  }

  /** False: no partition has any that may go. */
  #letGo(now: number): boolean {
    let largest: Deduplicating | undefined;
    for (const [partition, bytes] of this.#known)
      if (partition.state !== undefined && partition.state.counting.size > 0)
        if (largest === undefined || bytes > this.#known.get(largest)!) largest = partition;
    if (largest === undefined) return false;
    const { counting } = largest.state!;
    const { rule } = largest;
    const to = Math.min(counting.next, counting.first + CHUNK_ENTRIES);
    let cut = 0;
    for (let at = counting.first; at < to; at++)
      if (rule === undefined || isWithin(counting, at, counting.next, rule, now)) cut++;
    largest.state!.forgetTo(to);
    this.#usedBytes += largest.state!.bytes - this.#known.get(largest)!;
    this.#known.set(largest, largest.state!.bytes);
    if (cut > 0) this.#tell(largest, cut, now);
    return true;
  }

  #tell({ topicId, index }: Deduplicating, cut: number, now: number): void {
    this.#cutShort += cut;
    if (now - this.#toldAt < TOLD_EVERY_MS) return;
    this.#toldAt = now;
    this.#events(
      'warn',
      'Ids of a topic that deduplicates were forgotten before their window ended: gregor.dedupe.bytes is used up. ' +
        'What comes again with one of them is appended again. Raise the limit, or make a window smaller.',
      { topicId, partition: index, limitBytes: this.#limitBytes, cutShort: this.#cutShort },
    );
  }
}
