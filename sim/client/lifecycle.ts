/**
 * Lifecycle: an admin who deletes records, and who makes a topic, lets somebody write to it, deletes it and makes it again
 * under the same name.
 */
import type { Random } from '../../src/env/index.ts';
import { deleteRecordsApi, deleteTopicsApi, errorNameOf } from '../../src/protocol/index.ts';
import type { Cleanup, LogFacts } from '../history/facts.ts';
import type { History } from '../history/history.ts';
import type { Link } from './bootstrap.ts';
import { Producer, type ProducerOptions } from './producer.ts';
import { describeTopic, ensureTopic } from './topics.ts';

const DELETE_RECORDS_VERSION = 2;
const DELETE_TOPICS_VERSION = 6;
const SCRATCH = 'scratch';

/** What the topic is like that is made and deleted again and again. */
export interface ScratchTopic {
  readonly configs: Readonly<Record<string, string>>;
  readonly cleanup: Cleanup | undefined;
  readonly keyed: ProducerOptions['keyed'];
}

export class Lifecycle {
  readonly #link: Link;
  readonly #history: History;
  readonly #random: Random;
  readonly #logs: readonly LogFacts[];
  readonly #scratch: ScratchTopic;
  #isStopping = false;
  /** A deletion by name was not answered: it may still arrive, and find the next topic of that name. */
  #mayStillDelete = false;
  isOver = false;

  constructor(
    link: Link,
    history: History,
    random: Random,
    logs: readonly LogFacts[],
    scratch: ScratchTopic = { configs: {}, cleanup: undefined, keyed: undefined },
  ) {
    this.#link = link;
    this.#history = history;
    this.#random = random;
    this.#logs = logs;
    this.#scratch = scratch;
  }

  toString(): string {
    return 'the admin';
  }

  stop(): void {
    this.#isStopping = true;
  }

  async run(): Promise<void> {
    for (let round = 0; !this.#isStopping; round++) {
      await this.#link.env.clock.sleep(this.#random.below(300));
      if (this.#random.below(2) === 0) await this.#deleteRecords();
      else await this.#makeAndDelete(round);
    }
    this.isOver = true;
  }

  async #deleteRecords(): Promise<void> {
    const log = this.#logs[this.#random.below(this.#logs.length)]!;
    const offset = Math.max(log.logStartOffset, log.mayStartAt) + this.#random.below(10);
    if (offset > log.acknowledgedEnd) return;
    const isRefused = log.cleanup?.isDeleted === false;
    if (!isRefused) log.mayStartAt = Math.max(log.mayStartAt, offset);
    const { topics } = await this.#link.ask((connection, timeoutMs) =>
      connection.send(
        deleteRecordsApi,
        DELETE_RECORDS_VERSION,
        {
          topics: [{ name: log.topic, partitions: [{ partitionIndex: log.partition, offset }] }],
          timeoutMs: 10_000,
        },
        timeoutMs,
      ),
    );
    const { errorCode, lowWatermark } = topics[0]!.partitions[0]!;
    const error = errorNameOf(errorCode);
    if (error === 'NONE' && isRefused)
      this.#history.violated(`K1: ${log.name} is compacted only, and lets ${offset} records be deleted`);
    if (error === 'NONE') this.#history.recordsDeleted(log, lowWatermark);
    else if (error !== 'KAFKA_STORAGE_ERROR' && !(isRefused && error === 'POLICY_VIOLATION'))
      this.#history.violated(`K6: ${log.name}: deleting up to ${offset} was refused with ${error}`);
  }

  async #makeAndDelete(round: number): Promise<void> {
    const { configs, cleanup, keyed } = this.#scratch;
    const topic = await ensureTopic(this.#link, SCRATCH, 1, configs);
    const log = this.#history.log(topic.name, topic.id, 0);
    log.cleanup = cleanup;
    log.mayBeGone = this.#mayStillDelete;
    const producer = new Producer(this.#link, this.#history, this.#random.fork('scratch'), log, {
      name: `scratch${round}`,
      kind: 'idempotent',
      inFlightMax: 2,
      pauseMs: 10,
      version: 13,
      compression: 'none',
      firstSequence: 0,
      timestampLagMs: 0,
      keyed,
    });
    const running = producer.run();
    await this.#link.env.clock.sleep(this.#random.below(200));
    if (this.#random.below(3) > 0) {
      log.mayBeGone = true;
      await this.#deleteTopic(log);
    }
    producer.stop();
    await running;
  }

  /** By its name or its id. */
  async #deleteTopic(log: LogFacts): Promise<void> {
    const byName = this.#random.below(2) === 0;
    const topics = [byName ? { name: SCRATCH } : { name: null, topicId: log.topicId }];
    let attempts = 0;
    for (;;) {
      const { responses } = await this.#link.ask((connection, timeoutMs) => {
        if (++attempts > 1 && byName) this.#mayStillDelete = true;
        return connection.send(
          deleteTopicsApi,
          DELETE_TOPICS_VERSION,
          { topics, timeoutMs: 10_000 },
          timeoutMs,
        );
      });
      const error = errorNameOf(responses[0]!.errorCode);
      if (error === 'NONE' || error === 'UNKNOWN_TOPIC_OR_PARTITION' || error === 'UNKNOWN_TOPIC_ID') break;
      if (error !== 'KAFKA_STORAGE_ERROR')
        this.#history.violated(`D6: deleting ${SCRATCH} was refused with ${error}`);
      await this.#link.pause();
    }
    this.#history.topicDeleted(log);
    if ((await describeTopic(this.#link, SCRATCH)) !== undefined)
      this.#history.violated(`D6: ${SCRATCH} is there after it was deleted`);
  }
}
