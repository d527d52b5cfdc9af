/**
 * Consumer: reads all partitions of a topic by Fetch, with a session or without, from any offset, slowly or fast.
 *
 * It keeps its own positions; when it is told that a position is out of range it begins at the log start, which only
 * DeleteRecords and retention explain.
 */
import type { Random } from '../../src/env/index.ts';
import {
  errorNameOf,
  fetchApi,
  type FetchResponse,
  forEachBatch,
  type RecordBatch,
} from '../../src/protocol/index.ts';
import type { LogFacts } from '../history/facts.ts';
import type { History, Reading } from '../history/history.ts';
import type { Link } from './bootstrap.ts';
import { type Connection, Disconnected } from './connection.ts';
import { logStartOf } from './offsets.ts';

export interface ConsumerOptions {
  readonly name: string;
  readonly usesSession: boolean;
  /** Fetch version: from 13 on topics go by id. */
  readonly version: number;
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
  readonly maxWaitMs: number;
  /** How likely it seeks to some earlier offset after an answer, or stops reading its socket. */
  readonly restlessness: number;
}

/** One that reads a topic along while the scenario is about those who write it. */
export function drawReader(random: Random): ConsumerOptions {
  return {
    name: 'c',
    usesSession: random.below(2) === 0,
    version: 13,
    maxBytes: 100_000,
    partitionMaxBytes: [2_000, 100_000][random.below(2)]!,
    maxWaitMs: 500,
    restlessness: [0, 0.05][random.below(2)]!,
  };
}

/** Between two questions when there was nothing new. */
const EMPTY_PAUSE_MS = 10;
const NO_SESSION = { id: 0, epoch: -1 };

export class Consumer {
  readonly options: ConsumerOptions;
  readonly positions: number[];
  readonly #link: Link;
  readonly #history: History;
  readonly #random: Random;
  readonly #logs: readonly LogFacts[];
  #session = NO_SESSION;
  /** What the session knows: position per partition. */
  #known = new Map<number, number>();
  #isStopping = false;
  isOver = false;

  constructor(
    link: Link,
    history: History,
    random: Random,
    logs: readonly LogFacts[],
    options: ConsumerOptions,
  ) {
    this.#link = link;
    this.#history = history;
    this.#random = random;
    this.#logs = logs;
    this.options = options;
    this.positions = logs.map(() => 0);
    this.#forgetSession();
  }

  toString(): string {
    return `${this.options.name} at ${this.positions}`;
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** No more seeking and dawdling: it shall reach the end. */
  settle(): void {
    (this.options as { restlessness: number }).restlessness = 0;
  }

  async run(): Promise<void> {
    while (!this.#isStopping) {
      try {
        const isEmpty = !(await this.#fetch(await this.#link.connection()));
        if (isEmpty) await this.#link.env.clock.sleep(EMPTY_PAUSE_MS);
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error;
        this.#forgetSession();
        await this.#link.pause();
      }
      this.#beRestless();
    }
    this.isOver = true;
  }

  #forgetSession(): void {
    this.#session = this.options.usesSession ? { id: 0, epoch: 0 } : NO_SESSION;
    this.#known = new Map();
  }

  #beRestless(): void {
    if (this.#random.next() >= this.options.restlessness) return;
    const partition = this.#random.below(this.#logs.length);
    const start = this.#logs[partition]!.logStartOffset;
    this.positions[partition] = start + this.#random.below(Math.max(1, this.positions[partition]! - start));
  }

  /** True: the answer brought records. */
  async #fetch(connection: Connection): Promise<boolean> {
    const { version, maxBytes, partitionMaxBytes, maxWaitMs, usesSession } = this.options;
    const starts = this.#logs.map((log) => log.now());
    const asked = this.#logs
      .map((_, partition) => partition)
      .filter((partition) => this.#known.get(partition) !== this.positions[partition]);
    for (const partition of asked) if (usesSession) this.#known.set(partition, this.positions[partition]!);
    if (this.#random.next() < this.options.restlessness) connection.stopReading(this.#random.below(500));
    const positions = [...this.positions];
    const isolationLevel = this.#random.below(2);
    const answer = await connection.send(
      fetchApi,
      version,
      {
        maxWaitMs,
        minBytes: 1,
        maxBytes,
        isolationLevel,
        sessionId: this.#session.id,
        sessionEpoch: this.#session.epoch,
        topics: this.#topicsOf(asked, partitionMaxBytes),
        forgottenTopicsData: [],
        rackId: '',
      },
      this.#link.patience.requestTimeoutMs + maxWaitMs,
    );
    if (!this.#mayGoOn(answer)) return false;
    let records = 0;
    const together: Reading[] = [];
    for (const { topic, topicId, partitions } of answer.responses)
      for (const told of partitions) {
        const log = this.#logs[told.partitionIndex];
        if (log === undefined || (version >= 13 ? topicId !== log.topicId : topic !== log.topic))
          this.#history.violated(
            `O1: ${this.options.name} was told of ${topic}${topicId}-${told.partitionIndex}, unasked`,
          );
        records += told.records?.length ?? 0;
        const index = told.partitionIndex;
        const isolation = isolationLevel === 1 ? 'read_committed' : 'read_uncommitted';
        const asked = { start: starts[index]!, fetchOffset: positions[index]!, isolation } as const;
        const reading = await this.#take(log, asked, told);
        if (reading !== undefined) together.push(reading);
      }
    this.#history.readTogether(together);
    return records > 0;
  }

  #topicsOf(partitions: readonly number[], partitionMaxBytes: number) {
    const [log] = this.#logs;
    if (partitions.length === 0 || log === undefined) return [];
    return [
      {
        topic: log.topic,
        topicId: log.topicId,
        partitions: partitions.map((partition) => ({
          partition,
          fetchOffset: this.positions[partition]!,
          partitionMaxBytes,
        })),
      },
    ];
  }

  #mayGoOn({ errorCode, sessionId }: FetchResponse): boolean {
    const error = errorNameOf(errorCode);
    if (error === 'FETCH_SESSION_ID_NOT_FOUND' || error === 'INVALID_FETCH_SESSION_EPOCH') {
      this.#forgetSession();
      return false;
    }
    if (error !== 'NONE') this.#history.violated(`V2: ${this.options.name}: fetch was refused with ${error}`);
    if (this.options.usesSession && sessionId !== 0)
      this.#session = { id: sessionId, epoch: this.#session.epoch + 1 };
    else this.#forgetSession();
    return true;
  }

