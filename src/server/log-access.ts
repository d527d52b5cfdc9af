/**
 * LogAccess: the log for code in the same process. Same offsets, same durability, same errors as over the wire.
 *
 * Values are what people have at hand: text and bytes go as they are, anything else as JSON.
 */
import { partitionOfKey } from '../base/index.ts';
import { autoCreate, type Broker, deadLetters } from '../broker/index.ts';
import { createTopic, type Topic } from '../cluster/index.ts';
import {
  type Appended,
  durable,
  type Isolation,
  type Partition,
  read,
  readCommitted,
} from '../partition/index.ts';
import { type BatchRecord, decodeRecords, encodeBatch, forEachBatch, KafkaError } from '../protocol/index.ts';
import { AppendOrder } from './append-order.ts';

export type Content = Uint8Array | string | null | object | number | boolean;

export interface NewRecord {
  readonly key?: Content | undefined;
  readonly value: Content;
  readonly headers?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** Milliseconds since the epoch; now, when absent. */
  readonly timestamp?: number | undefined;
  /** Chosen by the key when absent; records without one take turns. */
  readonly partition?: number | undefined;
}

export interface LogRecord extends BatchRecord {
  readonly topic: string;
  readonly partition: number;
  /** The value as text. */
  text(): string;
  /** The value parsed as JSON. */
  json(): unknown;
}

export interface ReadOptions {
  readonly from?: 'start' | 'end' | number | undefined;
  /** `end`: what is there now, then done. `forever` (default): waits for more. */
  readonly until?: 'end' | 'forever' | undefined;
  readonly partition?: number | undefined;
  /** `read_committed` (default) leaves out what open and aborted transactions wrote. */
  readonly isolation?: 'read_uncommitted' | 'read_committed' | undefined;
  readonly signal?: AbortSignal | undefined;
}

const READ_BYTES = 1024 * 1024;
const OPENED_BYTES_MAX = 256 * 1024 * 1024;

export class LogAccess {
  readonly #broker: Broker;
  readonly #order: AppendOrder;
  #turn = 0;

  constructor(broker: Broker) {
    this.#broker = broker;
    this.#order = new AppendOrder(broker.partitions);
  }

  /** Makes a topic; durable when it resolves. Throws TOPIC_ALREADY_EXISTS. */
  async createTopic(name: string, partitionCount: number): Promise<void> {
    const { image, controller, random, configs } = this.#broker;
    const request = { name, partitionCount, replicationFactor: -1, assignments: [], configs: [] };
    await controller.commit(createTopic(image, request, random.uuid(), configs.topicRules()));
  }

