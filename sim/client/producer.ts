/**
 * Producer: writes batches to one partition, several in flight, and sends again what was not answered, on a new connection.
 *
 *   idempotent   every batch until it is acknowledged, in order, with its sequence
 *   plain        a few tries, no sequence: may stand twice, and is given up
 *   acks=0       sent once, never answered
 */
import { assert } from '../../src/base/index.ts';
import type { Random } from '../../src/env/index.ts';
import {
  encodeBatch,
  type ErrorName,
  errorNameOf,
  initProducerIdApi,
  produceApi,
  produceCertainty,
} from '../../src/protocol/index.ts';
import type { BatchKind, LogFacts, SentBatch } from '../history/facts.ts';
import type { History } from '../history/history.ts';
import type { Link } from './bootstrap.ts';
import { type Connection, Disconnected } from './connection.ts';
import { recordsOf } from './produce-request.ts';
import { dressed, makeBatchOf } from './values.ts';

export interface ProducerOptions {
  readonly name: string;
  readonly kind: BatchKind;
  readonly inFlightMax: number;
  /** Mean pause between two batches; 0: as fast as answers come. */
  readonly pauseMs: number;
  /** Produce version: from 13 on topics go by id. */
  readonly version: number;
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  /** Where the sequence of an idempotent producer begins: near its wrap, sometimes. */
  readonly firstSequence: number;
  /** Its timestamps are up to so much older than its clock, in no order. */
  readonly timestampLagMs: number;
  /** Of its records, where they are checked; as many as the topic gets from everybody when absent. */
  readonly badShare?: number | undefined;
  /** So many keys, and the share of tombstones; undefined: records without keys. */
  readonly keyed?: { readonly keys: number; readonly tombstoneShare: number } | undefined;
}

/** What an answer may say without a broken promise. */
const EXPECTED: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'NOT_LEADER_OR_FOLLOWER',
]);
const SEQUENCES = 2 ** 31;
const PLAIN_TRIES_MAX = 3;
const INIT_VERSION = 4;

export class Producer {
  readonly options: ProducerOptions;
  readonly log: LogFacts;
  readonly #link: Link;
  readonly #history: History;
  readonly #random: Random;
  #producerId = -1;
  #nextSequence: number;
  #order = 0;
  /** Not acknowledged, oldest first. */
  #waiting: SentBatch[] = [];
  readonly #inFlight = new Set<SentBatch>();
  /** Of idempotent batches that were acknowledged: the last few, to be sent again on purpose. */
  readonly #done: SentBatch[] = [];
  #isStopping = false;
  #isOver = false;
  #wake: () => void = () => {};

  constructor(link: Link, history: History, random: Random, log: LogFacts, options: ProducerOptions) {
    this.#link = link;
    this.#history = history;
    this.#random = random;
    this.log = log;
    this.options = options;
    this.#nextSequence = options.firstSequence;
  }

  /** Makes no new batches; `run` resolves when all are acknowledged or given up. */
  stop(): void {
    this.#isStopping = true;
    this.#wake();
  }

  /** Where it stands, for those who wait for it. */
  toString(): string {
    const [first] = this.#waiting;
    const outcomes = first?.attempts.slice(-3).map(({ outcome }) => outcome);
    return `${this.options.name} (${this.options.kind}) at ${this.log.name}: ${this.#waiting.length} waiting, ${this.#inFlight.size} in flight, the first was sent ${first?.attempts.length} times: ${outcomes}`;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async run(): Promise<void> {
    if (this.options.kind === 'idempotent') this.#producerId = await this.#takeId();
    let nextAt = 0;
    for (;;) {
      const { clock } = this.#link.env;
      const now = clock.monotonic();
      if (this.#isStopping && this.#waiting.length === 0 && this.#inFlight.size === 0) break;
      if (!this.#isStopping && now >= nextAt && this.#waiting.length < this.options.inFlightMax) {
        this.#waiting.push(this.#make());
        nextAt = now + this.#random.next() * 2 * this.options.pauseMs;
      }
      const connection = await this.#link.connection();
      this.#sendWaiting(connection);
      await this.#somethingHappens(Math.max(0.5, nextAt - clock.monotonic()));
    }
    this.#isOver = true;
  }

  async #takeId(): Promise<number> {
    for (;;) {
      const answer = await this.#link.ask((connection, timeoutMs) =>
        connection.send(
          initProducerIdApi,
          INIT_VERSION,
          { transactionalId: null, transactionTimeoutMs: 60_000 },
          timeoutMs,
        ),
      );
      if (answer.errorCode === 0) {
        this.#history.producerId(this.options.name, answer.producerId);
        return answer.producerId;
      }
      await this.#link.pause();
    }
  }

