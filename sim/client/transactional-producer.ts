/**
 * TransactionalProducer: one instance of a transactional id on the wire, in either protocol generation, as a careful client
 * speaks it: one batch per partition in flight, every request again until it is answered.
 *
 *   v1   partitions and groups are added before they are touched; the epoch stays from one transaction to the next, so
 *        after any request that was not answered it takes a new epoch before it begins anew: late copies are fenced then
 *   v2   batches and offsets join by themselves; every end raises the epoch (KIP-890)
 */
import type { Random } from '../../src/env/index.ts';
import {
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  type Api,
  endTxnApi,
  type EndTxnRequest,
  type ErrorName,
  errorNameOf,
  findCoordinatorApi,
  initProducerIdApi,
  type Input,
  produceApi,
  produceCertainty,
  txnOffsetCommitApi,
} from '../../src/protocol/index.ts';
import type { LogFacts, SentBatch } from '../history/facts.ts';
import type { History } from '../history/history.ts';
import type { Identity, TransactionalIdFacts, TransactionFacts } from '../history/transaction-facts.ts';
import type { Link } from './bootstrap.ts';
import { Disconnected } from './connection.ts';
import { transactionalProduce } from './produce-request.ts';

export interface TransactionalOptions {
  readonly name: string;
  readonly timeoutMs: number;
  readonly versions: Versions;
}

export interface Versions {
  readonly init: number;
  readonly produce: number;
  readonly offsets: number;
  readonly end: number;
}

const ADD_VERSION = 3;
const FIND_VERSION = 4;
const GROUP = 0;
const TRANSACTION = 1;

