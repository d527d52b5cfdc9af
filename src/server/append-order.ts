/**
 * AppendOrder: appends of this process wait for room as those from a socket do, and none overtakes another.
 *
 * Connections stop reading while memory or journal are full; code in the same process has no socket that could stop, so its
 * appends stand in a queue instead. Bounded by the callers: each waits for its own append.
 */
import type { Partitions } from '../partition/index.ts';

export class AppendOrder {
  readonly #partitions: Pick<Partitions, 'whenReady'>;
  /** The last one in the queue; undefined: nobody waits. */
  #last: Promise<void> | undefined;

  constructor(partitions: Pick<Partitions, 'whenReady'>) {
    this.#partitions = partitions;
  }

  /** Undefined: `bytes` may be appended in this turn. Otherwise resolves when it is this caller's turn and there is room. */
  turn(bytes: number): Promise<void> | undefined {
    if (this.#last === undefined && this.#partitions.whenReady(bytes) === undefined) return undefined;
    const mine = this.#wait(this.#last, bytes).finally(() => {
      if (this.#last === mine) this.#last = undefined;
    });
    this.#last = mine;
    return mine;
  }

  async #wait(before: Promise<void> | undefined, bytes: number): Promise<void> {
    await before;
    for (;;) {
      const ready = this.#partitions.whenReady(bytes);
      if (ready === undefined) return;
      await ready;
    }
  }
}
