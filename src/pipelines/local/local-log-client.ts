/**
 * LocalLogClient: a LogClient on the broker in the same process: reads its memory, hears of new records, commits in one frame.
 * The process of the broker is the process of the steps: see docs/decisions/0011.
 */
import { createTopic } from '../../cluster/index.ts';
import { KafkaError } from '../../protocol/index.ts';
import type { Fetched, LogClient, Membership, NewTopic, Position, Writer } from '../log-client.ts';
import { type LocalLog, partitionOf } from './local-log.ts';
import { LocalMembership } from './membership.ts';
import { Reader } from './reader.ts';
import { LocalWriter } from './writer.ts';

const AS_THE_BROKER_THINKS = -1;

export class LocalLogClient implements LogClient {
  /** A commit is one frame: nothing is gained by waiting for more. */
  readonly recordsPerCommit = 1;
  readonly #log: LocalLog;
  readonly #instance: string;
  readonly #reader: Reader;

  /** `instance`: who this is over restarts, among the members of its group. */
  constructor(log: LocalLog, instance: string) {
    this.#log = log;
    this.#instance = instance;
    this.#reader = new Reader(log);
  }

  async partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { image, controller } = this.#log;
    const found = topics.flatMap((name): [string, number][] => {
      const topic = image.find(name);
      return topic === undefined || topic.isInternal ? [] : [[name, topic.partitionCount]];
    });
    await controller.settled();
    return new Map(found);
  }

  async create({ name, partitions, settings }: NewTopic): Promise<void> {
    const { image, controller, random, configs } = this.#log;
    const request = {
      name,
      partitionCount: partitions ?? AS_THE_BROKER_THINKS,
      replicationFactor: AS_THE_BROKER_THINKS,
      assignments: [],
      configs: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
    };
    try {
      await controller.commit(createTopic(image, request, random.uuid(), configs.topicRules()));
    } catch (error) {
      if (!(error instanceof KafkaError && error.errorName === 'TOPIC_ALREADY_EXISTS')) throw error;
      await controller.settled();
    }
  }

  async identity(topic: string): Promise<string> {
    const found = this.#log.image.find(topic);
    if (found === undefined)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic '${topic}'`);
    await this.#log.controller.settled();
    return found.id;
  }

  join(group: string, topics: readonly string[]): Promise<Membership> {
    return LocalMembership.join(this.#log, this.#reader, { group, topics, instance: this.#instance });
  }

  start(topic: string, partition: number): Promise<number> {
    return Promise.resolve(partitionOf(this.#log, topic, partition).partition.logStartOffset);
  }

  end(topic: string, partition: number): Promise<number> {
    return Promise.resolve(partitionOf(this.#log, topic, partition).partition.highWatermark);
  }

  /** Throws OFFSET_OUT_OF_RANGE for an offset beyond the end of what is committed. */
  async deleteRecords(before: readonly Position[]): Promise<void> {
    await Promise.all(
      before.map(({ topic, partition: index, offset }) => {
        const { partition } = partitionOf(this.#log, topic, index);
        const end = partition.endOffset('committed_only');
        if (offset > end) throw new KafkaError('OFFSET_OUT_OF_RANGE', `${offset} is beyond the end, ${end}`);
        return this.#log.partitions.deleteRecords(partition, offset);
      }),
    );
  }

  open(transactionalId: string): Promise<Writer> {
    return LocalWriter.open(this.#log, transactionalId);
  }

  readAll(from: Position): AsyncIterable<Fetched> {
    return this.#reader.readAll(from);
  }

  close(): Promise<void> {
    return Promise.resolve(); // it has nothing of its own
  }
}