  async #take(
    log: LogFacts,
    asked: Pick<Reading, 'start' | 'fetchOffset' | 'isolation'>,
    told: FetchResponse['responses'][number]['partitions'][number],
  ): Promise<Reading | undefined> {
    const { fetchOffset } = asked;
    const error = errorNameOf(told.errorCode);
    if (error === 'OFFSET_OUT_OF_RANGE') {
      if (log.mayExpire) {
        await this.#beginAnew(log, fetchOffset);
        return undefined;
      }
      if (fetchOffset >= log.mayStartAt)
        this.#history.violated(
          `O3: ${log.name}: ${this.options.name} stands at ${fetchOffset}, which is out of range`,
        );
      this.positions[log.partition] = Math.max(log.mayStartAt, log.logStartOffset);
      return undefined;
    }
    if (error !== 'NONE') {
      this.#refused(log, error);
      await this.#link.pause();
      return undefined;
    }
    const batches: RecordBatch[] = [];
    if (told.records !== null)
      forEachBatch(told.records, (batch) => {
        if (!batch.isCrcRight())
          this.#history.violated(`D6: ${log.name} @${batch.baseOffset}: a batch with a wrong CRC`);
        batches.push(batch);
      });
    const { highWatermark, lastStableOffset, logStartOffset } = told;
    const reader = this.options.name;
    const aborted = told.abortedTransactions ?? [];
    const reading = this.#history.read(
      log,
      { ...asked, reader, aborted, highWatermark, lastStableOffset, logStartOffset },
      batches,
    );
    const last = batches.at(-1);
    // A seek since then counts more.
    if (last !== undefined && this.positions[log.partition] === fetchOffset)
      this.positions[log.partition] = last.lastOffset + 1;
    return reading;
  }

  /** As clients do with `auto.offset.reset=earliest`. */
  async #beginAnew(log: LogFacts, from: number): Promise<void> {
    const start = await logStartOf(this.#link, log);
    if (start <= from)
      this.#history.violated(
        `O3: ${log.name}: ${this.options.name} stands at ${from}, which is out of range; the log begins at ${start}`,
      );
    this.positions[log.partition] = start;
  }

  #refused(log: LogFacts, error: string): void {
    const isGone = error === 'UNKNOWN_TOPIC_OR_PARTITION' || error === 'UNKNOWN_TOPIC_ID';
    if (isGone && log.mayBeGone) this.#isStopping = true;
    else if (error === 'CORRUPT_MESSAGE' && log.mayBeDamaged) this.#isStopping = true;
    else if (error !== 'KAFKA_STORAGE_ERROR')
      this.#history.violated(`D6: ${log.name}: ${this.options.name} was refused with ${error}`);
  }
}
