/**
 * CheckRoom: what all batches that wait for a check may take together (`gregor.check.bytes`).
 *
 *   a partition holds a quarter, or all hold the limit     who sent the last one is not read until there is room
 *   all hold twice the limit                               refused, to be tried again: many connections each sent one more
 */
import { KafkaError, NOTHING_WRITTEN } from '../protocol/index.ts';
import type { AdmissionQueue } from './admission-queue.ts';

const PARTITION_SHARE = 0.25;
const REFUSED_ABOVE = 2;

interface Sender {
  readonly queue: AdmissionQueue;
  readonly wake: () => void;
}

export class CheckRoom {
  readonly #limitBytes: number;
  readonly #senders = new Set<Sender>();
  #used = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Negative: given back. */
  add(bytes: number): void {
    this.#used += bytes;
    if (bytes >= 0) return;
    for (const sender of this.#senders) {
      if (this.#isFull(sender.queue)) continue;
      this.#senders.delete(sender);
      sender.wake();
    }
  }

  /** Why a batch may not even wait; undefined: it may. */
  refusal(): KafkaError | undefined {
    if (this.#used < REFUSED_ABOVE * this.#limitBytes) return undefined;
    return new KafkaError(
      'KAFKA_STORAGE_ERROR',
      `${this.#used} bytes wait for their checks (gregor.check.bytes is ${this.#limitBytes}): try again; ${NOTHING_WRITTEN}`,
    );
  }

  /** Undefined: there is room for more in this queue. Otherwise resolves when there is. */
  whenFree(queue: AdmissionQueue): Promise<void> | undefined {
    if (!this.#isFull(queue)) return undefined;
    return new Promise((wake) => this.#senders.add({ queue, wake }));
  }

  #isFull(queue: AdmissionQueue): boolean {
    return this.#used >= this.#limitBytes || queue.bytes >= this.#limitBytes * PARTITION_SHARE;
  }
}
