/**
 * FirstBatches: of producers that a partition does not know (yet), the batch that was refused for want of room.
 *
 * Such a producer may begin with any sequence (KIP-360). One with several batches in flight must still begin with the oldest:
 *
 *   -> 0-3 no room   -> 4-9 room again: waits   -> 0-3 again: begins   -> 4-9 again
 *
 * If 4-9 began, 0-3 could never be appended any more. Kafka lets it begin, and the producer tries 0-3 until it gives up.
 * Bounded twice: by number, and by time, for a producer that gave its first batch up.
 */
export interface FirstBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

interface Awaited {
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** Wall-clock milliseconds of the last refusal. */
  readonly refusedAt: number;
}

/** Producers; the one whose refusal is the oldest is forgotten first. */
const AWAITED_MAX = 1_000;
/** What was in flight behind a refused batch is no longer waited for by then (`request.timeout.ms` is 30 s in most clients). */
export const AWAITED_MS = 60_000;

export class FirstBatches {
  readonly #awaited = new Map<number, Awaited>();

  get size(): number {
    return this.#awaited.size;
  }

  /** The batch, of a producer that is not known, was refused and will come again. One behind another that waits changes nothing. */
  refused({ producerId, producerEpoch, baseSequence }: FirstBatch, now: number): void {
    const before = this.#find(producerId, now);
    if (before !== undefined && before.producerEpoch > producerEpoch) return;
    if (before?.producerEpoch === producerEpoch && before.baseSequence !== baseSequence) return;
    this.#awaited.delete(producerId); // so that it becomes the newest
    if (this.#awaited.size >= AWAITED_MAX) this.#awaited.delete(this.#awaited.keys().next().value!);
    this.#awaited.set(producerId, { producerEpoch, baseSequence, refusedAt: now });
  }

  /** The sequence that must come before this batch; undefined: it may begin. */
  awaitedBefore({ producerId, producerEpoch, baseSequence }: FirstBatch, now: number): number | undefined {
    const awaited = this.#find(producerId, now);
    if (awaited?.producerEpoch !== producerEpoch || awaited.baseSequence === baseSequence) return undefined;
    return awaited.baseSequence;
  }

  /** The producer has begun. */
  began(producerId: number): void {
    this.#awaited.delete(producerId);
  }

  #find(producerId: number, now: number): Awaited | undefined {
    const awaited = this.#awaited.get(producerId);
    return awaited === undefined || now - awaited.refusedAt >= AWAITED_MS ? undefined : awaited;
  }
}
