/**
 * Clerk: an instance of a transactional id at work: one transaction after another, until it is to settle, a younger one has taken
 * its place, or it vanished in the middle of one. What it does in a transaction is its trade (teller.ts, registrar.ts).
 */
import type { Random } from '../../src/env/index.ts';
import type { Link } from './bootstrap.ts';
import type { Instance } from './succession.ts';
import { Fenced, type TransactionalProducer } from './transactional-producer.ts';

export interface Trade {
  readonly name: string;
  /** One transaction. True: it has vanished in the middle. */
  serve(clerk: Clerk): Promise<boolean>;
  /** What it still has under way comes to an end. */
  close?(): Promise<void>;
}

export interface ClerkOptions {
  /** How likely it dozes, vanishes, or sends something late, whenever it could. */
  readonly restlessness: number;
  /** Mean pause between two transactions. */
  readonly pauseMs: number;
}

const DOZE_MS_MAX = 3_000;

export class Clerk implements Instance {
  readonly producer: TransactionalProducer;
  readonly random: Random;
  readonly #link: Link;
  readonly #options: ClerkOptions;
  readonly #trade: Trade;
  isOver = false;
  isReplaced = false;
  #isSettling = false;

  constructor(
    link: Link,
    random: Random,
    producer: TransactionalProducer,
    options: ClerkOptions,
    trade: Trade,
  ) {
    this.#link = link;
    this.random = random;
    this.producer = producer;
    this.#options = options;
    this.#trade = trade;
  }

  toString(): string {
    return `${this.#trade.name} ${this.producer.options.name}`;
  }

  settle(): void {
    this.#isSettling = true;
  }

  get isRestless(): boolean {
    return !this.#isSettling && this.random.next() < this.#options.restlessness;
  }

  /** For a while, and then as if nothing had been. */
  doze(): Promise<void> {
    return this.#link.env.clock.sleep(this.random.below(DOZE_MS_MAX));
  }

  async run(): Promise<void> {
    let hasVanished = false;
    while (!hasVanished)
      try {
        await this.producer.open();
        while (!hasVanished && !this.#isSettling) {
          hasVanished = await this.#trade.serve(this);
          await this.#link.env.clock.sleep(this.random.next() * 2 * this.#options.pauseMs);
        }
        break;
      } catch (error) {
        if (!(error instanceof Fenced)) throw error;
        if (this.isReplaced) break;
      }
    await this.#trade.close?.();
    this.#link.drop();
    this.isOver = true;
  }
}
