/** CallQueue: what is asked while a call is under way goes together into the next one, in its order; one call at a time. */
export interface CallLimits<Q> {
  /** So many questions go into one call at most. */
  readonly questions: number;
  /** And so many bytes, but at least one question. */
  readonly bytes: number;
  readonly sizeOf: (question: Q) => number;
}

interface Waiting<Q> {
  readonly question: Q;
  readonly resolve: (value: unknown) => void;
}

export class CallQueue<Q> {
  readonly #limits: CallLimits<Q>;
  readonly #call: (questions: readonly Q[]) => Promise<readonly unknown[] | undefined>;
  readonly #waiting: Waiting<Q>[] = [];
  #isCalling = false;

  /** `call`: answers to its questions; undefined: there will be none any more. */
  constructor(
    limits: CallLimits<Q>,
    call: (questions: readonly Q[]) => Promise<readonly unknown[] | undefined>,
  ) {
    this.#limits = limits;
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
      const some = this.#waiting.splice(0, this.#countOfNext());
      const answers = await this.#call(some.map(({ question }) => question));
      if (answers === undefined) return;
      for (const [n, { resolve }] of some.entries()) resolve(answers[n]);
    }
    this.#isCalling = false;
  }

  #countOfNext(): number {
    const { questions, bytes, sizeOf } = this.#limits;
    const most = Math.min(questions, this.#waiting.length);
    let sum = 0;
    for (let n = 0; n < most; n++) {
      sum += sizeOf(this.#waiting[n]!.question);
      if (sum > bytes && n > 0) return n;
    }
    return most;
  }
}
