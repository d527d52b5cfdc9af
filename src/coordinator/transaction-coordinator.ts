/**
 * TransactionCoordinator: the transaction APIs over the shards that this broker hosts, one per `__transaction_state`
 * partition.
 *
 * `ask...` answers when what it says is durable. `addNow`, `joinNow` and `verifyNow` answer in the turn of the call: what follows in
 * the log, a batch of the transaction, is durable only after what was decided here, because frames become durable in order.
 * Operating errors become codes in the answer; only bugs are thrown.
 */
import type { EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import { ERRORS, errorCode, KafkaError } from '../protocol/index.ts';
import {
  type Decision,
  type DescribedTransaction,
  type EndQuestion,
  type IdentityAnswer,
  type InitQuestion,
  type ListedTransaction,
  notDescribed,
  type PartitionsQuestion,
  type Token,
  type TransactionFilter,
  type TransactionMind,
  type TransactionSettings,
  type VerifyAnswer,
} from '../transactions/index.ts';
import { partitionOfGroup } from './group-hash.ts';
import type { TransactionPartition } from './partition.ts';
import { SessionClock } from './session-clock.ts';
import { Shard } from './shard.ts';
import { type TransactionShard, transactionShardKind } from './transaction-shard.ts';

export interface TransactionCoordinatorOptions {
  readonly clock: Clock;
  readonly events: EventSink;
  readonly settings: TransactionSettings;
  /** transaction.remove.expired.transaction.cleanup.interval.ms */
  readonly expirationCheckMs: number;
  /** Of `__transaction_state`, which must exist. */
  readonly openPartitions: () => readonly TransactionPartition[];
  /** An id that nobody ever had. */
  readonly newProducerId: () => Promise<number>;
}

type Ask<A> = (mind: TransactionMind, decision: Decision, token: Token<A>) => void;

export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions;
  readonly #sessions: SessionClock;
  readonly #shards = new Map<number, TransactionShard>();
  #partitionCount = 0;
  #stopExpiration: () => void;

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options;
    this.#sessions = new SessionClock(options.clock);
    this.#stopExpiration = this.#scheduleExpiration();
  }

  /** Loads all transactions. A broker that starts does so before it serves anybody: timeouts go on from here. */
  async open(): Promise<void> {
    const partitions = this.#options.openPartitions();
    this.#partitionCount = partitions.length;
    const { clock, events, settings } = this.#options;
    const world = { clock, sessions: this.#sessions, events };
    for (const partition of partitions)
      this.#shards.set(partition.index, new Shard(transactionShardKind(settings), partition, world));
    await Promise.all(Array.from(this.#shards.values(), (shard) => shard.load()));
  }

  close(): void {
    this.#stopExpiration();
    for (const shard of this.#shards.values()) shard.close();
    this.#shards.clear();
  }

  async initProducerId(question: InitQuestion): Promise<IdentityAnswer> {
    return this.#withProducerId((newProducerId) =>
      this.#ask<IdentityAnswer>(question.transactionalId, (mind, decision, token) =>
        mind.init(decision, token, question, newProducerId),
      ),
    );
  }

  async endTransaction(request: EndQuestion, version: number): Promise<IdentityAnswer> {
    return this.#withProducerId((newProducerId) =>
      this.#ask<IdentityAnswer>(request.transactionalId, (mind, decision, token) =>
        mind.end(decision, token, { request, version }, newProducerId),
      ),
    );
  }

  /** Few questions need a new id: they are asked a second time, with one. */
  async #withProducerId(
    ask: (newProducerId: number | undefined) => Promise<IdentityAnswer>,
  ): Promise<IdentityAnswer> {
    try {
      const answer = await ask(undefined);
      return answer.needsProducerId === true ? await ask(await this.#options.newProducerId()) : answer;
    } catch (error) {
      return { errorCode: errorCode(error), producerId: -1, producerEpoch: -1 };
    }
  }

  async addPartitions(question: PartitionsQuestion): Promise<number> {
    try {
      return await this.#ask<number>(question.transactionalId, (mind, decision, token) =>
        mind.add(decision, token, question),
      );
    } catch (error) {
      return errorCode(error);
    }
  }

  /** An error code, in this turn. */
  addNow(question: PartitionsQuestion): number {
    return this.#askNow<number>(
      question.transactionalId,
      (mind, decision, token) => mind.add(decision, token, question),
      (code) => code,
    );
  }

  /** As `addNow`, for who appends a batch of the transaction to each of the partitions in this turn, or nothing. */
  joinNow(question: PartitionsQuestion): number {
    try {
      const wallMs = this.#options.clock.now();
      const shard = this.requireShard(question.transactionalId);
      if (shard.look((mind) => mind.join(question, wallMs))) return 0;
    } catch (error) {
      return errorCode(error);
    }
    return this.addNow(question);
  }

  verifyNow(question: PartitionsQuestion): VerifyAnswer {
    return this.#askNow<VerifyAnswer>(
      question.transactionalId,
      (mind, decision, token) => mind.verify(decision, token, question),
      (code) => ({ errorCode: code, isAdded: [] }),
    );
  }

  async describe(transactionalId: string): Promise<DescribedTransaction> {
    try {
      if (transactionalId === '') throw new KafkaError('INVALID_REQUEST', 'the transactional id is empty');
      return await this.#ask<DescribedTransaction>(transactionalId, (mind, decision, token) =>
        mind.describe(decision, token, transactionalId),
      );
    } catch (error) {
      return notDescribed(transactionalId, errorCode(error));
    }
  }

  /** Throws COORDINATOR_LOAD_IN_PROGRESS while any shard is loading. */
  async list(filter: TransactionFilter): Promise<ListedTransaction[]> {
    const lists = Array.from(this.#shards.values(), (shard) =>
      shard.ask<ListedTransaction[]>((mind, decision, token) => mind.list(decision, token, filter)),
    );
    return (await Promise.all(lists)).flat();
  }

  async #ask<A>(transactionalId: string, question: Ask<A>): Promise<A> {
    return this.requireShard(transactionalId).ask<A>(question);
  }

  #askNow<A>(transactionalId: string, question: Ask<A>, refuse: (errorCode: number) => A): A {
    try {
      const answer = this.requireShard(transactionalId).askNow<A>(question);
      return answer ?? refuse(ERRORS.COORDINATOR_NOT_AVAILABLE[0]);
    } catch (error) {
      return refuse(errorCode(error));
    }
  }

  /** Throws COORDINATOR_NOT_AVAILABLE or NOT_COORDINATOR when the id is not kept here. */
  requireShard(transactionalId: string): TransactionShard {
    if (this.#partitionCount === 0) throw new KafkaError('COORDINATOR_NOT_AVAILABLE');
    const shard = this.#shards.get(partitionOfGroup(transactionalId, this.#partitionCount));
    if (shard === undefined) throw new KafkaError('NOT_COORDINATOR');
    return shard;
  }

  #scheduleExpiration(): () => void {
    return this.#options.clock.after(this.#options.expirationCheckMs, () => {
      for (const shard of this.#shards.values()) expireIds(shard);
      this.#stopExpiration = this.#scheduleExpiration();
    });
  }
}

/** One decision per id, so that one batch never holds the tombstones of all. */
function expireIds(shard: TransactionShard): void {
  let ids: string[] = [];
  shard.run((mind) => {
    ids = mind.transactionalIds();
  });
  for (const id of ids) shard.run((mind, decision) => mind.expire(decision, id));
}
