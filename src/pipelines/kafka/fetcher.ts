/** Fetcher: reads committed records at given positions, from whichever brokers lead the partitions. Knows only which topics they were. */
import type { Consumer } from '@platformatic/kafka';
import type { Fetched, Position } from '../log-client.ts';
import { LostEnd, LostRecords } from '../lost-records.ts';
import { goneOf, KnownTopics } from '../missing-topic.ts';
import { apiErrors } from './errors.ts';
import { fetchedOf } from './fetched.ts';

type Wanted = Parameters<Consumer['fetch']>[0]['topics'];

const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
const PARTITION_BYTES = 1024 * 1024;
const FETCH_BYTES = 16 * 1024 * 1024;
const EARLIEST = -2n;
const LATEST = -1n;

export class Fetcher {
  readonly #consumer: Consumer;
  readonly #known = new KnownTopics();

  constructor(consumer: Consumer) {
    this.#consumer = consumer;
  }

  async fetch(positions: readonly Position[], waitMs: number): Promise<Fetched[]> {
    const { byLeader, names } = await this.#requests(positions);
    const places = new Map(
      positions.map((position) => [`${position.topic}/${position.partition}`, position]),
    );
    const responses = await Promise.all(
      [...byLeader].map(async ([node, topics]) => {
        try {
          return await this.#consumer.fetch({
            node,
            topics,
            minBytes: 1,
            maxBytes: FETCH_BYTES,
            maxWaitTime: Math.ceil(waitMs),
            isolationLevel: READ_COMMITTED,
          });
        } catch (error) {
          this.#consumer.clearMetadata(); // a leader may have moved
          if (apiErrors(error).has('OFFSET_OUT_OF_RANGE')) await this.#explainRange(positions);
          throw error;
        }
      }),
    );
    return responses
      .flatMap(({ responses: topics }) => topics)
      .flatMap(({ topicId, partitions }) =>
        partitions.map((answer) => ({ name: names.get(topicId)!, answer })),
      )
      .map(({ name, answer }) => fetchedOf(answer, places.get(`${name}/${answer.partitionIndex}`)!))
      .filter((fetched) => fetched !== undefined);
  }

  /** The first offset that is there. */
  async start(topic: string, partition: number): Promise<number> {
    return this.#listed(topic, partition, EARLIEST);
  }

  /** The end of what is committed. */
  async end(topic: string, partition: number): Promise<number> {
    return this.#listed(topic, partition, LATEST);
  }

  /** Also behind what is in open transactions. */
  async highWatermark(topic: string, partition: number): Promise<number> {
    return this.#listed(topic, partition, LATEST, READ_UNCOMMITTED);
  }

  async #listed(
    topic: string,
    partition: number,
    timestamp: bigint,
    isolationLevel = READ_COMMITTED,
  ): Promise<number> {
    const asked = {
      topics: [topic],
      partitions: { [topic]: [partition] },
      timestamp,
      isolationLevel,
    };
    const offset = (await this.#consumer.listOffsets(asked)).get(topic)?.[partition];
    if (offset === undefined)
      throw new Error(`${topic}, partition ${partition}: the broker does not say where it ends`);
    return Number(offset);
  }

  async #requests(positions: readonly Position[]) {
    const { topics } = await this.#metadata([...new Set(positions.map(({ topic }) => topic))]);
    for (const [name, { id }] of topics) this.#known.check(name, id);
    const byLeader = new Map<number, Wanted>();
    const names = new Map([...topics].map(([name, { id }]) => [id, name]));
    for (const { topic, partition, offset } of positions) {
      const { id, partitions } = topics.get(topic)!;
      const leader = partitions[partition]?.leader ?? -1;
      if (leader < 0) throw new Error(`nobody leads ${topic}, partition ${partition}, at the moment`);
      const wanted = byLeader.get(leader) ?? [];
      byLeader.set(leader, wanted);
      let group = wanted.find(({ topicId }) => topicId === id);
      if (group === undefined) wanted.push((group = { topicId: id, partitions: [] }));
      const place = { partition, fetchOffset: BigInt(offset), partitionMaxBytes: PARTITION_BYTES };
      group.partitions.push({ ...place, currentLeaderEpoch: -1, lastFetchedEpoch: -1 });
    }
    return { byLeader, names };
  }

  async #metadata(names: string[]): ReturnType<Consumer['metadata']> {
    try {
      return await this.#consumer.metadata({ topics: names });
    } catch (error) {
      throw goneOf(error);
    }
  }

  /** Records that were never processed are gone. That is for people to decide, never skipped in silence. */
  async #explainRange(positions: readonly Position[]): Promise<void> {
    for (const { topic, partition, offset } of positions) {
      const start = await this.start(topic, partition);
      if (offset < start) throw new LostRecords({ topic, partition, offset }, start);
      const end = await this.highWatermark(topic, partition);
      if (offset > end) throw new LostEnd({ topic, partition, offset }, end);
    }
  }
}
