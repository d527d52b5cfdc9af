/**
 * AdmissionQueue: batches of one partition that wait for their check. Checks end in any order, batches enter in that of arrival.
 *
 *   arrival -> 4 (looked at) · 3 · 2 (looked at) · 1 -> admission: sequence, offset, journal, in one turn
 *
 * Invariants
 *   A1  a batch is admitted in the turn in which its check and those of all batches before it have ended
 *   A2  its bytes count in the room from arrival to admission, or until the queue ends
 *   A3  a queue that ended admits nothing any more: everybody in it was refused
 *
 * A partition whose topic asks for no check has no queue at all.
 */
import type { KafkaError, RecordBatch } from '../protocol/index.ts';
import type { BatchCheck, Looked } from './batch-check.ts';
import type { CheckRoom } from './check-room.ts';
import type { Appended } from './placement.ts';

interface Waiting {
  readonly bytes: number;
  readonly admit: (looked: Looked) => Appended;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
  looked: Looked | undefined;
}

const FINE: Looked = { kind: 'fine' };

export class AdmissionQueue {
  readonly #room: CheckRoom;
  readonly #partition: number;
  #waiting: Waiting[] = [];
  #bytes = 0;

  constructor(room: CheckRoom, partition: number) {
    this.#room = room;
    this.#partition = partition;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** What is held for batches that wait here. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * `batch` is the queue's own from now on. `check` undefined: it only waits for those before it. `admit` is called in order, and
   * what it throws is the answer.
   */
  enter(
    batch: RecordBatch,
    check: BatchCheck | undefined,
    admit: (looked: Looked) => Appended,
  ): Promise<Appended> {
    const { sizeInBytes: bytes } = batch;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { bytes, admit, resolve, reject, looked: undefined };
      this.#waiting.push(waiting);
      this.#count(bytes);
      const end = (looked: Looked) => {
        waiting.looked = looked;
        this.#admitReady();
      };
      if (check === undefined) end(FINE);
      else check.look(batch, this.#partition).then(end, (error: unknown) => end({ kind: 'unseen', error }));
    });
  }

  #admitReady(): void {
    while (this.#waiting[0]?.looked !== undefined) {
      const { bytes, admit, looked, resolve, reject } = this.#waiting.shift()!; // A1
      this.#count(-bytes);
      try {
        resolve(admit(looked!));
      } catch (refused) {
        reject(refused);
      }
    }
  }

  /** Refuses all that wait, at once. */
  end(error: KafkaError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error); // A3
    this.#count(-this.#bytes);
  }

  #count(bytes: number): void {
    this.#bytes += bytes; // A2
    this.#room.add(bytes);
  }
}
