/**
 * A log in arrays, for tests of what runs pipelines: one process, commits all or nothing, a writer that was replaced is refused.
 * `onCommit` may throw before (the transaction is lost) or, by its answer, after it was done (the answer is lost); so may `onSend`.
 */
import { assert, partitionOfKey } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import type { Guarantee, Header, LogRecord } from '../streams/index.ts';
import { LostRecords } from './lost-records.ts';
import type {
  Fetched,
  LogClient,
  Membership,
  NewTopic,
  Position,
  Transaction,
  Writer,
} from './log-client.ts';

export interface Appended {
  readonly key?: string;
  readonly value?: unknown;
  readonly timestampMs?: number;
  readonly partition?: number;
}

const POLL_MS = 5;

export class ArrayLog implements LogClient {
  readonly recordsPerCommit = 1000;
  readonly #clock: Clock;
  readonly #topics = new Map<string, LogRecord[][]>();
  readonly #offsets = new Map<string, number>();
  readonly #starts = new Map<string, number>();
  readonly #owners = new Map<string, object>();
  /** Answers true: the commit is done, and whoever asked does not learn it. */
  onCommit: (id: string, transaction: Transaction) => boolean = () => false;
  onSend: (id: string, outputs: Transaction['outputs']) => boolean = () => false;

  constructor(clock: Clock, topics: Readonly<Record<string, number>>) {
    this.#clock = clock;
    for (const [name, partitions] of Object.entries(topics)) this.#make(name, partitions);
  }

  append(topic: string, ...records: readonly Appended[]): void {
    for (const { key, value, timestampMs = this.#clock.now(), partition } of records) {
      const bytes = key === undefined ? null : Buffer.from(key);
      const place =
        partition ?? (bytes === null ? 0 : partitionOfKey(bytes, this.#topics.get(topic)!.length));
      const content = value === undefined ? null : Buffer.from(JSON.stringify(value));
      this.#append(topic, place, { key: bytes, value: content, headers: [], timestampMs });
    }
  }

  /** All partitions, one after the other; what was deleted as well. */
  records(topic: string): LogRecord[] {
    return (this.#topics.get(topic) ?? []).flat();
  }

  values(topic: string): unknown[] {
    return this.records(topic).map(({ value }) => JSON.parse(value!.toString()));
  }

  committedOffset(topic: string, partition = 0): number {
    return this.#offsets.get(`${topic}/${partition}`) ?? 0;
  }

  async partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const there = topics.filter((name) => this.#topics.has(name));
    return new Map(there.map((name) => [name, this.#topics.get(name)!.length]));
  }

  async create({ name, partitions }: NewTopic): Promise<void> {
    this.#make(name, partitions ?? 1);
  }

  /** Somebody has deleted it. */
  forget(topic: string): void {
    this.#topics.delete(topic);
  }

  async start(topic: string, partition: number): Promise<number> {
    return this.startOf(topic, partition);
  }

  startOf(topic: string, partition = 0): number {
    return this.#starts.get(`${topic}/${partition}`) ?? 0;
  }

  async end(topic: string, partition: number): Promise<number> {
    return this.#topics.get(topic)![partition]!.length;
  }

  async deleteRecords(before: readonly Position[]): Promise<void> {
    for (const { topic, partition, offset } of before)
      this.#starts.set(`${topic}/${partition}`, Math.max(offset, this.startOf(topic, partition)));
  }

  async join(_group: string, topics: readonly string[]): Promise<Membership> {
    const all = [...new Set(topics)].map((name): [string, number[]] => [
      name,
      this.#topics.get(name)!.map((_, n) => n),
    ]);
    return {
      generation: 1,
      assignment: new Map(all),
      committed: async (topic, partition) =>
        this.#offsets.get(`${topic}/${partition}`) ?? this.startOf(topic, partition),
      fetch: (positions, waitMs) => this.#fetch(positions, waitMs),
      leave: async () => undefined,
    };
  }

  async open(transactionalId: string, guarantee: Guarantee = 'exactly-once'): Promise<Writer> {
    const owner = {};
    this.#owners.set(transactionalId, owner);
    let failure: unknown;
    const send = (outputs: Transaction['outputs']) => {
      if (failure !== undefined) throw failure;
      try {
        const isUnheard = this.onSend(transactionalId, outputs);
        for (const { topic, partition, ...output } of outputs) this.#append(topic, partition, output);
        if (isUnheard) throw new Error('the acknowledgement is lost');
      } catch (error) {
        failure = error;
      }
    };
    return {
      ...(guarantee === 'at-least-once' ? { send } : {}),
      commit: async (transaction) => {
        if (failure !== undefined) throw failure;
        assert(this.#owners.get(transactionalId) === owner, `${transactionalId} has another owner`);
        const isUnheard = this.onCommit(transactionalId, transaction);
        for (const { topic, partition, ...output } of transaction.outputs)
          this.#append(topic, partition, output);
        for (const { topic, partition, offset } of transaction.positions)
          this.#offsets.set(`${topic}/${partition}`, offset);
        if (isUnheard) throw new Error('the answer is lost');
      },
      close: async () => undefined,
    };
  }

  async *readAll({ topic, partition, offset }: Position): AsyncIterable<Fetched> {
    const records = this.#topics.get(topic)![partition]!;
    const next = records.length;
    const from = Math.max(offset, this.startOf(topic, partition));
    if (from < next) yield { topic, partition, offset: from, next, records: records.slice(from) };
  }

  async close(): Promise<void> {}

  async #fetch(positions: readonly Position[], waitMs: number): Promise<Fetched[]> {
    for (const untilMs = this.#clock.monotonic() + waitMs; ; await this.#clock.sleep(POLL_MS)) {
      const found = positions.flatMap(({ topic, partition, offset }): Fetched[] => {
        const start = this.startOf(topic, partition);
        if (offset < start) throw new LostRecords({ topic, partition, offset }, start);
        const records = this.#topics.get(topic)![partition]!.slice(offset);
        if (records.length === 0) return [];
        return [{ topic, partition, offset, next: offset + records.length, records }];
      });
      if (found.length > 0 || this.#clock.monotonic() >= untilMs) return found;
    }
  }

  #make(name: string, partitions: number): void {
    if (!this.#topics.has(name))
      this.#topics.set(
        name,
        Array.from({ length: partitions }, () => []),
      );
  }

  #append(
    topic: string,
    partition: number,
    record: {
      readonly key: Buffer | null;
      readonly value: Buffer | null;
      readonly headers: readonly Header[];
      readonly timestampMs: number;
    },
  ): void {
    const records = this.#topics.get(topic)![partition]!;
    const { key, value, headers, timestampMs } = record;
    records.push({ topic, partition, offset: records.length, key, value, headers, timestampMs });
  }
}
