/**
 * Transaction mind: all transactional ids of one `__transaction_state` partition, as one pure state.
 *
 * One method per event. Each puts what it wants into the decision; the caller gives the records their place in the log,
 * with the markers that belong to them, and replays them here. What is not in the log: until when an open transaction may
 * stay open. That is session time, so neither the broker's downtime nor its own stalls are charged (T8).
 */
import { errorCode } from '../protocol/index.ts';
import type { Decision, Token } from './decision.ts';
import {
  type DescribedTransaction,
  describeTransaction,
  type ListedTransaction,
  listTransactions,
  notDescribed,
  TRANSACTIONAL_ID_NOT_FOUND,
  type TransactionFilter,
} from './describe.ts';
import { end, type EndQuestion } from './end.ts';
import { fenced, resumed } from './ending.ts';
import { NeedsProducerId, type ProducerIdentity } from './identity.ts';
import { checkInit, init, type InitQuestion } from './init.ts';
import { addPartitions, joinByBatch, type PartitionsQuestion, verifyPartitions } from './partitions.ts';
import type { OpenTransaction, TransactionRecord } from './records.ts';
import type { TransactionSettings } from './settings.ts';
import { Transaction } from './transaction.ts';

/** -1, -1 with an error. */
export interface IdentityAnswer extends ProducerIdentity {
  readonly errorCode: number;
  /** Nothing was decided: ask again with an id that nobody ever had. */
  readonly needsProducerId?: boolean;
}

export interface VerifyAnswer {
  readonly errorCode: number;
  /** In the order asked. */
  readonly isAdded: readonly boolean[];
}

export class TransactionMind {
  readonly #settings: TransactionSettings;
  readonly #transactions = new Map<string, Transaction>();
  /** Of open transactions, in session time. */
  readonly #deadlines = new Map<string, number>();
  /** When each id's timer rings: it stays from one transaction to the next. */
  readonly #timers = new Map<string, number>();

  constructor(settings: TransactionSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#transactions.size;
  }

  init(
    decision: Decision,
    token: Token<IdentityAnswer>,
    question: InitQuestion,
    newProducerId?: number | undefined,
  ): void {
    this.#answer(decision, token, () => {
      checkInit(question, this.#settings);
      return init(decision, this.#transactions.get(question.transactionalId), question, newProducerId);
    });
  }

  end(
    decision: Decision,
    token: Token<IdentityAnswer>,
    ask: { readonly request: EndQuestion; readonly version: number },
    newProducerId?: number | undefined,
  ): void {
    const transaction = this.#transactions.get(ask.request.transactionalId);
    this.#answer(decision, token, () => end(decision, transaction, ask, newProducerId));
  }

