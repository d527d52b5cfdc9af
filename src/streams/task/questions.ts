/** Questions: what a task has asked and is not answered yet. Handed out once each, in the order of asking, so many of a step at once. */
import { assert } from '../../base/index.ts';
import type { Answer } from '../operators/operator.ts';

export interface Question {
  readonly id: number;
  readonly step: string;
  readonly data: unknown;
}

interface OfStep {
  readonly atOnce: number;
  readonly queue: Question[];
  out: number;
}

export class Questions {
  readonly #steps = new Map<string, OfStep>();
  readonly #settles = new Map<number, { readonly of: OfStep; readonly settle: (answer: Answer) => void }>();
  #nextId = 0;

  ask(step: string, atOnce: number, data: unknown, settle: (answer: Answer) => void): void {
    let of = this.#steps.get(step);
    if (of === undefined) this.#steps.set(step, (of = { atOnce, queue: [], out: 0 }));
    const id = this.#nextId++;
    of.queue.push({ id, step, data });
    this.#settles.set(id, { of, settle });
  }

  /** Those that may go out now. */
  take(): Question[] {
    const taken: Question[] = [];
    for (const of of this.#steps.values()) {
      const count = Math.min(of.atOnce - of.out, of.queue.length);
      if (count <= 0) continue;
      of.out += count;
      taken.push(...of.queue.splice(0, count));
    }
    return taken;
  }

  /** One that was handed out. */
  answer(id: number, answer: Answer): void {
    const found = this.#settles.get(id);
    assert(found !== undefined, () => `question ${id} is not open`);
    this.#settles.delete(id);
    found.of.out--;
    found.settle(answer);
  }
}
