/**
 * Registrar: writes values of keys to one compacted log, in transactions of a few batches. It commits or aborts them, dozes in
 * the middle, and vanishes.
 */
import type { Random } from '../../src/env/index.ts';
import type { LogFacts } from '../history/facts.ts';
import type { Link } from './bootstrap.ts';
import type { ProducerOptions } from './producer.ts';
import type { Instance } from './succession.ts';
import { Fenced, type TransactionalProducer } from './transactional-producer.ts';
import { makeBatchOf } from './values.ts';

export interface RegistrarOptions {
  readonly keyed: NonNullable<ProducerOptions['keyed']>;
  /** How likely it dozes after a batch, and perhaps vanishes. */
  readonly restlessness: number;
  readonly pauseMs: number;
}

const DOZE_MS_MAX = 3_000;
const BATCHES_MAX = 3;

export class Registrar implements Instance {
  readonly producer: TransactionalProducer;
  readonly #link: Link;
  readonly #random: Random;
  readonly #log: LogFacts;
  readonly #options: RegistrarOptions;
  isOver = false;
  isReplaced = false;
  #isSettling = false;

  constructor(
    link: Link,
    random: Random,
    producer: TransactionalProducer,
    log: LogFacts,
    options: RegistrarOptions,
  ) {
    this.#link = link;
    this.#random = random;
    this.producer = producer;
    this.#log = log;
    this.#options = options;
  }

  toString(): string {
    return `registrar ${this.producer.options.name}`;
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
          hasVanished = await this.#register();
          await this.#link.env.clock.sleep(this.#random.next() * 2 * this.#options.pauseMs);
        }
        break;
      } catch (error) {
        if (!(error instanceof Fenced)) throw error;
        if (this.isReplaced) break;
      }
    this.#link.drop();
    this.isOver = true;
  }

  /** One transaction. True: it has vanished in the middle. */
  async #register(): Promise<boolean> {
    const { keys, tombstoneShare } = this.#options.keyed;
    const transaction = this.producer.begin();
    for (let n = 1 + this.#random.below(BATCHES_MAX); n > 0; n--) {
      const values = makeBatchOf(`${transaction.name}.${n}`, this.#random, tombstoneShare);
      const named = values.map(() => `k${this.#random.below(keys)}`);
      await this.producer.write(transaction, this.#log, values, named);
      if (!this.#isRestless()) continue;
      await this.#link.env.clock.sleep(this.#random.below(DOZE_MS_MAX));
      if (this.#random.below(3) === 0) return true;
    }
    await this.producer.end(transaction, this.#random.below(3) > 0);
    return false;
  }

  #isRestless(): boolean {
    return !this.#isSettling && this.#random.next() < this.#options.restlessness;
  }
}
