/** KafkaLogClient: a LogClient over Kafka's protocol, by @platformatic/kafka: Gregor, Apache Kafka, or anything that speaks like them. */
import type { Admin, Consumer, GroupPartitionsAssigner } from '@platformatic/kafka';
import type { Guarantee } from '../../streams/index.ts';
import { AtLeastOnceWriter } from './at-least-once-writer.ts';
import type { Fetched, LogClient, Membership, NewTopic, Position, Writer } from '../log-client.ts';
import { batchProducer } from './batch-producer.ts';
import { apiErrors } from './errors.ts';
import { Fetcher } from './fetcher.ts';
import { goneOf } from '../missing-topic.ts';
import { assignByNumber, GroupMembership, PROTOCOL } from './membership.ts';
import { TransactionalWriter } from './writer.ts';

type Library = typeof import('@platformatic/kafka');

export interface KafkaOptions {
  /** `host:port`. */
  readonly bootstrap: readonly string[];
  /** After so long without a sign of life the group gives a member's partitions to others. Default 10 s. */
  readonly sessionTimeoutMs?: number;
}

const SESSION_MS = 10_000;
/** A transaction that its owner left open is aborted then, if nobody fences it before. */
const TRANSACTION_MS = 60_000;
const RETRIES = 5;
const RETRY_MS = 100;
const AS_THE_BROKER_THINKS = -1;
/** Settings that are left out where a broker refuses them, in this order: it is not Gregor; whoever runs it allows no such batches. */
const UNWELCOME = [/^gregor\./, /^max\.message\.bytes$/];

export class KafkaLogClient implements LogClient {
  readonly recordsPerCommit = 20_000;
  readonly #library: Library;
  readonly #options: KafkaOptions;
  readonly #admin: Admin;
  /** Writers close themselves. */
  readonly #closes: (() => Promise<void>)[] = [];
  /** Reads without being a member of anything. */
  readonly #reader: Consumer;

  private constructor(library: Library, options: KafkaOptions) {
    this.#library = library;
    this.#options = options;
    this.#admin = heard(new library.Admin(this.#common()));
    this.#reader = heard(new library.Consumer({ ...this.#common(), groupId: 'gregor-pipeline' }));
    this.#closes.push(
      () => this.#admin.close(),
      () => this.#reader.close(true),
    );
  }

  static async connect(options: KafkaOptions): Promise<KafkaLogClient> {
    return new KafkaLogClient(await import('@platformatic/kafka'), options);
  }

  async partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const there = new Set(await this.#admin.listTopics({ includeInternals: false }));
    const wanted = topics.filter((name) => there.has(name));
    if (wanted.length === 0) return new Map();
    const metadata = await this.#admin.metadata({ topics: wanted, forceUpdate: true });
    return new Map(wanted.map((name) => [name, metadata.topics.get(name)!.partitionsCount]));
  }

  async create({ name, partitions, settings }: NewTopic): Promise<void> {
    const create = async (configs: { name: string; value: string }[]) => {
      const counts = { partitions: partitions ?? AS_THE_BROKER_THINKS, replicas: AS_THE_BROKER_THINKS };
      await this.#admin.createTopics({ topics: [name], ...counts, configs });
    };
    let wanted = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
    try {
      for (const unwelcome of UNWELCOME)
        try {
          return await create(wanted);
        } catch (error) {
          const names = apiErrors(error);
          if (!names.has('INVALID_CONFIG') && !names.has('POLICY_VIOLATION')) throw error;
          wanted = wanted.filter(({ name: key }) => !unwelcome.test(key));
        }
      await create(wanted);
    } catch (error) {
      if (!apiErrors(error).has('TOPIC_ALREADY_EXISTS')) throw error;
    }
  }

  async identity(topic: string): Promise<string> {
    const { topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: true });
    return topics.get(topic)!.id;
  }

  start(topic: string, partition: number): Promise<number> {
    return new Fetcher(this.#reader).start(topic, partition);
  }

  end(topic: string, partition: number): Promise<number> {
    return new Fetcher(this.#reader).highWatermark(topic, partition);
  }

  async deleteRecords(before: readonly Position[]): Promise<void> {
    const topics = [...Map.groupBy(before, ({ topic }) => topic)].map(([name, positions]) => ({
      name,
      partitions: positions.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) })),
    }));
    await this.#admin.deleteRecords({ topics });
  }

  async join(group: string, topics: readonly string[]): Promise<Membership> {
    const sessionTimeout = this.#options.sessionTimeoutMs ?? SESSION_MS;
    const seen = { isMixed: false };
    const consumer = heard(this.#newConsumer(group, sessionTimeout, assignByNumber(seen)));
    this.#closes.push(() => consumer.close(true));
    return GroupMembership.join(consumer, new Fetcher(consumer), { topics, group: seen });
  }

  async open(transactionalId: string, guarantee: Guarantee = 'exactly-once'): Promise<Writer> {
    const state = await TransactionalWriter.open(this.#newProducer({ transactionalId }));
    return guarantee === 'exactly-once' ? state : new AtLeastOnceWriter(this.#newProducer({}), state);
  }

  async *readAll({ topic, partition, offset }: Position): AsyncIterable<Fetched> {
    const fetcher = new Fetcher(this.#reader);
    const end = await fetcher.end(topic, partition).catch((error: unknown) => {
      throw goneOf(error);
    });
    const start = await fetcher.start(topic, partition);
    for (let at = Math.max(offset, start); at < end; ) {
      const [fetched] = await fetcher.fetch([{ topic, partition, offset: at }], RETRY_MS);
      if (fetched === undefined) continue;
      yield fetched;
      at = fetched.next;
    }
  }

  async close(): Promise<void> {
    for (const close of this.#closes) await close().catch(() => undefined); // we are leaving anyway
  }

  #newProducer(identity: { readonly transactionalId?: string }) {
    const producer = batchProducer(this.#library, {
      ...this.#common(),
      ...identity,
      idempotent: true,
      // Without these it asks as the producer 0 of epoch 0, and is fenced (2.12).
      producerId: -1n,
      producerEpoch: -1,
      timeout: TRANSACTION_MS,
    });
    return heard(producer);
  }

  #newConsumer(
    groupId: string,
    sessionTimeout: number,
    partitionAssigner: GroupPartitionsAssigner,
  ): Consumer {
    return new this.#library.Consumer({
      ...this.#common(),
      groupId,
      sessionTimeout,
      rebalanceTimeout: sessionTimeout,
      heartbeatInterval: Math.ceil(sessionTimeout / 5),
      autocommit: false,
      protocols: [PROTOCOL],
      partitionAssigner,
    });
  }

  #common() {
    return {
      clientId: 'gregor-pipeline',
      bootstrapBrokers: [...this.#options.bootstrap],
      retries: RETRIES,
      retryDelay: RETRY_MS,
    };
  }
}

/** Errors of single connections are also told to whoever waits for an answer; unheard they would end the process. */
function heard<C extends object>(client: C): C {
  (client as { on(event: 'error', listener: () => void): void } & C).on('error', () => {});
  return client;
}
