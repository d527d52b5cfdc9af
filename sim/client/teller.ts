/**
 * Teller: moves amounts from one account to another, each transfer whole inside a transaction: what one account loses another
 * one gains, mostly in another partition. It commits or aborts, dozes in the middle, vanishes, and sends old requests again.
 */
import type { Random } from '../../src/env/index.ts';
import type { LogFacts } from '../history/facts.ts';
import type { TransactionFacts } from '../history/transaction-facts.ts';
import type { Link } from './bootstrap.ts';
import type { Instance } from './succession.ts';
import { Fenced, TransactionalProducer } from './transactional-producer.ts';
import { makeValue } from './values.ts';

export interface TellerOptions {
  /** How likely it dozes, vanishes, or sends something late: for each transaction. */
  readonly restlessness: number;
  readonly pauseMs: number;
}

const DOZE_MS_MAX = 3_000;
const LATE_MS_MAX = 1_500;

export class Teller implements Instance {
  readonly producer: TransactionalProducer;
  readonly #link: Link;
  /** Another connection, for what arrives late. */
  readonly #lateLink: Link;
  readonly #random: Random;
  readonly #logs: readonly LogFacts[];
  readonly #options: TellerOptions;
  readonly #late = new Set<Promise<void>>();
  readonly #watch: (running: Promise<void>) => Promise<void>;
  isOver = false;
  isReplaced = false;
  #isSettling = false;

  constructor(
    links: { readonly link: Link; readonly lateLink: Link },
    random: Random,
    producer: TransactionalProducer,
    logs: readonly LogFacts[],
    options: TellerOptions & { readonly watch: (running: Promise<void>) => Promise<void> },
  ) {
    this.#link = links.link;
    this.#lateLink = links.lateLink;
    this.#random = random;
    this.producer = producer;
    this.#logs = logs;
    this.#options = options;
    this.#watch = options.watch;
  }

  toString(): string {
    return `teller ${this.producer.options.name}`;
  }

  settle(): void {
    this.#isSettling = true;
  }

  async run(): Promise<void> {
    let hasVanished = false;
    while (!hasVanished)
      try {
        await this.producer.open();
        while (!hasVanished && !this.#isSettling) {
          hasVanished = await this.#serve();
          await this.#link.env.clock.sleep(this.#random.next() * 2 * this.#options.pauseMs);
        }
        break;
      } catch (error) {
        if (!(error instanceof Fenced)) throw error;
        if (this.isReplaced) break;
      }
    await Promise.all(this.#late);
    this.#link.drop();
    this.#lateLink.drop();
    this.isOver = true;
  }

  /** One transaction. True: it has vanished in the middle. */
  async #serve(): Promise<boolean> {
    const transaction = this.producer.begin();
    const writes = new Map<LogFacts, string[]>();
    for (let n = this.#random.below(3); n >= 0; n--) this.#transfer(transaction, n, writes);
    for (let round = 0; round <= this.#random.below(2); round++) {
      const acts = Array.from(writes, ([log, values]) => {
        const some = round === 0 ? values.splice(0, Math.ceil(values.length / 2)) : values.splice(0);
        return some.length === 0 ? Promise.resolve() : this.producer.write(transaction, log, some);
      });
      await TransactionalProducer.all(acts);
      if (this.#isRestless()) await this.#link.env.clock.sleep(this.#random.below(DOZE_MS_MAX));
      if (this.#isRestless() && this.#random.below(3) === 0) return true;
    }
    const isWhole = [...writes.values()].every((values) => values.length === 0);
    await this.#end(transaction, isWhole && this.#random.below(5) > 0);
    return false;
  }

  /** What is left of it after the first round comes with the second, or the transaction is aborted. */
  #transfer(transaction: TransactionFacts, n: number, writes: Map<LogFacts, string[]>): void {
    const amount = 1 + this.#random.below(100);
    for (const [side, sign] of [
      ['from', -1],
      ['to', 1],
    ] as const) {
      const log = this.#logs[this.#random.below(this.#logs.length)]!;
      const value = makeValue(`${transaction.name}.${n}:${side}:${amount}:`, this.#random);
      transaction.amounts.set(value, sign * amount);
      writes.set(log, [...(writes.get(log) ?? []), value]);
    }
  }

  async #end(transaction: TransactionFacts, isCommit: boolean): Promise<void> {
    const request = this.producer.endRequest(isCommit);
    if (this.#isRestless()) {
      if (!this.producer.id.isModern) this.producer.expectLate();
      this.#sendLate(() => this.producer.endLate(request, this.#lateLink));
    }
    await this.producer.end(transaction, isCommit);
    const [batch] = transaction.batches;
    if (batch !== undefined && this.producer.id.isModern && this.#isRestless())
      this.#sendLate(() => this.producer.sendLate(batch, this.#lateLink));
  }

  #sendLate(send: () => Promise<void>): void {
    const late = this.#watch(
      this.#link.env.clock.sleep(this.#random.below(LATE_MS_MAX)).then(send, () => undefined),
    ).finally(() => this.#late.delete(late));
    this.#late.add(late);
  }

  #isRestless(): boolean {
    return !this.#isSettling && this.#random.next() < this.#options.restlessness;
  }
}
