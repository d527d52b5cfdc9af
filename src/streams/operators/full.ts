/** Full: keys, or groups, of which as many records are held as make a task pause. Derived: found again from state after a start. */
import type { OperatorContext } from './operator.ts';

export class Full {
  /** False: it never pauses. */
  readonly isWatched: boolean;
  readonly #context: OperatorContext;
  readonly #pauseAt: number;
  readonly #ids = new Set<string>();

  constructor(context: OperatorContext, pauseAt: number) {
    this.#context = context;
    this.#pauseAt = pauseAt;
    this.isWatched = pauseAt !== Infinity;
    if (this.isWatched) context.pauseWhile(() => this.#ids.size > 0);
  }

  /** So many records of it are held now. */
  note(id: string, held: number): void {
    if (held < this.#pauseAt) this.#ids.delete(id);
    else if (!this.#ids.has(id)) {
      this.#ids.add(id);
      this.#context.count('pauses');
    }
  }
}