  /**
   * Appends and waits until it is durable. Makes the topic when it does not exist. Answers partition and offset of each record.
   * Waits for room in memory and journal; KAFKA_STORAGE_ERROR when the disk has none.
   */
  async append(
    topicName: string,
    records: readonly NewRecord[],
  ): Promise<{ partition: number; offset: number }[]> {
    const topic = autoCreate(this.#broker, topicName);
    const now = this.#broker.clock.now();
    const batches = new Map<number, { indexes: number[]; records: Omit<BatchRecord, 'offset'>[] }>();
    const sequence = this.#turn++;
    for (const [index, record] of records.entries()) {
      const key = record.key === undefined ? null : bytesOf(record.key);
      const partition =
        record.partition ??
        (key === null ? sequence % topic.partitionCount : partitionOfKey(key, topic.partitionCount));
      const batch = batches.get(partition) ?? { indexes: [], records: [] };
      batches.set(partition, batch);
      batch.indexes.push(index);
      const headers = Object.entries(record.headers ?? {}).map(([name, value]): [string, Buffer] => [
        name,
        Buffer.from(value as string),
      ]);
      batch.records.push({ key, value: bytesOf(record.value), headers, timestamp: record.timestamp ?? now });
    }
    const encoded = [...batches].map(([partition, batch]) => ({
      ...{ partition, indexes: batch.indexes },
      bytes: encodeBatch({ records: batch.records }),
    }));
    const turn = this.#order.turn(encoded.reduce((sum, { bytes }) => sum + bytes.length, 0));
    if (turn !== undefined) await turn;
    const places: { partition: number; offset: number }[] = [];
    const appended = await Promise.all(
      encoded.map(({ partition, bytes }) => this.#append(this.#partition(topic, partition), bytes, now)),
    );
    const frames = [];
    for (const [n, { partition, indexes }] of encoded.entries()) {
      const { baseOffset, frame } = appended[n]!;
      frames.push(frame);
      for (const [at, index] of indexes.entries()) places[index] = { partition, offset: baseOffset + at };
    }
    await durable(frames);
    return places;
  }

  #append(partition: Partition, bytes: Buffer, now: number): Appended | Promise<Appended> {
    if (!partition.isChecked) return partition.append(bytes, now);
    return partition.appendChecked(bytes, now, {
      given: true,
      deadLetters: (topic) => deadLetters(this.#broker, topic, partition.index),
    });
  }

  /** Records of all partitions (or one), each partition in offset order. */
  async *read(topicName: string, options: ReadOptions = {}): AsyncGenerator<LogRecord> {
    const topic = this.#broker.image.find(topicName);
    if (topic === undefined)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic '${topicName}' does not exist`);
    const isolation = options.isolation === 'read_uncommitted' ? 'read_uncommitted' : 'committed_only';
    const indexes =
      options.partition === undefined ? [...Array(topic.partitionCount).keys()] : [options.partition];
    const cursors = indexes.map((index) => {
      const partition = this.#partition(topic, index);
      return {
        partition,
        offset: startOffset(partition, options.from ?? 'start', isolation),
        end: partition.endOffset(isolation),
      };
    });
    const forever = options.until !== 'end';
    while (!options.signal?.aborted) {
      let found = false;
      for (const cursor of cursors) {
        const limit = forever ? Infinity : cursor.end;
        if (cursor.offset >= Math.min(limit, cursor.partition.endOffset(isolation))) continue;
        found = true;
        const parts =
          isolation === 'committed_only'
            ? await readCommitted(cursor.partition, cursor.offset, READ_BYTES)
            : await read(cursor.partition, cursor.offset, READ_BYTES, isolation);
        for (const bytes of parts) {
          for (const record of dataRecords(bytes)) {
            if (record.offset < cursor.offset || record.offset >= limit) continue;
            yield logRecord(topicName, cursor.partition.index, record);
          }
          forEachBatch(bytes, (batch) => {
            cursor.offset = batch.lastOffset + 1;
          });
        }
      }
      if (found) continue;
      if (!forever) return;
      await nextChange(
        cursors.map((cursor) => cursor.partition),
        options.signal,
      );
    }
  }

  #partition(topic: Topic, index: number): Partition {
    const partition = this.#broker.partitions.find(topic.id, index);
    if (partition === undefined)
      throw new KafkaError(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `'${topic.name}' has partitions 0-${topic.partitionCount - 1}, not ${index}`,
      );
    return partition;
  }
}

function startOffset(partition: Partition, from: 'start' | 'end' | number, isolation: Isolation): number {
  if (from === 'start') return partition.logStartOffset;
  return from === 'end' ? partition.endOffset(isolation) : from;
}

function* dataRecords(bytes: Buffer): Generator<BatchRecord> {
  const batches: BatchRecord[][] = [];
  forEachBatch(bytes, (batch) => {
    if (!batch.isControl) batches.push([...decodeRecords(batch, OPENED_BYTES_MAX)]);
  });
  for (const batch of batches) yield* batch;
}

function logRecord(topic: string, partition: number, record: BatchRecord): LogRecord {
  const text = () => record.value?.toString('utf8') ?? '';
  return { ...record, topic, partition, text, json: () => JSON.parse(text()) as unknown };
}

function nextChange(partitions: readonly Partition[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const partition of partitions) partition.waiters.leave(waiter);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const waiter = { wake: done };
    for (const partition of partitions) partition.waiters.park(waiter);
    signal?.addEventListener('abort', done);
  });
}

function bytesOf(content: Content): Buffer | null {
  if (content === null) return null;
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(JSON.stringify(content));
}
