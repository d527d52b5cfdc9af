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
  /** From `first` on: those before were handed out. */
  readonly queue: Question[];
  first: number;
  out: number;
}

/** So many that were handed out are kept at the front before the rest moves up: thousands may wait, and they go one by one. */
const GONE_MAX = 1024;

export class Questions {
  readonly #steps = new Map<string, OfStep>();
  readonly #settles = new Map<number, { readonly of: OfStep; readonly settle: (answer: Answer) => void }>();
  #nextId = 0;

  ask(step: string, atOnce: number, data: unknown, settle: (answer: Answer) => void): void {
    let of = this.#steps.get(step);
    if (of === undefined) this.#steps.set(step, (of = { atOnce, queue: [], first: 0, out: 0 }));
    const id = this.#nextId++;
    of.queue.push({ id, step, data });
    this.#settles.set(id, { of, settle });
  }

  /** Those that may go out now. */
  take(): Question[] {
    const taken: Question[] = [];
    for (const of of this.#steps.values())
      for (; of.out < of.atOnce && of.first < of.queue.length; of.out++) taken.push(nextOf(of));
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

/** There is one. */
function nextOf(of: OfStep): Question {
  const question = of.queue[of.first++]!;
  if (of.first > GONE_MAX || of.first === of.queue.length) {
    of.queue.splice(0, of.first);
    of.first = 0;
  }
  return question;
}
