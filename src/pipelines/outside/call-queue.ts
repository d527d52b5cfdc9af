/** CallQueue: what is asked while a call is under way goes together into the next one, in its order; one call at a time. */
interface Waiting<Q> {
  readonly question: Q;
  readonly resolve: (value: unknown) => void;
}

export class CallQueue<Q> {
  readonly #limit: number;
  readonly #call: (questions: readonly Q[]) => Promise<readonly unknown[] | undefined>;
  readonly #waiting: Waiting<Q>[] = [];
  #isCalling = false;

  /** `call`: answers to at most `limit` questions; undefined: there will be none any more. */
  constructor(limit: number, call: (questions: readonly Q[]) => Promise<readonly unknown[] | undefined>) {
    this.#limit = limit;
    this.#call = call;
  }

  ask(question: Q): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.push({ question, resolve });
      if (!this.#isCalling) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isCalling = true;
    await Promise.resolve(); // whatever is asked in this turn goes along
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, this.#limit);
      const answers = await this.#call(some.map(({ question }) => question));
      if (answers === undefined) return;
      for (const [n, { resolve }] of some.entries()) resolve(answers[n]);
    }
    this.#isCalling = false;
  }
}
