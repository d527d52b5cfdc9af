/**
 * Complements: what lies on side topics (`order.complement`), found by key. A topic is read from its start when the first record asks for
 * it, into a file of SQLite's that has no name and goes with the process: memory does not grow with the topic. A key that is not there is
 * looked for once more behind the place that was read up to: a complement is written before its record.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LogReader } from '../client/log-reader.ts';
import { endsOf, positionsAt } from '../client/positions.ts';
import type { BytesConsumer } from '../client/session.ts';
import { requireTopic } from '../client/topics.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';

interface Side {
  readonly database: DatabaseSync;
  readonly put: StatementSync;
  readonly get: StatementSync;
  /** Partition -> what is read next. */
  positions: ReadonlyMap<number, bigint> | undefined;
}

export class Complements {
  readonly #consumer: BytesConsumer;
  readonly #sides = new Map<string, Side>();

  constructor(consumer: BytesConsumer) {
    this.#consumer = consumer;
  }

  /** Undefined: the topic has no such record, or there is no such topic. */
  async find(topic: string, key: string): Promise<Uint8Array | undefined> {
    const side = this.#sides.get(topic) ?? (await this.#open(topic));
    const found = valueOf(side, key);
    if (found !== undefined) return found;
    await this.#readOn(topic, side);
    return valueOf(side, key);
  }

  close(): void {
    for (const { database } of this.#sides.values()) database.close();
  }

  async #open(topic: string): Promise<Side> {
    const { DatabaseSync: Database } = await import('node:sqlite');
    const database = new Database('');
    database.exec('create table complements (key text primary key, value blob) without rowid');
    const side: Side = {
      database,
      put: database.prepare('insert or replace into complements values (?, ?)'),
      get: database.prepare('select value from complements where key = ?'),
      positions: undefined,
    };
    this.#sides.set(topic, side);
    return side;
  }

  async #readOn(topic: string, side: Side): Promise<void> {
    const indexes = await this.#partitions(topic);
    if (indexes.length === 0) return;
    const ends = await endsOf(this.#consumer, topic, indexes);
    side.positions ??= await positionsAt(this.#consumer, topic, indexes, { kind: 'start' });
    const isAtEnd = (positions: ReadonlyMap<number, bigint>) =>
      [...ends].every(([index, end]) => (positions.get(index) ?? 0n) >= end);
    if (isAtEnd(side.positions)) return;
    const reader = new LogReader(this.#consumer, topic, side.positions);
    for await (const { records } of reader.steps()) {
      side.database.exec('begin');
      for (const { key, value } of records) if (key !== null) side.put.run(key.toString(), value);
      side.database.exec('commit');
      if (isAtEnd(reader.positions)) break;
    }
    reader.stop();
    side.positions = reader.positions;
  }

  async #partitions(topic: string): Promise<number[]> {
    try {
      return (await requireTopic(this.#consumer, topic)).partitions.map((_, index) => index);
    } catch (error) {
      if (error instanceof CommandFailed && error.exitCode === EXIT.notFound) return [];
      throw error;
    }
  }
}

/** A tombstone is none. */
function valueOf({ get }: Side, key: string): Uint8Array | undefined {
  const row = get.get(key) as { value: Uint8Array | null } | undefined;
  return row?.value ?? undefined;
}