  /** A refusal may come with records: the transaction that an InitProducerId met is aborted all the same. */
  #answer(decision: Decision, token: Token<IdentityAnswer>, act: () => ProducerIdentity): void {
    const nobody = { producerId: -1, producerEpoch: -1 };
    try {
      decision.answer(token, { errorCode: 0, ...act() });
    } catch (error) {
      if (error instanceof NeedsProducerId)
        decision.answer(token, { errorCode: 0, ...nobody, needsProducerId: true });
      else decision.answer(token, { errorCode: errorCode(error), ...nobody });
    }
  }

  /** Answers an error code. */
  add(decision: Decision, token: Token<number>, question: PartitionsQuestion): void {
    const { transactionalId } = question;
    const transaction = this.#transactions.get(transactionalId);
    try {
      if (addPartitions(decision, transaction, question))
        this.#limit(decision, transactionalId, decision.now.sessionMs + transaction!.timeoutMs);
      decision.answer(token, 0);
    } catch (error) {
      decision.answer(token, errorCode(error));
    }
  }

  /** Batches bring these partitions in this turn. False: `add` must be asked. */
  join(question: PartitionsQuestion, wallMs: number): boolean {
    return joinByBatch(this.#transactions.get(question.transactionalId), question, wallMs);
  }

  verify(decision: Decision, token: Token<VerifyAnswer>, question: PartitionsQuestion): void {
    try {
      const isAdded = verifyPartitions(this.#transactions.get(question.transactionalId), question);
      decision.answer(token, { errorCode: 0, isAdded });
    } catch (error) {
      decision.answer(token, { errorCode: errorCode(error), isAdded: [] });
    }
  }

  describe(decision: Decision, token: Token<DescribedTransaction>, transactionalId: string): void {
    const transaction = this.#transactions.get(transactionalId);
    decision.answer(
      token,
      transaction === undefined
        ? notDescribed(transactionalId, TRANSACTIONAL_ID_NOT_FOUND)
        : describeTransaction(transaction),
    );
  }

  list(decision: Decision, token: Token<ListedTransaction[]>, filter: TransactionFilter): void {
    decision.answer(token, listTransactions(this.#transactions.values(), filter, decision.now.wallMs));
  }

  /** The timer of an id rang. Its transaction may have ended long ago, and another one begun. */
  fire(decision: Decision, transactionalId: string): void {
    this.#timers.delete(transactionalId);
    const transaction = this.#transactions.get(transactionalId);
    const deadlineMs = this.#deadlines.get(transactionalId);
    if (transaction?.state !== 'Ongoing' || deadlineMs === undefined) return;
    if (deadlineMs > decision.now.sessionMs) this.#limit(decision, transactionalId, deadlineMs);
    else decision.write(fenced(decision, transaction));
  }

  #limit(decision: Decision, transactionalId: string, deadlineMs: number): void {
    this.#deadlines.set(transactionalId, deadlineMs);
    if ((this.#timers.get(transactionalId) ?? Infinity) <= deadlineMs) return;
    this.#timers.set(transactionalId, deadlineMs);
    decision.setTimer(transactionalId, deadlineMs);
  }

  transactionalIds(): string[] {
    return [...this.#transactions.keys()];
  }

  /** Forgets an id that nobody used for `transactional.id.expiration.ms`. */
  expire(decision: Decision, transactionalId: string): void {
    const transaction = this.#transactions.get(transactionalId);
    if (transaction === undefined || transaction.state === 'Ongoing' || transaction.isPreparing) return;
    if (decision.now.wallMs - transaction.updatedMs < this.#settings.idExpirationMs) return;
    decision.write({ type: 'transactionLog', key: { transactionalId }, value: null });
  }

  replay(record: TransactionRecord): void {
    const { transactionalId } = record.key;
    if (record.value === null) {
      this.#transactions.delete(transactionalId);
      this.#deadlines.delete(transactionalId);
      return;
    }
    let transaction = this.#transactions.get(transactionalId);
    if (transaction === undefined)
      this.#transactions.set(transactionalId, (transaction = new Transaction(transactionalId)));
    transaction.replay(record);
    if (transaction.state !== 'Ongoing') this.#deadlines.delete(transactionalId);
  }

  /** True: some transaction may hold partitions that no record tells of. */
  get mayBeAhead(): boolean {
    return this.#joining().next().done !== true;
  }

  /** The log has been replayed whole; these are all that is open anywhere. Before `loaded`. */
  complete(open: Iterable<OpenTransaction>): void {
    const joining = new Map(Array.from(this.#joining(), (one) => [one.producerId, one]));
    for (const { producerId, producerEpoch, topic, partition } of open) {
      const transaction = joining.get(producerId);
      if (transaction?.producerEpoch === producerEpoch) transaction.join([{ topic, partition }]);
    }
  }

  *#joining(): Generator<Transaction> {
    for (const transaction of this.#transactions.values())
      if (transaction.isFoundInPartitions) yield transaction;
  }

  /** The log has been replayed whole. What was used of a timeout before the stop is as much as the log tells. */
  loaded(decision: Decision): void {
    for (const transaction of this.#transactions.values()) {
      if (transaction.isPreparing) decision.write(resumed(decision, transaction));
      if (transaction.state !== 'Ongoing') continue;
      const used = Math.max(0, transaction.updatedMs - transaction.startMs);
      const leftMs = Math.max(0, transaction.timeoutMs - used);
      this.#limit(decision, transaction.transactionalId, decision.now.sessionMs + leftMs);
    }
  }
}
