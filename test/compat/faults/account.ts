/** Account: what a producer was told of its numbered records, held against what the log has. */
export class Account {
  readonly #count: number;
  readonly #acknowledged = new Set<number>();
  readonly #failed = new Map<number, string>();
  readonly #seen = new Map<number, number>();
  #last = -1;
  outOfOrder = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** A line of a producer: `ok 17` or `failed 17 why`. */
  told(line: string): void {
    const [outcome, number, ...why] = line.split(' ');
    if (outcome === 'ok') this.#acknowledged.add(Number(number));
    if (outcome === 'failed') this.#failed.set(Number(number), why.join(' '));
  }

  /** Resolves when so many are acknowledged, or after so long. */
  async acknowledgedAtLeast(count: number, ms: number): Promise<void> {
    const deadline = Date.now() + ms;
    while (this.#acknowledged.size < count && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  read(number: number): void {
    const times = this.#seen.get(number) ?? 0;
    this.#seen.set(number, times + 1);
    if (times > 0) return;
    if (number < this.#last) this.outOfOrder++;
    this.#last = Math.max(this.#last, number);
  }

  /** Acknowledged, and not in the log. */
  get lost(): number {
    return [...this.#acknowledged].filter((number) => !this.#seen.has(number)).length;
  }

  /** In the log more than once. */
  get twice(): number {
    return [...this.#seen.values()].filter((times) => times > 1).length;
  }

  line(): string {
    const parts = [
      `${this.#count} sent`,
      `${this.#acknowledged.size} acknowledged`,
      `${this.#failed.size} told as failed`,
      `${this.#seen.size} in the log`,
      `${this.lost} lost`,
      `${this.twice} twice`,
      `${this.outOfOrder} out of order`,
    ];
    const [why] = this.#failed.values();
    return parts.join(', ') + (why === undefined ? '' : `\n  first failure: ${why}`);
  }
}
