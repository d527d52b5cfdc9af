/**
 * Pins: the position of an input topic of which some records are held by reference (operators/shelf.ts).
 *
 *   offsets   -------+------x---x---------+------>       x: held
 *                committed                seen
 *
 *   P1  what is committed for the group is the lowest offset that is held; how far records have been taken, `seen`, is state
 *   P2  after a start [committed, seen) is read again: nothing comes of it but that what is held is put back; until that is done no time
 *       passes and nothing is committed
 */
import type { Table } from '../store/table.ts';

export class Pins {
  readonly #topic: string;
  readonly #seen: Table<number>;
  readonly #lowest: (() => number | undefined)[] = [];
  #againFrom = Infinity;
  #againUntil = 0;
  #reached = 0;
  #committed: number | undefined;

  constructor(topic: string, seen: Table<number>) {
    this.#topic = topic;
    this.#seen = seen;
  }

  add(lowest: () => number | undefined): void {
    this.#lowest.push(lowest);
  }

  /** When all are there. */
  start(): void {
    this.#againFrom = this.#pinned() ?? Infinity;
    this.#againUntil = this.#againFrom === Infinity ? 0 : (this.#seen.get(this.#topic) ?? 0);
  }

  get isCatchingUp(): boolean {
    return this.#reached < this.#againUntil;
  }

  isAgain(offset: number): boolean {
    return this.#againFrom <= offset && offset < this.#againUntil;
  }

  reached(position: number): void {
    this.#reached = position;
  }

  /** The oldest that is held, and how many records have been taken since; undefined: none is held. */
  get oldest(): { readonly topic: string; readonly offset: number; readonly lag: number } | undefined {
    const offset = this.#pinned();
    if (offset === undefined) return undefined;
    return { topic: this.#topic, offset, lag: (this.#seen.get(this.#topic) ?? offset) - offset };
  }

  /** `next`: where to read on. Answers what to commit; undefined: as before. */
  position(next: number | undefined): number | undefined {
    const before = this.#seen.get(this.#topic) ?? 0;
    if (next !== undefined && next > before) this.#seen.put(this.#topic, next);
    const position = this.#pinned() ?? Math.max(before, next ?? 0);
    if (position === this.#committed || position === 0) return undefined;
    this.#committed = position;
    return position;
  }

  #pinned(): number | undefined {
    let least: number | undefined;
    for (const lowest of this.#lowest) {
      const one = lowest();
      if (one !== undefined && (least === undefined || one < least)) least = one;
    }
    return least;
  }
}
