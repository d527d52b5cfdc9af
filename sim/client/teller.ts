/**
 * Teller: moves amounts from one account to another, each transfer whole inside a transaction: what one account loses another
 * one gains, mostly in another partition. It sends old requests again, late; the trade of a clerk.
 */
import type { LogFacts } from '../history/facts.ts';
import type { TransactionFacts } from '../history/transaction-facts.ts';
import type { Link } from './bootstrap.ts';
import type { Clerk, Trade } from './clerk.ts';
import { TransactionalProducer } from './transactional-producer.ts';
import { makeValue } from './values.ts';

const LATE_MS_MAX = 1_500;

export class Teller implements Trade {
  readonly name = 'teller';
  /** Another connection, for what arrives late. */
  readonly #lateLink: Link;
  readonly #logs: readonly LogFacts[];
  readonly #late = new Set<Promise<void>>();
  readonly #watch: (running: Promise<void>) => Promise<void>;

  constructor(lateLink: Link, logs: readonly LogFacts[], watch: (running: Promise<void>) => Promise<void>) {
    this.#lateLink = lateLink;
    this.#logs = logs;
    this.#watch = watch;
  }

  async serve(clerk: Clerk): Promise<boolean> {
    const { producer, random } = clerk;
    const transaction = producer.begin();
    const writes = new Map<LogFacts, string[]>();
    for (let n = random.below(3); n >= 0; n--) this.#transfer(clerk, transaction, n, writes);
    for (let round = 0; round <= random.below(2); round++) {
      const acts = Array.from(writes, ([log, values]) => {
        const some = round === 0 ? values.splice(0, Math.ceil(values.length / 2)) : values.splice(0);
        return some.length === 0 ? Promise.resolve() : producer.write(transaction, log, some);
      });
      await TransactionalProducer.all(acts);
      if (clerk.isRestless) await clerk.doze();
      if (clerk.isRestless && random.below(3) === 0) return true;
    }
    const isWhole = [...writes.values()].every((values) => values.length === 0);
    await this.#end(clerk, transaction, isWhole && random.below(5) > 0);
    return false;
  }

  async close(): Promise<void> {
    await Promise.all(this.#late);
    this.#lateLink.drop();
  }

  /** What is left of it after the first round comes with the second, or the transaction is aborted. */
  #transfer(
    { random }: Clerk,
    transaction: TransactionFacts,
    n: number,
    writes: Map<LogFacts, string[]>,
  ): void {
    const amount = 1 + random.below(100);
    for (const [side, sign] of [
      ['from', -1],
      ['to', 1],
    ] as const) {
      const log = this.#logs[random.below(this.#logs.length)]!;
      const value = makeValue(`${transaction.name}.${n}:${side}:${amount}:`, random);
      transaction.amounts.set(value, sign * amount);
      writes.set(log, [...(writes.get(log) ?? []), value]);
    }
  }

  async #end(clerk: Clerk, transaction: TransactionFacts, isCommit: boolean): Promise<void> {
    const { producer } = clerk;
    const request = producer.endRequest(isCommit);
    if (clerk.isRestless) {
      if (!producer.id.isModern) producer.expectLate();
      this.#sendLate(clerk, () => producer.endLate(request, this.#lateLink));
    }
    await producer.end(transaction, isCommit);
    const [batch] = transaction.batches;
    if (batch !== undefined && producer.id.isModern && clerk.isRestless)
      this.#sendLate(clerk, () => producer.sendLate(batch, this.#lateLink));
  }

  #sendLate({ random }: Clerk, send: () => Promise<void>): void {
    const pause = this.#lateLink.env.clock.sleep(random.below(LATE_MS_MAX));
    const late = this.#watch(pause.then(send, () => undefined)).finally(() => this.#late.delete(late));
    this.#late.add(late);
  }
}