  #make(): SentBatch {
    const { name, kind, keyed, timestampLagMs } = this.options;
    const order = this.#order++;
    const { check } = this.log;
    const made = makeBatchOf(`${name}-${order}`, this.#random, keyed?.tombstoneShare);
    const values =
      check === undefined
        ? made
        : made.map((text) => dressed(text, this.#random, this.options.badShare ?? check.badShare));
    const keys = values.map(() => (keyed === undefined ? null : `k${this.#random.below(keyed.keys)}`));
    const madeAt = this.#link.env.clock.now();
    const baseSequence = kind === 'idempotent' ? this.#nextSequence : -1;
    this.#nextSequence = (this.#nextSequence + values.length) % SEQUENCES;
    return this.#history.batch({
      producer: name,
      kind,
      log: this.log,
      values,
      keys,
      timestamps: values.map(() => madeAt - this.#random.below(1 + timestampLagMs)),
      madeAt,
      producerId: this.#producerId,
      baseSequence,
      order,
    });
  }

  /** In order; an idempotent producer never sends a batch while an earlier one must be sent again. */
  #sendWaiting(connection: Connection): void {
    for (const batch of this.#waiting) {
      if (this.#inFlight.has(batch)) continue;
      if (this.#inFlight.size >= this.options.inFlightMax) return;
      if (this.options.kind !== 'idempotent' && this.#inFlight.size > 0 && batch.attempts.length > 0) return;
      if (this.#mustWaitFor(batch)) return;
      this.#send(connection, batch);
    }
    if (this.options.kind === 'acks=0') this.#waiting = [];
    const [old] = this.#done;
    if (old !== undefined && this.#inFlight.size === 0 && this.#random.below(20) === 0)
      void this.#exchange(connection, old).catch((error: unknown) => this.#tolerate(error)); // again, on purpose (I3)
  }

  #mustWaitFor(batch: SentBatch): boolean {
    for (const other of this.#inFlight) if (other.order > batch.order) return true;
    return false;
  }

  #send(connection: Connection, batch: SentBatch): void {
    if (this.options.kind === 'acks=0') {
      batch.connection = connection.name;
      this.#history.sending(batch);
      connection.sendOnly(produceApi, this.options.version, this.#request(batch, 0));
      return;
    }
    this.#inFlight.add(batch);
    this.#exchange(connection, batch)
      .catch((error: unknown) => this.#tolerate(error))
      .finally(() => {
        this.#inFlight.delete(batch);
        this.#wake();
      });
  }

  #tolerate(error: unknown): void {
    if (!(error instanceof Disconnected)) throw error;
  }

  async #exchange(connection: Connection, batch: SentBatch): Promise<void> {
    const attempt = this.#history.sending(batch);
    let answer;
    try {
      answer = await connection.send(
        produceApi,
        this.options.version,
        this.#request(batch, -1),
        this.#link.patience.requestTimeoutMs,
      );
    } catch (error) {
      attempt.outcome = 'indefinite';
      this.#giveUpPlain(batch);
      throw error;
    }
    const told = answer.responses[0]!.partitionResponses[0]!;
    const error = errorNameOf(told.errorCode);
    if (error === 'NONE' || error === 'DUPLICATE_SEQUENCE_NUMBER') {
      this.#history.acknowledged(batch, attempt, error === 'NONE' ? told.baseOffset : -1);
      this.#settled(batch);
      return;
    }
    this.#refused(batch, attempt, error, told.errorMessage ?? '');
  }

  #refused(
    batch: SentBatch,
    attempt: SentBatch['attempts'][number],
    error: ErrorName,
    message: string,
  ): void {
    this.#history.refused(batch, attempt, error, produceCertainty(error, message) === 'definite');
    // Behind a batch that was refused or is still to be sent again, the sequence is out of order for good reason.
    const isBehind = error === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && this.#waiting[0] !== batch;
    const isGone = error === 'UNKNOWN_TOPIC_OR_PARTITION' || error === 'UNKNOWN_TOPIC_ID';
    if (isGone && !this.log.mayBeGone) this.#history.violated(`D6: ${this.log.name} is unknown: ${error}`);
    const isHeld = error === 'NOT_ENOUGH_REPLICAS' && this.log.dedupe !== undefined; // one-per-id.ts
    if (error === 'INVALID_RECORD' && this.log.check !== undefined) return this.#forgetRefused(batch); // checked-records.ts
    if (!EXPECTED.has(error) && !isBehind && !isHeld)
      this.#history.violated(
        `I1: ${this.log.name}: ${this.options.name} was refused with ${error} (${message}): ` +
          `batch ${batch.order}, sequence ${batch.baseSequence}, ${batch.attempts.length} attempts`,
      );
    if (isGone) {
      this.#isStopping = true;
      this.#waiting = [];
    }
    this.#giveUpPlain(batch);
  }

  /** Its sequence numbers are free: it is the only one that waits. */
  #forgetRefused(batch: SentBatch): void {
    if (this.#waiting[0] !== batch) return; // it was sent twice, and this is the second answer
    if (this.options.kind === 'idempotent') {
      assert(this.#waiting.length === 1, 'a batch is refused among others');
      this.#nextSequence = batch.baseSequence;
    }
    this.#forget(batch);
  }

  #giveUpPlain(batch: SentBatch): void {
    if (this.options.kind !== 'idempotent' && batch.attempts.length >= PLAIN_TRIES_MAX) this.#forget(batch);
  }

  #settled(batch: SentBatch): void {
    this.#forget(batch);
    if (this.options.kind !== 'idempotent') return;
    if (!this.#done.includes(batch)) this.#done.push(batch);
    if (this.#done.length > 7) this.#done.shift();
  }

  #forget(batch: SentBatch): void {
    this.#waiting = this.#waiting.filter((other) => other !== batch);
  }

  #request(batch: SentBatch, acks: number) {
    const { log } = this;
    const records = encodeBatch({
      records: recordsOf(batch),
      compression: this.options.compression,
      producerId: batch.producerId,
      producerEpoch: batch.producerId < 0 ? -1 : 0,
      baseSequence: batch.baseSequence,
    });
    return {
      acks,
      timeoutMs: 10_000,
      topicData: [
        {
          name: log.topic,
          topicId: log.topicId,
          partitionData: [{ index: log.partition, records: [records] }],
        },
      ],
    };
  }

  #somethingHappens(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#link.env.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