/** A younger producer has come, or the transaction was open for too long. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

const FENCED: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
]);
const AGAIN: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_ENOUGH_REPLICAS',
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

export class TransactionalProducer {
  readonly id: TransactionalIdFacts;
  readonly options: TransactionalOptions;
  readonly #link: Link;
  readonly #history: History;
  readonly #random: Random;
  #identity: Identity = { producerId: -1, producerEpoch: -1 };
  readonly #sequences = new Map<LogFacts, number>();
  readonly #added = new Set<string>();
  /** Something was not answered, and may still arrive. */
  #isUncertain = false;
  #order = 0;
  #transaction: TransactionFacts | undefined;

  constructor(
    link: Link,
    history: History,
    random: Random,
    id: TransactionalIdFacts,
    options: TransactionalOptions,
  ) {
    this.#link = link;
    this.#history = history;
    this.#random = random;
    this.id = id;
    this.options = options;
  }

  /** InitProducerId: as a new instance, or, when it knows who it was, sometimes as that one (KIP-360). Throws Fenced. */
  async open(): Promise<void> {
    const { timeoutMs, versions } = this.options;
    const isNamed = versions.init >= 3 && this.#identity.producerId >= 0 && this.#random.below(2) === 0;
    const answer = await this.#ask(
      initProducerIdApi,
      versions.init,
      {
        transactionalId: this.id.name,
        transactionTimeoutMs: timeoutMs,
        ...(isNamed ? this.#identity : {}),
      },
      { codeOf: ({ errorCode }) => errorCode, isInit: true },
    );
    this.#becomes(answer);
  }

  #becomes({ producerId, producerEpoch }: Identity): void {
    this.#identity = { producerId, producerEpoch };
    this.#history.identity(this.id, this.#identity);
    this.#sequences.clear();
    this.#isUncertain = false;
  }

  begin(): TransactionFacts {
    const name = `${this.options.name}-${this.#order++}`;
    this.#added.clear();
    this.#transaction = this.#history.transaction(name, this.id, this.#identity);
    return this.#transaction;
  }

  /** Everything that must be in the transaction before its end; the first failure, once all have come to an end. */
  static async all(acts: readonly Promise<void>[]): Promise<void> {
    for (const outcome of await Promise.allSettled(acts))
      if (outcome.status === 'rejected') throw outcome.reason;
  }

  async write(
    transaction: TransactionFacts,
    log: LogFacts,
    values: readonly string[],
    keys: readonly (string | null)[] = values.map(() => null),
  ): Promise<void> {
    if (!this.id.isModern) await this.#add(`${log.topic}-${log.partition}`, () => this.#addPartition(log));
    const baseSequence = this.#sequences.get(log) ?? 0;
    this.#sequences.set(log, baseSequence + values.length);
    const madeAt = this.#link.env.clock.now();
    const batch = this.#history.batch({
      producer: `${this.options.name} e${this.#identity.producerEpoch}`,
      kind: 'transactional',
      log,
      values,
      keys,
      timestamps: values.map(() => madeAt),
      madeAt,
      producerId: this.#identity.producerId,
      baseSequence,
      order: this.#order++,
      transaction,
    });
    for (;;) {
      const error = await this.#exchange(batch, this.#link);
      if (error === 'NONE') return;
      if (error !== undefined) this.#refused('Produce', error);
      await this.#link.pause();
    }
  }

  /** The same batch once more, from elsewhere, whatever has happened since. */
  async sendLate(batch: SentBatch, link: Link): Promise<void> {
    await this.#exchange(batch, link);
  }

  /** What was answered; undefined: nothing. */
  async #exchange(batch: SentBatch, link: Link): Promise<ErrorName | undefined> {
    const connection = await link.connection();
    const attempt = this.#history.sending(batch);
    let answer;
    try {
      const { versions } = this.options;
      const request = transactionalProduce(batch);
      answer = await connection.send(produceApi, versions.produce, request, link.patience.requestTimeoutMs);
    } catch (error) {
      if (!(error instanceof Disconnected)) throw error;
      attempt.outcome = 'indefinite';
      this.#isUncertain = true;
      return undefined;
    }
    const { errorCode, errorMessage, baseOffset } = answer.responses[0]!.partitionResponses[0]!;
    const error = errorNameOf(errorCode);
    if (error === 'NONE' || error === 'DUPLICATE_SEQUENCE_NUMBER') {
      this.#history.acknowledged(batch, attempt, error === 'NONE' ? baseOffset : -1);
      return 'NONE';
    }
    const isDefinite = produceCertainty(error, errorMessage ?? '') === 'definite';
    this.#history.refused(batch, attempt, error, isDefinite);
    return error;
  }

  async #add(what: string, add: () => Promise<unknown>): Promise<void> {
    if (this.#added.has(what)) return;
    await add();
    this.#added.add(what);
  }

  #addPartition({ topic, partition }: LogFacts) {
    const { producerId, producerEpoch } = this.#identity;
    return this.#ask(
      addPartitionsToTxnApi,
      ADD_VERSION,
      {
        v3AndBelowTransactionalId: this.id.name,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
      },
      {
        codeOf: ({ resultsByTopicV3AndBelow: [topicResult] }) =>
          topicResult!.resultsByPartition[0]!.partitionErrorCode,
      },
    );
  }

  async commitOffset(group: string, { topic, partition }: LogFacts, committedOffset: number): Promise<void> {
    const asked = { transactionalId: this.id.name, ...this.#identity, groupId: group };
    if (!this.id.isModern)
      await this.#add(group, () =>
        this.#ask(addOffsetsToTxnApi, ADD_VERSION, asked, {
          codeOf: ({ errorCode }) => errorCode,
          coordinator: { keyType: GROUP, key: group },
        }),
      );
    const partitions = [{ partitionIndex: partition, committedOffset, committedMetadata: null }];
    await this.#ask(
      txnOffsetCommitApi,
      this.options.versions.offsets,
      { ...asked, topics: [{ name: topic, partitions }] },
      {
        codeOf: ({ topics }) => topics[0]!.partitions[0]!.errorCode,
        coordinator: { keyType: GROUP, key: group },
      },
    );
  }

  /**
   * Throws Fenced; then nobody knows what became of a commit that was asked for. True: it came back as a new instance, so
   * others may have been at work since its last transaction, and what it read before that is old.
   */
  async end(transaction: TransactionFacts, isCommit: boolean): Promise<boolean> {
    const request = this.endRequest(isCommit);
    this.#history.ending(transaction, isCommit);
    const answer = await this.#ask(endTxnApi, this.options.versions.end, request, {
      codeOf: ({ errorCode }) => errorCode,
    });
    this.#history.ended(transaction);
    this.#transaction = undefined;
    if (this.id.isModern) this.#becomes(answer);
    else if (this.#isUncertain) {
      await this.open();
      return true;
    }
    return false;
  }

  endRequest(isCommit: boolean): EndTxnRequest {
    return { transactionalId: this.id.name, ...this.#identity, committed: isCommit };
  }

  /** An end once more, from elsewhere. What it is told is nobody's business: what it does is. */
  async endLate(request: EndTxnRequest, link: Link): Promise<void> {
    const { versions } = this.options;
    await link.ask((connection, timeoutMs) => connection.send(endTxnApi, versions.end, request, timeoutMs));
  }

  /** Something of the present epoch will be sent later. */
  expectLate(): void {
    this.#isUncertain = true;
  }

  /** Asks until an answer comes that is no reason to ask again. */
  async #ask<Q, A>(
    api: Api<Q, A>,
    version: number,
    request: Input<NoInfer<Q>>,
    how: {
      readonly codeOf: (answer: A) => number;
      readonly isInit?: boolean;
      readonly coordinator?: { readonly keyType: number; readonly key: string };
    },
  ): Promise<A> {
    const { patience } = this.#link;
    for (;;) {
      const connection = await this.#link.connection();
      try {
        if (how.isInit === true) {
          this.id.unanswered++;
          this.id.fences++;
        }
        const answer = await connection.send(api, version, request, patience.requestTimeoutMs);
        if (how.isInit === true) this.id.unanswered--;
        const error = errorNameOf(how.codeOf(answer));
        if (error === 'NONE') return answer;
        this.#refused(api.name, error);
        if (error === 'COORDINATOR_NOT_AVAILABLE') {
          const { keyType, key } = how.coordinator ?? { keyType: TRANSACTION, key: this.id.name };
          const question = { keyType, coordinatorKeys: [key] };
          await connection.send(findCoordinatorApi, FIND_VERSION, question, patience.requestTimeoutMs);
        }
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error;
        this.#isUncertain = true;
      }
      await this.#link.pause();
    }
  }

  /** Throws unless it is worth another try. */
  #refused(api: string, error: ErrorName): void {
    if (error === 'KAFKA_STORAGE_ERROR') this.#isUncertain = true;
    if (AGAIN.has(error)) return;
    const transaction = this.#transaction;
    // As in Kafka: who comes too late for its commit hears that it was aborted, not that it is fenced.
    const isTooLate = api === 'EndTxn' && error === 'INVALID_TXN_STATE' && this.id.isModern;
    if (!FENCED.has(error) && !(isTooLate && transaction?.asked === 'commit'))
      this.#history.violated(
        `T1: ${api} in ${transaction ?? 'no transaction'} was refused with ${error}; ${this.id}`,
      );
    this.#transaction = undefined;
    if (transaction !== undefined) this.#history.fenced(transaction, this.options.timeoutMs);
    throw new Fenced(`${api}: ${error}`);
  }
}
