/**
 * Turns: verbs that change a partition's files, one after the other, in the order in which they were asked for.
 *
 *   `write`   its failure is final: nothing is written any more (L4 of PartitionLog), everybody hears of the first one
 *   `follow`  waits for its turn as well, whatever became of those before
 */
import type { KafkaError } from '../protocol/index.ts';
import { storageError } from './storage-error.ts';

export class Turns {
  readonly #directory: string;
  /** Rejects never: the end of what changes files now. */
  #last: Promise<unknown> = Promise.resolve();
  #failed: KafkaError | undefined;
  #isOver = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Nothing is written any more: writes that come later are as good as done. */
  end(): void {
    this.#isOver = true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  write(work: () => Promise<void>): Promise<void> {
    return this.follow(async () => {
      if (this.#isOver) return;
      if (this.#failed !== undefined) throw this.#failed;
      try {
        await work();
      } catch (error) {
        throw this.fail(error);
      }
    });
  }

  /** Nothing is written any more, for this reason; answers what everybody hears. */
  fail(error: unknown): KafkaError {
    this.#failed ??= storageError(`writing ${this.#directory} failed`, error);
    return this.#failed;
  }

  follow<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {
      // Whoever asked for it hears of the error; those who wait only need to know that it is over.
    });
    return done;
  }
}
